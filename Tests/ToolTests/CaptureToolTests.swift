import Frames
import Glibc
import TestSupport
import Testing

/// What `capture` leaves behind, looked at by others than its own reader.
@Suite("e1000-uio capture: files", .serialized)
struct CaptureToolTests {
    /// A file of this test's, gone at its end.
    private final class ScratchFile {
        let path = "/tmp/ringlight-capture-\(getpid())-\(UInt64.random(in: 0 ... .max)).pcapng"
        deinit { unlink(path) }

        var bytes: [UInt8] {
            let file = open(path, O_RDONLY | O_CLOEXEC)
            defer { close(file) }
            return file < 0 ? [] : contents(of: file)
        }
    }

    private func capture(_ words: String, into file: ScratchFile) throws -> ToolResult {
        try runTool("e1000-uio", ["capture", "-w", file.path, "--json"] + words.split(separator: " ").map(String.init))
    }

    private func number(_ key: String, _ result: ToolResult) -> Int? {
        let parts = result.text.split(whereSeparator: { " \n,{}:".contains($0) })
        return parts.firstIndex(of: "\"\(key)\"").flatMap { Int(parts[$0 + 1]) }
    }

    /// The values of an option in the file's blocks of one type.
    private func options(_ code: UInt16, ofBlocks type: UInt32, after fixed: Int, in bytes: [UInt8]) -> [[UInt8]] {
        func word(_ at: Int) -> UInt32 { bytes[at..<at + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) } }
        var (found, block) = ([[UInt8]](), 0)
        while block + 12 <= bytes.count {
            let end = block + Int(word(block + 4))
            var option = block + 8 + fixed
            while word(block) == type, option + 4 <= end - 4 {
                let (this, length) = (UInt16(truncatingIfNeeded: word(option)), Int(word(option) >> 16))
                if this == 0 { break }
                if this == code { found.append(Array(bytes[option + 4..<option + 4 + length])) }
                option += 4 + (length + 3) & ~3
            }
            guard end > block else { break }
            block = end
        }
        return found
    }

    @Test("frames that the card lost are in the totals and in the file's own statistics")
    func drops() throws {
        let file = ScratchFile()
        // The ring and the card's memory hold that many, and not many more.
        let result = try capture("--device sim:fault=flood@0.2 -c 1000", into: file)
        #expect(result.status == 0, "\(result.errors)")
        let (received, dropped) = (try #require(number("received", result)), try #require(number("dropped", result)))
        #expect(number("captured", result) == 1000 && 1000..<2000 ~= received && received + dropped == 10_000, "\(result.text)")
        #expect(result.errors.contains("1000 frames captured, \(received) received by the card, \(dropped) dropped by it"), "\(result.errors)")
        // Interface statistics block: ifrecv and ifdrop, 64 bits each.
        let counters = [4, 5].map { code in
            options(UInt16(code), ofBlocks: 5, after: 12, in: file.bytes).map { $0.reversed().reduce(0) { $0 << 8 | Int($1) } }
        }
        #expect(counters == [[received], [dropped]])
    }

    @Test("comments are in the file's header, in their order")
    func comments() throws {
        let file = ScratchFile()
        let arguments = ["--device", "sim", "-w", file.path, "-a", "duration:0.1", "--comment", "bench 7, left port", "--comment", "grüße"]
        let result = try runTool("e1000-uio", ["capture"] + arguments)
        #expect(result.status == 0, "\(result.errors)")
        let comments = options(1, ofBlocks: 0x0a0d_0d0a, after: 16, in: file.bytes).map { String(decoding: $0, as: UTF8.self) }
        #expect(comments == ["bench 7, left port", "grüße"])
    }

    @Test("-a packets and -a filesize end the capture")
    func limits() throws {
        let file = ScratchFile()
        let packets = try capture("--device sim:traffic=2000 -a packets:50", into: file)
        #expect(packets.status == 0 && number("captured", packets) == 50, "\(packets.errors)")
        var reader = try CaptureReader(path: file.path)
        #expect(try reader.rest().count == 50)
        let size = try capture("--device sim:traffic=2000 -a filesize:3", into: file)
        #expect(size.status == 0, "\(size.errors)")
        // The frame that reaches the size is still in it, and the statistics come after it.
        #expect(3000..<3200 ~= file.bytes.count, "\(file.bytes.count)")
        var again = try CaptureReader(path: file.path)
        #expect(try again.rest().count == number("captured", size))
    }

    @Test("-w - through a pipe: tshark reads what came in")
    func pipe() throws {
        let tool = "'\(productFolder)/e1000-uio' capture --device sim:traffic=500 -w - -c 20"
        let result = try runTool("/bin/sh", ["-c", "\(tool) | cat"])
        let fields = try Tshark.fields(["frame.len", "eth.src", "eth.type", "data.data"], of: result.output)
        try #require(fields.count == 20, "\(result.errors)")
        #expect(fields.allSatisfy { $0[0...2] == ["60", "02:00:00:00:00:01", "0x88b5"] }, "\(fields)")
        // The peer numbers them.
        let numbers = fields.compactMap { UInt32($0[3].prefix(8), radix: 16) }
        #expect(zip(numbers, numbers.dropFirst()).allSatisfy { $1 == $0 + 1 } && numbers.count == 20, "\(fields)")
    }
}
