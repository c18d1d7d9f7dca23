import Frames
import Glibc
import TestSupport
import Testing

/// Tools on a simulated card that stops in the middle of their work.
@Suite("e1000-uio: a card that stops", .serialized)
struct RecoveryTests {
    private func run(_ words: String) throws -> ToolResult {
        try runTool("e1000-uio", words.split(separator: " ").map(String.init), bound: 60_000)
    }

    /// A whole number of a tool's JSON.
    private func number(_ key: String, _ result: ToolResult) -> Int? {
        let parts = result.text.split(whereSeparator: { " \n,{}:".contains($0) })
        return parts.lastIndex(of: "\"\(key)\"").flatMap { Int(parts[$0 + 1]) }
    }

    @Test("send: a hang is noticed within 2 s, said with what it cost, and the rest is sent", arguments: ["hang", "reset"])
    func send(fault: String) throws {
        let result = try run("send --device sim:fault=\(fault) --text x --raw --pps 500 --count 1000 --json")
        #expect(result.status == 0, "\(result.errors)")
        let (frames, lost) = (try #require(number("frames", result)), try #require(number("lost", result)))
        #expect(number("recoveries", result) == 1 && lost > 0 && frames + lost == 1000 && number("bytes", result) == frames)
        #expect(result.errors.contains("recovered, \(lost) frames lost"), "\(result.errors)")
        #expect(result.errors.contains("\(lost) lost in 1 recoveries"), "\(result.errors)")
        if fault == "hang" {
            let words = result.errors.split(separator: " ")
            let time = words.firstIndex(of: "ms").flatMap { Int(words[$0 - 1]) }
            #expect(time.map { 1500..<2000 ~= $0 } == true, "\(result.errors)")
        }
    }

    @Test("a hang that comes back at once is given up after three recoveries")
    func dead() throws {
        let result = try run("send --device sim:fault=dead@0.2 --text x --raw --count 100000 --json --ring-size 64")
        #expect(result.status == 1)
        #expect(number("recoveries", result) == 3 && number("lost", result) == 3 * 63, "\(result.text)")
        #expect(result.errors.contains("after 3 recoveries without a frame in between (run 'e1000-uio selftest'"), "\(result.errors)")
    }

    @Test("a card that leaves the bus is no matter for a recovery", arguments: ["send --text x --raw --count 0 --pps 100", "recv", "top --json"])
    func vanished(words: String) throws {
        let result = try run("\(words) --device sim:traffic=100,fault=vanish")
        #expect(result.status == 1)
        #expect(result.errors.contains("e1000-uio: card: its registers read all ones: it has left the bus"), "\(result.errors)")
        #expect(!result.errors.contains("recovered"))
    }

    @Test("capture, recv and replay go on after somebody has reset the card, and say so")
    func others() throws {
        let path = "/tmp/ringlight-recovery-\(getpid()).pcapng"
        defer { unlink(path) }
        let capture = try run("capture --device sim:traffic=500,fault=reset -c 500 -w \(path) --json")
        #expect(capture.status == 0 && number("captured", capture) == 500, "\(capture.errors)")
        #expect(number("recoveries", capture) == 1 && capture.errors.contains(", 1 recoveries"), "\(capture.text) \(capture.errors)")
        var reader = try CaptureReader(path: path)
        let numbers = try reader.rest().map { frame in frame.bytes[14..<18].reduce(0) { $0 << 8 | Int($1) } }
        #expect(numbers == numbers.sorted() && Set(numbers).count == 500)

        let receive = try run("recv --device sim:82574L,traffic=500,fault=reset -c 500 --json")
        #expect(receive.status == 0 && number("frames", receive) == 500 && number("recoveries", receive) == 1, "\(receive.errors)")

        let replay = try run("replay --device sim:fault=reset --pps 500 --loop 2 --json \(path)")
        #expect(replay.status == 0, "\(replay.errors)")
        #expect(number("recoveries", replay) == 1)
        #expect(number("frames", replay).flatMap { frames in number("lost", replay).map { frames + $0 } } == 1000, "\(replay.text)")
    }

    @Test("top goes on too")
    func top() throws {
        let result = try run("top --device sim:traffic=200,fault=reset --interval 0.2 --count 10 --json")
        #expect(result.status == 0 && number("recoveries", result) == 1, "\(result.errors)")
        let received = result.text.split(separator: "\n").compactMap { line in
            line.split(separator: ",").first { $0.contains("\"received\"") }.flatMap { Int($0.filter(\.isNumber)) }
        }
        #expect(received.count == 10 && (received.last ?? 0) > received[received.count - 2], "\(received)")
    }

    @Test("stats goes on counting after somebody has reset the card")
    func stats() throws {
        let result = try runTool(
            "/usr/bin/timeout",
            ["--preserve-status", "-s", "INT", "4", "\(productFolder)/e1000-uio", "stats", "--watch", "0.2", "--json", "--device",
                "sim:traffic=200,fault=reset"])
        #expect(result.status == 0 && number("recoveries", result) == 1, "\(result.errors)\(result.text)")
        #expect(result.errors.contains("somebody has reset it"), "\(result.errors)")
        let received = result.text.split(separator: "\n").compactMap { line in
            line.split(separator: ",").first { $0.contains("\"GPRC\"") }.flatMap { Int($0.filter(\.isNumber)) }
        }
        // Some intervals stand still until it is noticed; the last ones do not.
        #expect(received.count >= 10 && (received.last ?? 0) > received[received.count - 3], "\(received)")
    }

    @Test("identify goes on too; bench says what is wrong and ends, since its time would mean nothing")
    func identifyAndBench() throws {
        let identify = try run("identify --device sim:fault=reset@0.3 --seconds 1")
        #expect(identify.status == 0 && identify.errors.contains("recovered, 0 frames lost"), "\(identify.errors)")
        for (fault, words) in [("reset", "somebody has reset it (measure again"), ("hang", "none was sent for"), ("vanish", "it has left the bus")] {
            let bench = try run("bench --device sim:fault=\(fault)@0.3 --frames 1000000000")
            #expect(bench.status == 1 && bench.errors.contains(words), "\(fault): \(bench.errors)")
            #expect(bench.output.isEmpty)
        }
    }

    @Test("what is no simulated card is refused with the words that there are")
    func words() throws {
        for bad in ["sim:82599", "sim:fault=fire", "sim:fault=hang@soon", "sim:traffic=0", "sim:fault"] {
            let result = try run("info --device \(bad)")
            #expect(result.status == 64 && result.errors.contains("is no word for it (use a model (82540EM"), "\(result.errors)")
        }
        #expect(try run("info --device sim,e1000e --json").text.contains("82574L"))
    }
}

@Suite("e1000-uio: selftest", .serialized)
struct SelftestToolTests {
    @Test("a good card passes every check, on each model", arguments: ["82540EM", "82545EM", "82544GC", "82574L"])
    func good(model: String) throws {
        let result = try runTool("e1000-uio", ["selftest", "--device", "sim:\(model)"])
        #expect(result.status == 0, "\(result.text)")
        let verdicts = result.text.split(separator: "\n").map { $0.dropFirst(11).prefix(9).trimmingSuffix(" ") }
        #expect(verdicts == Array(repeating: "passed", count: 9), "\(result.text)")
        let offloads =
            model == "82544GC"
            ? "segments of IPv4, tag, checksum status; the 82544GC makes no segments of IPv6; the 82544GC looks at no received checksum of IPv6"
            : "segments of IPv4 and IPv6, tag, checksum status"
        #expect(result.text.contains("offloads   passed   checksums of IPv4 and IPv6, \(offloads)\n"), "\(result.text)")
    }

    struct Flaw: Sendable, CustomTestStringConvertible {
        let fault: String
        /// The first check that fails, and what is said about it.
        let row: String
        let says: String
        var testDescription: String { fault }
    }

    @Test(
        "a broken card: exit 1, and the row says what is wrong and why",
        arguments: [
            Flaw(fault: "eeprom", row: "eeprom", says: "checksum is 0xbab9, should be 0xbaba"),
            Flaw(fault: "phy", row: "phy", says: "after 10 ms"),
            Flaw(fault: "interrupt", row: "interrupt", says: "interrupt 1 of 10 did not come within 1 s"),
            Flaw(fault: "loopback", row: "loopback", says: "zeros, 60 bytes: byte 59 came back as 0x10, not 0x0"),
            Flaw(fault: "checksum", row: "offloads", says: "checksums of TCP, 40 bytes of data: byte 24 came back as 0x"),
            Flaw(fault: "dead@0", row: "loopback", says: "1 frames wait, and none was sent for 15"),
        ])
    func broken(_ flaw: Flaw) throws {
        let result = try runTool("e1000-uio", ["selftest", "--device", "sim:fault=\(flaw.fault)"])
        #expect(result.status == 1)
        let failed = result.text.split(separator: "\n").filter { $0.contains(" failed ") }
        #expect(failed.first?.hasPrefix(flaw.row) == true && failed.first?.contains(flaw.says) == true, "\(result.text)")
        #expect(result.errors.hasSuffix(": failed\n"), "\(result.errors)")
        let json = try runTool("e1000-uio", ["selftest", "--json", "--device", "sim:fault=\(flaw.fault)"])
        #expect(json.status == 1 && json.text.contains("\"passed\" : false") && json.text.contains(flaw.says), "\(json.text)")
    }
}

extension Substring {
    fileprivate func trimmingSuffix(_ character: Character) -> String {
        var result = self
        while result.last == character { result.removeLast() }
        return String(result)
    }
}
