import CReference
import DeviceAccess
import InMemoryCard

/// The C reference on a card in memory of its own.
public struct CForwarder: ~Copyable {
    private let memory: CardMemory
    private let reference: OpaquePointer

    public init() throws {
        let memory = try CardMemory()
        guard let reference = creference_open(memory.card, Forwarder.descriptors, 64) else { throw DeviceError.outOfMemory }
        (self.memory, self.reference) = (memory, reference)
    }

    deinit { creference_close(reference) }

    /// Receives and sends frames in bursts.
    /// - Returns: frames that the card reported sent.
    public func run(batch: UInt32, packets: UInt64) -> UInt64 { creference_forward(reference, batch, packets) }
}
