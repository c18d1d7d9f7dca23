import Glibc

/// AddressSanitizer's own functions, where the program was built with it: memory that nobody may touch now.
enum AddressSanitizer {
    private typealias Mark = @convention(c) (UnsafeRawPointer, Int) -> Void
    private typealias Look = @convention(c) (UnsafeRawPointer) -> Int32

    private static let poisonRegion: Mark? = unsafe symbol("__asan_poison_memory_region").map { unsafe unsafeBitCast($0, to: Mark.self) }
    private static let unpoisonRegion: Mark? = unsafe symbol("__asan_unpoison_memory_region").map { unsafe unsafeBitCast($0, to: Mark.self) }
    private static let isPoisonedAt: Look? = unsafe symbol("__asan_address_is_poisoned").map { unsafe unsafeBitCast($0, to: Look.self) }

    /// Whether it runs in this process; without it, nothing is poisoned.
    static var isHere: Bool { unsafe poisonRegion != nil && unpoisonRegion != nil }

    /// From now on an access to these bytes, which are whole groups of 8, ends the process with a report.
    static func poison(_ start: UnsafeRawPointer, _ count: Int) { unsafe poisonRegion?(start, count) }

    static func unpoison(_ start: UnsafeRawPointer, _ count: Int) { unsafe unpoisonRegion?(start, count) }

    static func isPoisoned(_ address: UnsafeRawPointer) -> Bool { unsafe isPoisonedAt.map { unsafe $0(address) != 0 } ?? false }

    /// No handle (RTLD_DEFAULT): wherever it is in the process.
    private static func symbol(_ name: String) -> UnsafeMutableRawPointer? { unsafe dlsym(nil, name) }
}
