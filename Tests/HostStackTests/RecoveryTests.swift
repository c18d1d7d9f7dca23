import CardSelection
import E1000
import E1000Model
import Glibc
import HostStack
import Synchronization
import Testing

@Suite("A host whose card stops", .serialized)
struct RecoveryTests {
    /// What a tool gives its host; used on the loop, but for the lines.
    private final class Care: @unchecked Sendable {
        private let told = Mutex<[String]>([])
        private lazy var recovery = Recovery { [unowned self] line in told.withLock { $0.append(line) } }
        var lines: [String] { told.withLock { $0 } }

        func look(after card: inout Controller, done: UInt64) throws { _ = try recovery.look(after: &card, done: done) }
    }

    private static let broadcast = [UInt8](repeating: 0xff, count: 6) + Hostile.host + [0x88, 0xb5] + [UInt8](repeating: 0, count: 46)

    /// A host that sends a frame now and then, on a card whose transmitter stops after a while.
    private func run(resetHelps: Bool, _ body: (HostLoop, Care) throws -> Void) throws {
        let care = Care()
        var configuration = HostConfiguration()
        configuration.lookAfter = { card, done in try care.look(after: &card, done: done) }
        let loop = try HostLoop(configuration) {
            let sim = SimDevice()
            sim.onSend = { _ in }
            sim.after(100_000_000) { ($0.card.faults.transmitterHangs, $0.card.faults.endWithReset) = (true, resetHelps) }
            Self.talk(to: sim)
            return try Controller(sim.device(), configuration: HostConfiguration.card())
        }
        defer {
            loop.stop()
            #expect(loop.wait().missingPackets == 0)
        }
        try body(loop, care)
    }

    /// Somebody who broadcasts: the receiver is well.
    private static func talk(to sim: SimDevice) {
        sim.after(20_000_000) { sim in
            sim.deliver(broadcast)
            talk(to: sim)
        }
    }

    private func send(_ loop: HostLoop) { try? loop.run { try $0.send(frame: Self.broadcast) } }

    @Test("One that a reset helps is recovered, once, and the host goes on")
    func hang() throws {
        try run(resetHelps: true) { loop, care in
            #expect(eventually(within: 20) {
                send(loop)
                return !care.lines.isEmpty
            })
            // Again as long as it took to find out.
            let after = try loop.run { $0.counters.sentFrames }
            #expect(!eventually(within: 4) {
                send(loop)
                return loop.hasEnded || care.lines.count > 1
            })
            let (sent, pending) = try loop.run { stack in (stack.counters.sentFrames, stack.withCard { $0.pendingFrames }) }
            #expect(sent > after + 100 && pending < 10, "\(sent - after) sent, of which \(pending) wait")
        }
    }

    @Test("One that no reset helps ends the host after so many, though others go on speaking")
    func dead() throws {
        try run(resetHelps: false) { loop, care in
            try #require(eventually(within: 30) {
                send(loop)
                return loop.hasEnded
            })
            let error = loop.wait().error
            #expect(error.map { "\($0)" }?.contains("after \(Recovery.limit) recoveries without a frame in between") == true, "\(care.lines)")
            #expect(care.lines.count == Recovery.limit)
        }
    }
}
