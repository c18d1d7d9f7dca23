import CLinux

/// This process, and those that it starts, on one processor.
public enum OneProcessor {
    /// For a card that QEMU plays for this process: the two take turns, and waking each other on two costs more than the work.
    ///
    /// Where that is not allowed, all goes on as before.
    public static func run<Result>(_ body: () throws -> Result) rethrows -> Result {
        var before = [UInt64](repeating: 0, count: 16)
        let isPinned = ringlight_use_one_processor(&before) == 0
        defer { if isPinned { _ = ringlight_use_processors(before) } }
        return try body()
    }
}
