import DeviceAccess
import E1000
import InMemoryCard

/// The driver on a card in memory: rings of 512 descriptors, each received frame touched at one byte and sent.
public struct Forwarder: ~Copyable {
    /// Descriptors of each ring.
    public static var descriptors: UInt32 { 512 }

    private let memory: CardMemory
    private var card: Controller

    /// - Throws: what the driver says of a card that does not come up.
    public init() throws {
        let memory = try CardMemory()
        var configuration = Configuration()
        configuration.transmitDescriptors = Self.descriptors
        configuration.receiveDescriptors = Self.descriptors
        card = try memory.bringUp(configuration)
        self.memory = memory
    }

    /// Receives and sends frames in bursts.
    /// - Returns: frames that the card reported sent.
    public mutating func run(batch: UInt32, packets: UInt64) throws -> UInt64 {
        try forward(&card, memory.card, batch: batch, packets: packets)
    }
}

// What is measured, and what the disassembly is searched for: functions of another module than the driver's, as a user's are.

@inline(never)
func forward(
    _ card: inout Controller, _ memory: UnsafeMutablePointer<inmemory_card>, batch: UInt32, packets: UInt64
) throws(DeviceError) -> UInt64 {
    var sent: UInt64 = 0
    var forwarded: UInt64 = 0
    while forwarded < packets {
        if inmemory_card_receive(memory, batch) == 0 { break }
        for _ in 0..<batch {
            guard var packet = card.receive() else { break }
            var bytes = packet.mutableBytes
            bytes[0] ^= 1
            switch card.append(packet) {
            case .queued: break
            case .full(let packet): card.put(packet)
            case .refused(let packet): card.put(packet)
            }
            forwarded &+= 1
        }
        try card.commit()
        inmemory_card_transmit(memory)
        sent &+= UInt64(card.reclaim())
    }
    return sent
}
