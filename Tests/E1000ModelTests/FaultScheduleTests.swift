import E1000
import E1000Model
import Glibc
import Testing

@Suite("The driver on a card that misbehaves", .serialized)
struct FaultScheduleTests {
    /// RINGLIGHT_SEEDS: how many histories (`make seeds`: 10,000); RINGLIGHT_SEED: the first of them, and the only one where it stands alone.
    private static let seeds: Range<UInt64> = {
        func number(_ name: String) -> UInt64? { getenv(name).flatMap { UInt64(String(cString: $0)) } }
        let first = number("RINGLIGHT_SEED")
        return (first ?? 0)..<(first ?? 0) + (number("RINGLIGHT_SEEDS") ?? (first == nil ? 200 : 1))
    }()

    @Test("random faults: no hang, nothing out of bounds, every accepted frame done or reported lost", .timeLimit(.minutes(240)))
    func schedules() {
        var seen = FaultSchedule.Events()
        for seed in Self.seeds {
            do {
                var schedule = FaultSchedule(seed: seed)
                defer { seen += schedule.events }
                try schedule.run()
            } catch {
                Issue.record("RINGLIGHT_SEED=\(seed): \(error)")
            }
        }
        guard Self.seeds.count >= 200 else { return }
        #expect(seen.areThorough, "\(seen)")
        print("\(Self.seeds.count) histories: \(seen)")
    }
}
