import Clocks
import Frames
import Glibc
import ToolSupport

/// The files of a capture: one, or one after the other, the oldest removed when there are too many.
///
/// Whoever feeds it asks `needsNextFile` before a frame and calls `nextFile` with the card's counters of that moment,
/// so that each file ends with its own.
struct CaptureFiles: ~Copyable {
    private let plan: CapturePlan
    private let limits: CaptureLimits
    private let interface: String
    private var writer: CaptureWriter
    /// Files begun so far.
    private var fileNumber = 1
    private var fileStart: Int64
    /// What the files before the current one hold.
    private var framesBefore: UInt64 = 0
    /// Files that are there, in order.
    private(set) var paths: [String]
    /// Counters when the current file began.
    private var before: (received: UInt64, dropped: UInt64) = (0, 0)

    /// - Parameter interface: what the frames are captured on, for people.
    /// - Throws: `CaptureError` when the first file cannot be written.
    init(_ plan: CapturePlan, interface: String) throws {
        (self.plan, limits, self.interface) = (plan, plan.fileLimits, interface)
        let path = Self.path(plan, number: 1)
        writer = try Self.writer(plan, path, interface)
        paths = [path]
        fileStart = Clocks.monotonic
    }

    /// Frames that the files have, those in memory included.
    var frameCount: UInt64 { framesBefore + writer.frameCount }
    /// Frames that the files have, whole.
    var savedFrameCount: UInt64 { framesBefore + writer.savedFrameCount }

    /// The current file is full, and another may follow.
    var needsNextFile: Bool { isFileFull && !isLastFile }
    /// A limit has been reached: no more frames.
    var isComplete: Bool { isFileFull && isLastFile || frameCount >= plan.end.frames ?? .max }

    /// Nanoseconds until the current file has had its time; `.max` without such a limit.
    var nanosecondsUntilNextFile: Int64 {
        limits.nanoseconds.map { max(0, $0 - (Clocks.monotonic - fileStart)) } ?? .max
    }

    private var isLastFile: Bool { plan.ring == nil || fileNumber >= plan.end.files ?? .max }

    private var isFileFull: Bool {
        writer.byteCount >= limits.bytes ?? .max || writer.frameCount >= limits.frames ?? .max
            || limits.nanoseconds.map { Clocks.monotonic - fileStart >= $0 } ?? false
    }

    mutating func write(_ frame: [UInt8], timestamp: Int64) throws {
        try writer.write(frame, timestamp: UInt64(clamping: timestamp))
    }

    /// What was written is with the reader now.
    mutating func flush() throws { try writer.flush() }

    /// Ends the current file and begins the next.
    ///
    /// - Parameters:
    ///   - received: frames that the card has received since the capture began.
    ///   - dropped: frames that it has lost since then.
    mutating func nextFile(received: UInt64, dropped: UInt64) throws {
        try finish(received: received, dropped: dropped)
        before = (received, dropped)
        framesBefore += writer.savedFrameCount
        let path = Self.path(plan, number: fileNumber + 1)
        writer = try Self.writer(plan, path, interface)
        fileNumber += 1
        // The next one begins where this one should have ended: no drift when the switch was late.
        let now = Clocks.monotonic
        fileStart = limits.nanoseconds.map { now - fileStart < 2 * $0 ? fileStart + $0 : now } ?? now
        paths.append(path)
        if let kept = plan.ring?.files, paths.count > kept { unlink(paths.removeFirst()) }
    }

    /// Ends the current file with its share of the card's counters.
    mutating func finish(received: UInt64, dropped: UInt64) throws {
        try writer.finish(
            timestamp: UInt64(clamping: Clocks.realtime), received: received - min(received, before.received),
            dropped: dropped - min(dropped, before.dropped))
    }

    private static func writer(_ plan: CapturePlan, _ path: String, _ interface: String) throws -> CaptureWriter {
        try CaptureWriter(
            path: path, program: "e1000-uio \(ringlightVersion)", interface: interface, snapLength: plan.snapLength,
            comments: plan.comments)
    }

    /// `trace.pcapng`, or as dumpcap names a ring's files, by number and local time: `trace_00001_20260131235959.pcapng`.
    private static func path(_ plan: CapturePlan, number: Int) -> String {
        guard plan.ring != nil else { return plan.path }
        let folderEnd = plan.path.lastIndex(of: "/").map { plan.path.index(after: $0) } ?? plan.path.startIndex
        let name = plan.path[folderEnd...]
        let stemEnd = name.dropFirst().lastIndex(of: ".") ?? name.endIndex
        var seconds = time(nil)
        var parts = tm()
        localtime_r(&seconds, &parts)
        let date = digits(Int(parts.tm_year) + 1900, 4) + digits(Int(parts.tm_mon) + 1, 2) + digits(Int(parts.tm_mday), 2)
        let hour = digits(Int(parts.tm_hour), 2) + digits(Int(parts.tm_min), 2) + digits(Int(parts.tm_sec), 2)
        return "\(plan.path[..<stemEnd])_\(digits(number, 5))_\(date)\(hour)\(plan.path[stemEnd...])"
    }

    private static func digits(_ value: Int, _ width: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }
}
