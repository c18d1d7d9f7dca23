/// Times are nanoseconds of a clock that does not jump; a sum beyond its end is its end.
extension Int64 {
    static func seconds(_ count: UInt32) -> Int64 { Int64(count) * 1_000_000_000 }

    func adding(_ nanoseconds: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(nanoseconds)
        return overflow ? .max : sum
    }
}
