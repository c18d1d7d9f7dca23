import Clocks
import Glibc

extension Clocks {
    /// How many times longer than usual a guest may take for everything: `RINGLIGHT_PATIENCE`, for a kernel that checks each access.
    private static let patience = getenv("RINGLIGHT_PATIENCE").flatMap { Int(String(cString: $0)) }.map { max(1, $0) } ?? 1

    /// The moment when `duration`, by the machine's patience, is over; on the monotonic clock.
    static func after(_ duration: Duration) -> Int64 {
        let (sum, overflow) = monotonic.addingReportingOverflow((duration * patience).nanoseconds)
        return overflow ? .max : sum
    }
}

extension Duration {
    /// Whole nanoseconds, clamped to what 64 bits hold.
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        if overflow { return seconds > 0 ? .max : .min }
        let (sum, overflowed) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
        return overflowed ? .max : sum
    }
}
