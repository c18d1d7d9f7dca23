import DeviceAccess
import E1000
import Glibc
import Synchronization
import Testing

/// The card at the other end of the cable of a card under test: it hears everything, and sends what a test hands to it.
///
/// One for the whole run, opened at its first use; the kernel silences it when the process ends. Its ring is emptied
/// every millisecond by a thread of its own; it holds a whole ring of the card under test.
final class CableEnd: Sendable {
    private struct State: ~Copyable {
        var card: Controller
        var frames: [[UInt8]] = []
        /// Frames that this card did not take off the cable, before the test.
        var lost: UInt64 = 0
        var failure: DeviceError?

        /// - Returns: how many frames came.
        mutating func take() -> Int {
            let before = frames.count
            while let chain = card.receiveChain() {
                frames.append(chain.copy())
                card.put(chain)
            }
            do throws(DeviceError) {
                try card.commit()
            } catch {
                failure = error
            }
            return frames.count - before
        }

        /// What the other card reported as sent may still be on its way; 20 ms are thousands of frames.
        mutating func waitForSilence() {
            repeat { usleep(20_000) } while take() > 0
        }
    }

    /// As long as each card of the family can.
    static let maximumFrame: UInt32 = 9014

    private let state: Mutex<State>
    private static let current = Mutex<[String: CableEnd]>([:])

    /// The card at a PCI address.
    static func of(_ address: String) throws -> CableEnd {
        try current.withLock { current in
            if let end = current[address] { return end }
            let end = try CableEnd(address)
            current[address] = end
            return end
        }
    }

    private init(_ address: String) throws {
        var configuration = Configuration()
        configuration.transmitDescriptors = 64
        configuration.receiveDescriptors = 4096
        configuration.promiscuous = true
        configuration.maximumFrame = Self.maximumFrame
        let card = try Controller(try PCISlot.open(address, for: "RINGLIGHT_PEER"), configuration: configuration)
        settle(card)
        state = Mutex(State(card: card))
        var thread = pthread_t()
        let created = pthread_create(
            &thread, nil,
            { argument in
                Unmanaged<CableEnd>.fromOpaque(argument!).takeRetainedValue().listen()
                return nil
            }, Unmanaged.passRetained(self).toOpaque())
        precondition(created == 0)
        pthread_detach(thread)
    }

    private func listen() {
        while state.withLock({ $0.take() >= 0 && $0.failure == nil }) { usleep(1000) }
    }

    /// All frames since `forget`, in their order, once nothing more comes.
    func heard() throws -> [[UInt8]] {
        try state.withLock { state in
            state.waitForSilence()
            if let failure = state.failure { throw failure }
            let lost = try state.card.readStatistics().dropped - state.lost
            #expect(lost == 0, "the card at the other end of the cable was too slow")
            return state.frames
        }
    }

    func forget() throws {
        try state.withLock { state in
            state.waitForSilence()
            state.frames = []
            state.lost = try state.card.readStatistics().dropped
        }
    }

    /// - Returns: whether the frame has left this card.
    func send(_ frame: [UInt8]) throws -> Bool {
        try state.withLock { state in
            guard try sendChain(frame, split: 0, through: &state.card, isPlain: true) == nil else { return false }
            return try state.card.waitUntilPending(atMost: 0, nanoseconds: 5_000_000_000)
        }
    }

    var hasLink: Bool { get throws { try state.withLock { try $0.card.linkState().isUp } } }
}
