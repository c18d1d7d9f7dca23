import Clocks
import Frames
import Glibc
import TestSupport
import Testing

@Suite("e1000-uio capture", .serialized, .needsQEMU("the other end of the tool's cable is a socket of QEMU's"))
struct CaptureTests {
    private static func frame(_ number: Int) -> [UInt8] { QEMUBench.broadcast(number, length: 60 + (number * 7919) % 1455) }

    /// Frames at a pace that the card's ring takes.
    private func send(_ numbers: Range<Int>, over wire: ToolWire) throws {
        for number in numbers {
            try wire.send(Self.frame(number))
            if number % 16 == 15 { usleep(1000) }
        }
    }

    private func arguments(_ wire: ToolWire, _ more: String...) -> [String] {
        ["capture", "--device", "qemu", "--netdev", wire.netdev] + more
    }

    @Test("frames with their times, up to a count; totals as JSON")
    func count() throws {
        let wire = try ToolWire()
        let folder = try ScratchFolder()
        let begin = UInt64(Clocks.realtime)
        let tool = try RunningTool(arguments(wire, "-w", "\(folder.path)/x.pcapng", "-c", "1000", "--comment", "a bench", "--json"))
        try tool.wait(for: "ready")
        try send(0..<1000, over: wire)
        // Those that come after the last are nobody's; the card may be gone by then.
        for number in 1000..<1010 { try? wire.send(Self.frame(number)) }
        #expect(tool.wait() == 0, "\(tool.errors)")
        let end = UInt64(Clocks.realtime)
        let frames = try folder.frames(of: "x.pcapng")
        #expect(frames.map(\.bytes) == (0..<1000).map(Self.frame))
        #expect(zip(frames, frames.dropFirst()).allSatisfy { $0.timestamp <= $1.timestamp })
        #expect(frames.allSatisfy { $0.timestamp >= begin && $0.timestamp <= end })
        // Not the time of the batch: each frame has its own.
        #expect(Set(frames.map(\.timestamp)).count > 900)
        #expect(number("captured", in: tool.text) == 1000 && number("dropped", in: tool.text) == 0, "\(tool.text)")
        #expect(try #require(number("received", in: tool.text)) >= 1000)
        #expect(tool.errors.contains("1000 frames captured, "), "\(tool.errors)")
    }

    @Test("files change without a frame lost; the snap length cuts each")
    func files() throws {
        let wire = try ToolWire()
        let folder = try ScratchFolder()
        let tool = try RunningTool(arguments(wire, "-w", "\(folder.path)/x.pcapng", "-b", "filesize:10", "-s", "100", "-c", "1000", "--json"))
        try tool.wait(for: "ready")
        try send(0..<1000, over: wire)
        #expect(tool.wait() == 0, "\(tool.errors)")
        let names = folder.names
        // 1000 frames of 100 kept bytes in 132 bytes each.
        #expect(names.count == 13 || names.count == 14, "\(names)")
        #expect(names.enumerated().allSatisfy { $1.wholeMatch(of: /x_(\d{5})_20\d{12}\.pcapng/).map { Int($0.1) } == $0 + 1 }, "\(names)")
        let frames = try names.flatMap { try folder.frames(of: $0) }
        #expect(frames.map(\.bytes) == (0..<1000).map { Array(Self.frame($0).prefix(100)) })
        #expect(frames.map(\.originalLength) == (0..<1000).map { Self.frame($0).count })
        #expect(number("dropped", in: tool.text) == 0, "\(tool.text)")
        #expect(tool.errors.contains("\(names.count) files"), "\(tool.errors)")
    }

    @Test("a ring keeps the last files")
    func ring() throws {
        let wire = try ToolWire()
        let folder = try ScratchFolder()
        let tool = try RunningTool(arguments(wire, "-w", "\(folder.path)/x", "-b", "packets:50", "-b", "files:3", "-c", "500", "--json"))
        try tool.wait(for: "ready")
        try send(0..<500, over: wire)
        #expect(tool.wait() == 0, "\(tool.errors)")
        let names = folder.names
        #expect(names.map { $0.prefix(8) } == ["x_00008_", "x_00009_", "x_00010_"], "\(names)")
        #expect(try names.flatMap { try folder.frames(of: $0) }.map(\.bytes) == (350..<500).map(Self.frame))
        #expect(number("captured", in: tool.text) == 500, "\(tool.text)")
    }

    @Test("files end by time also when nothing arrives, and the capture with the last of them")
    func duration() throws {
        let folder = try ScratchFolder()
        let result = try runTool(
            "e1000-uio",
            ["capture", "--device", "qemu", "--netdev", QEMUBench.deadEnd, "-w", "\(folder.path)/x", "-b", "duration:0.2", "-a", "files:3"])
        #expect(result.status == 0, "\(result.errors)")
        #expect(folder.names.count == 3)
        #expect(try folder.names.allSatisfy { try folder.frames(of: $0).isEmpty })
        let single = try runTool(
            "e1000-uio", ["capture", "--device", "qemu", "--netdev", QEMUBench.deadEnd, "-w", "-", "-a", "duration:0.1"])
        #expect(single.status == 0 && single.output.starts(with: [0x0a, 0x0d, 0x0d, 0x0a]), "\(single.errors)")
    }

    @Test("Ctrl-C is the end, not an error; what was captured is whole", arguments: [SIGINT, SIGTERM])
    func interrupted(signal: Int32) throws {
        let wire = try ToolWire()
        let folder = try ScratchFolder()
        let tool = try RunningTool(arguments(wire, "-w", "\(folder.path)/x.pcapng"))
        try tool.wait(for: "ready")
        try send(0..<20, over: wire)
        // In the file while the capture goes on: written when no frame waits.
        let deadline = Clocks.monotonic + 10_000_000_000
        while try folder.frames(of: "x.pcapng").count < 20, Clocks.monotonic < deadline { usleep(20_000) }
        #expect(try folder.frames(of: "x.pcapng").map(\.bytes) == (0..<20).map(Self.frame))
        tool.signal(signal)
        #expect(tool.wait() == 0)
        #expect(tool.errors.contains("20 frames captured, 20 received by the card, 0 dropped"), "\(tool.errors)")
        #expect(try folder.frames(of: "x.pcapng").count == 20)
    }

    @Test("a reader that goes away is an error, also on a quiet wire")
    func brokenPipe() throws {
        var ends: [Int32] = [-1, -1]
        #expect(pipe(&ends) == 0)
        let tool = try RunningTool(
            ["capture", "--device", "qemu", "--netdev", QEMUBench.deadEnd, "-w", "-"], standardOutput: ends[1])
        close(ends[1])
        try tool.wait(for: "ready")
        close(ends[0])
        #expect(tool.wait(milliseconds: 10_000) == 1)
        #expect(tool.errors.contains("standard output: the reader has gone (it has "), "\(tool.errors)")
        #expect(tool.errors.contains("0 frames captured"), "\(tool.errors)")
    }
}
