import E1000
@testable import E1000Model
import Testing

@Suite("Counters that would fill up")
struct StatisticsKeepingTests {
    private static let minute: Int64 = 60_000_000_000

    /// Broadcast frames, taken off the ring.
    private func receive(_ count: Int, _ driven: inout DrivenCard) throws {
        for _ in 0..<count { driven.sim.deliver(Rig.frame(to: Rig.broadcast)) }
        #expect(try driven.take().count == count)
    }

    @Test("a look every now and then reads them before they are full: every frame is counted", arguments: ModelKind.allCases)
    func kept(kind: ModelKind) throws {
        var driven = try DrivenCard(kind)
        var expected: UInt64 = 0
        for _ in 0..<3 {
            // As after 48 minutes of the shortest frames at 1000 Mb/s.
            driven.sim.card[.GPRC] = .max - 10
            expected += UInt64(UInt32.max - 10)
            try receive(10, &driven)
            expected += 10
            #expect(driven.register(.GPRC) == .max)
            driven.pass(6 * Self.minute)
            #expect(try driven.card.checkHealth() == .working)
            #expect(driven.register(.GPRC) == 0)
            try receive(7, &driven)
            expected += 7
            #expect(try driven.card.readStatistics().received == expected)
        }
    }

    @Test("they are read once in five minutes, and not while somebody else reads them")
    func seldom() throws {
        var driven = try DrivenCard(.i82540EM)
        func looks(_ count: Int, every nanoseconds: Int64, _ driven: inout DrivenCard, reading: Bool = false) throws -> Int {
            driven.sim.forgetAccesses()
            for _ in 0..<count {
                driven.pass(nanoseconds)
                #expect(try driven.card.checkHealth() == .working)
                if reading { _ = try driven.card.readStatistics() }
            }
            return driven.sim.accesses[ModelRegister.GPRC.rawValue]?.reads ?? 0
        }
        #expect(try looks(200, every: 1_000_000_000, &driven) == 0)
        #expect(try looks(60, every: Self.minute, &driven) == 12)
        #expect(try looks(60, every: Self.minute, &driven, reading: true) <= 61)
    }
}
