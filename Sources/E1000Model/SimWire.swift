import CLinux
import Glibc

/// A simulated card's cable to somewhere else: a descriptor that gives one frame a read and takes one a write, as a TAP interface
/// (`IFF_NO_PI`) or a datagram socket does. Not its own: who made it closes it, after the card.
@safe final class SimWire {
    /// Frames taken in one go, of a ring of at least 8 descriptors; the rest waits in the descriptor, as long as that can.
    private static let batch = 64
    private static let longest = 16_384
    private static let shortest = 60

    private let descriptor: Int32
    private var buffer = [UInt8](repeating: 0, count: SimWire.longest)
    /// Polls readable when the cable or `wake` does.
    private var both: (wake: Int32, any: Int32)?

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    }

    deinit { if let both { close(both.any) } }

    /// A frame onto the cable; one that does not fit is lost, as on any.
    func send(_ frame: [UInt8]) { _ = unsafe write(descriptor, frame, frame.count) }

    /// The frames that have come, up to a batch.
    ///
    /// - Returns: how many.
    func receive(_ deliver: ([UInt8]) -> Void) -> Int {
        for number in 0..<Self.batch {
            let count = unsafe read(descriptor, &buffer, buffer.count)
            guard count > 0 else { return number }
            // Who sends on a TAP does not pad, and a card takes no runts (IEEE 802.3, 4.2.3.3).
            let padding = [UInt8](repeating: 0, count: max(0, Self.shortest - count))
            deliver(buffer.prefix(count) + padding)
        }
        return Self.batch
    }

    /// A descriptor to wait for: frames, or what `wake` says.
    func watch(with wake: Int32) -> Int32 {
        if let both, both.wake == wake { return both.any }
        if let both { close(both.any) }
        let descriptors = wake < 0 ? [descriptor] : [descriptor, wake]
        let any = unsafe ringlight_any_readable(descriptors, Int32(descriptors.count))
        precondition(any >= 0, "no descriptor is left to watch a simulated card's cable with")
        both = (wake, any)
        return any
    }
}
