import Frames
import Glibc
import TestSupport
import Testing

/// Times are taken from QEMU's capture of the wire. Bounds are wide where a busy machine may be late; no frame may be early.
@Suite("e1000-uio replay", .serialized, .needsQEMU("its times are those of QEMU's capture of the wire"))
struct ReplayTests {
    private static func frame(_ number: Int) -> [UInt8] { QEMUBench.frame(number, length: 100) }

    /// A capture in memory with frames at these microseconds.
    private func capture(_ times: [Int]) throws -> Int32 {
        let file = scratchDescriptor()
        var writer = try CaptureWriter(descriptor: file, name: "memory", program: "test", interface: "none")
        for (number, time) in times.enumerated() {
            try writer.write(Self.frame(number), timestamp: time < 0 ? 0 : 1_700_000_000_000_000_000 + UInt64(time) * 1000)
        }
        try writer.flush()
        return file
    }

    private struct Outcome {
        let result: ToolResult
        /// On the wire: microseconds after the first, and the frames.
        let times: [Int]
        let frames: [[UInt8]]
    }

    private func replay(_ file: Int32, _ options: String...) throws -> Outcome {
        let wire = scratchDescriptor()
        defer { close(wire) }
        let result = try runTool(
            "e1000-uio",
            ["replay", "--device", "qemu", "--netdev", QEMUBench.deadEnd, "--wire-pcap", "/proc/\(getpid())/fd/\(wire)", "--json", "-"]
                + options,
            input: contents(of: file))
        var reader = CaptureReader(descriptor: wire, name: "wire")
        let frames = result.status == 0 ? try reader.rest() : []
        let first = frames.first?.timestamp ?? 0
        return Outcome(result: result, times: frames.map { Int($0.timestamp - first) / 1000 }, frames: frames.map(\.bytes))
    }

    /// No frame before its time, and half of them soon after it.
    private func check(_ outcome: Outcome, _ due: [Int], sourceLocation: SourceLocation = #_sourceLocation) throws {
        try #require(outcome.result.status == 0, "\(outcome.result.errors)", sourceLocation: sourceLocation)
        try #require(outcome.times.count == due.count, sourceLocation: sourceLocation)
        // Against the first on the wire, which was itself at most as late as the tool says; 1 ms for the two clocks.
        let lateness = zip(outcome.times, due).map { $0 - $1 }.sorted()
        let most = Int(try #require(number("maximum", in: outcome.result.text), sourceLocation: sourceLocation))
        #expect(lateness[0] >= -most - 1000, "early: \(lateness), at most \(most) late", sourceLocation: sourceLocation)
        #expect(lateness[due.count / 2] - lateness[0] <= 10_000, "late: \(lateness)", sourceLocation: sourceLocation)
    }

    @Test("recorded gaps are kept, and scaled by --speed")
    func recorded() throws {
        let times = [0, 10_000, 10_100, 60_000, 60_050, 60_100, 200_000, 207_000]
        let file = try capture(times)
        defer { close(file) }
        let outcome = try replay(file)
        try check(outcome, times)
        #expect(outcome.frames == times.indices.map(Self.frame))
        let late = try #require(number("average", in: outcome.result.text))
        #expect(late >= 0 && late < 50_000, "\(outcome.result.text)")
        try check(try replay(file, "--speed", "0.5"), times.map { $0 * 2 })
        try check(try replay(file, "--speed", "4"), times.map { $0 / 4 })
    }

    @Test("a classic pcap: either byte order, microseconds or nanoseconds", arguments: [false, true], [false, true])
    func classic(bigEndian: Bool, nanoseconds: Bool) throws {
        let times = [0, 4000, 34_000, 34_500]
        var bytes: [UInt8] = []
        func add<Number: FixedWidthInteger>(_ numbers: Number...) {
            for number in numbers { withUnsafeBytes(of: bigEndian ? number.bigEndian : number.littleEndian) { bytes += $0 } }
        }
        add(nanoseconds ? 0xa1b2_3c4d as UInt32 : 0xa1b2_c3d4)
        add(2 as UInt16, 4)
        // No time zone, whole frames, Ethernet.
        add(0 as UInt32, 0, 65_536, 1)
        for (number, time) in times.enumerated() {
            // Over the end of a second.
            let fraction = 990_000 + UInt32(time)
            add(1_700_000_000 + fraction / 1_000_000, fraction % 1_000_000 * (nanoseconds ? 1000 : 1), 100, 100)
            bytes += Self.frame(number)
        }
        let file = scratchDescriptor()
        defer { close(file) }
        try #require(bytes.withUnsafeBytes { write(file, $0.baseAddress, $0.count) } == bytes.count)
        let outcome = try replay(file)
        try check(outcome, times)
        #expect(outcome.frames == times.indices.map(Self.frame))
    }

    @Test("gaps that cannot be are bounded, and that is said")
    func absurd() throws {
        // Backwards at the third, an hour at the fourth, none at the fifth.
        let file = try capture([1_000_000, 1_010_000, 500_000, 3_600_000_000, -1, 3_600_010_000])
        defer { close(file) }
        let outcome = try replay(file, "--max-gap", "0.05")
        try check(outcome, [0, 10_000, 10_000, 60_000, 60_000, 70_000])
        #expect(outcome.result.errors.contains("1 frames have a time before"), "\(outcome.result.errors)")
        #expect(outcome.result.errors.contains("1 gaps of more than 0.050 s were shortened"), "\(outcome.result.errors)")
        #expect(outcome.result.errors.contains("1 frames have no time"), "\(outcome.result.errors)")
        let rehearsal = try runTool(
            "e1000-uio", ["replay", "-", "--dry-run", "--max-gap", "0.05", "--json", "--loop", "0", "--qemu", "/nonexistent"],
            input: contents(of: file))
        #expect(rehearsal.status == 0, "\(rehearsal.errors)")
        #expect(number("seconds", in: rehearsal.text) == 0.07 && number("frames", in: rehearsal.text) == 6, "\(rehearsal.text)")
        #expect(rehearsal.errors.contains("6 frames, 600 bytes would be sent in 0.070 s"), "\(rehearsal.errors)")
    }

    @Test("frames or megabits a second instead of the recorded times; loops and counts")
    func rates() throws {
        let file = try capture([0, 5_000_000, 10_000_000])
        defer { close(file) }
        let steady = (0..<60).map { $0 * 2000 }
        let paced = try replay(file, "--pps", "500", "--loop", "20")
        try check(paced, steady)
        #expect(paced.frames == (0..<60).map { Self.frame($0 % 3) })
        // 100 bytes at 0.4 Mb/s are 2 ms.
        let byBytes = try replay(file, "--mbps", "0.4", "--loop", "0", "--count", "60")
        try check(byBytes, steady)
        let rate = try #require(number("megabitsPerSecond", in: byBytes.result.text))
        #expect(rate > 0.1 && rate < 0.42, "\(byBytes.result.text)")
        let fast = try replay(file, "--topspeed", "--loop", "1000")
        #expect(fast.frames.count == 3000 && number("frames", in: fast.result.text) == 3000, "\(fast.result.errors)")
        #expect(try #require(fast.times.last) < 10_000_000)
        #expect(!fast.result.errors.contains("late by") && paced.result.errors.contains("late by"), "\(fast.result.errors)")
        let recorded = try replay(file, "--speed", "1000", "--loop", "3")
        try check(recorded, [0, 5000, 10_000, 10_000, 15_000, 20_000, 20_000, 25_000, 30_000])
    }

    @Test("Ctrl-C in a long gap ends it at once, with totals")
    func interrupted() throws {
        let folder = try ScratchFolder()
        var writer = try CaptureWriter(path: "\(folder.path)/x", program: "test", interface: "none")
        try writer.write(Self.frame(0), timestamp: 1_000_000_000)
        try writer.write(Self.frame(1), timestamp: 51_000_000_000)
        try writer.flush()
        let tool = try RunningTool(["replay", "--device", "qemu", "--netdev", "user", "--wire-pcap", "\(folder.path)/wire", "\(folder.path)/x"])
        // The frame is on the wire: longer than the capture's header.
        for _ in 0..<2000 where !((try? folder.frames(of: "wire").isEmpty) == false) { usleep(10_000) }
        tool.signal(SIGINT)
        #expect(tool.wait(milliseconds: 5000) == 0, "\(tool.errors)")
        #expect(tool.errors.contains("1 frames, 100 bytes sent"), "\(tool.errors)")
    }
}
