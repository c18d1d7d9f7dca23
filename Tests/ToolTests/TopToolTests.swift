import ChildProcess
import Clocks
import FoundationEssentials
import Glibc
import PCIBus
import TestSupport
import Testing

@testable import CardSelection
@testable import e1000_uio

/// `e1000-uio top` attached to a socket that tells what the test says.
@Suite("e1000-uio top --metrics", .serialized) struct TopToolTests {
    /// Of a line of JSON, what a test looks at.
    private struct Line: Decodable {
        struct Rate: Decodable { let now, average, maximum: Double }
        struct Ring: Decodable { let count, card, driver: Int }
        struct Link: Decodable { let isUp: Bool, speed, changes: Int }
        struct Counters: Decodable { let received, bytes, sent, missed: Int }
        let drivenBy: String
        let restarts: Int
        let receiveFrames, receiveBits, sendFrames: Rate
        let receiveRing, transmitRing: Ring
        let link: Link
        let counters: Counters
        let dropped, mostWaiting: Int
    }

    private let path: String

    init() throws {
        var template = Array("/tmp/ringlight-XXXXXX".utf8CString)
        path = "\(try #require(mkdtemp(&template).map { String(cString: $0) }))/card"
    }

    /// Removes the folder.
    private func end() { removeTree(String(path.dropLast(5))) }

    private func top(_ words: String) throws -> ToolResult {
        try runTool("e1000-uio", ["top", "--metrics", path] + words.split(separator: " ").map(String.init))
    }

    private func parsed(_ result: ToolResult) throws -> [Line] {
        try result.text.split(separator: "\n").map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
    }

    @Test("rates are of the card's own time, whenever the answers come; counters, rings and link are what is told")
    func rates() throws {
        defer { end() }
        let server = try MetricsServer(path) { number in
            .text(ToldCard(uptime: 10 + Double(number) * 0.5, received: 5000 + number * 1000, sent: number * 10, missed: number).text)
        }
        let result = try top("--json --interval 0.1 --count 3")
        #expect(result.status == 0 && server.asked == 4, "\(result.errors)")
        #expect(result.errors == "0000:00:03.0, 82540EM, 52:54:00:12:34:56; e1000d drives it as lan0\n", "\(result.errors)")
        let lines = try parsed(result)
        #expect(lines.count == 3)
        for (number, line) in lines.enumerated() {
            #expect(line.drivenBy == "e1000d" && line.restarts == 0)
            #expect(line.receiveFrames.now == 2000 && line.receiveFrames.average == 2000 && line.receiveFrames.maximum == 2000)
            #expect(line.receiveBits.now == 1_600_000 && line.sendFrames.now == 20)
            #expect(line.counters.received == 6000 + number * 1000 && line.counters.bytes == 600_000 + number * 100_000)
            #expect(line.dropped == number + 1 + 7 + 8 && line.mostWaiting == 5 && line.link.changes == 0 && line.link.speed == 1000)
            #expect(line.receiveRing.count == 256 && line.receiveRing.driver == 6 && line.transmitRing.card == 4)
        }
        let text = try top("--interval 0.1 --count 2")
        withExtendedLifetime(server) {}
        #expect(text.status == 0 && text.text.contains("link up, 1000 Mb/s, full duplex, 2000 frames/s, 1.600 Mb/s received"), "\(text.text)")
    }

    @Test("the same answer again leaves the rates; a program that begins anew gives neither negative nor huge ones")
    func anew() throws {
        defer { end() }
        let told = [
            ToldCard(uptime: 100, received: 1_000_000), ToldCard(uptime: 101, received: 1_001_000), ToldCard(uptime: 101, received: 1_001_000),
            ToldCard(start: 1_800_000_200, uptime: 0.5, received: 50, changes: 1),
            // With more on its counters than the one before it.
            ToldCard(start: 1_800_000_300, uptime: 0.502, received: 200, changes: 2),
            ToldCard(start: 1_800_000_300, uptime: 1.502, received: 300, changes: 4),
        ]
        let server = try MetricsServer(path) { .text(told[min($0, told.count - 1)].text) }
        let lines = try parsed(top("--json --interval 0.1 --count 5"))
        #expect(server.asked == 6)
        #expect(lines.map { $0.receiveFrames.now.rounded() } == [1000, 1000, 100, 398, 100])
        #expect(lines.map(\.restarts) == [0, 0, 1, 2, 2])
        #expect(lines.map(\.link.changes) == [0, 0, 1, 3, 5])
        #expect(lines.last?.receiveFrames.maximum == 1000 && lines.last?.counters.received == 300)
    }

    @Test("a program that stops and comes back: both is said, and the lines go on")
    func back() throws {
        defer { end() }
        let first = try MetricsServer(path) { .text(ToldCard(uptime: 10 + Double($0), received: 100 * $0).text) }
        let tool = try RunningTop(["top", "--metrics", path, "--json", "--interval", "0.1"])
        try tool.wait { $0.output.contains("\n") }
        first.stop()
        // Perhaps in the middle of an answer.
        try tool.wait { $0.errors.contains(": trying again for 60 s\n") }
        // Half an answer is no reason to give up, either; nor is a closed door.
        let second = try MetricsServer(path) { number in
            number < 2 ? .text(number == 0 ? "" : "# TYPE e1000_") : .text(ToldCard(start: 2e9, uptime: 1 + Double(number), received: number).text)
        }
        try tool.wait { $0.errors.contains("\(path): e1000d is back\n") && $0.output.contains("\"restarts\":1") }
        #expect(second.asked >= 3 && tool.errors.split(separator: "\n").count == 3, "\(tool.errors)")
        tool.child.signal(SIGTERM)
        #expect(tool.child.wait(milliseconds: 5000) == 0)
    }

    @Test(
        "an answer that is none of e1000d's ends it, with what to do",
        arguments: [
            ("", "the answer breaks off"), ("SSH-2.0-OpenSSH_9.2\r\n", "line 1 of the answer is not '# EOF'"),
            ("# EOF\n", "what it tells is not of a card (give --metrics a socket of e1000d's)"),
            ("process_start_time_seconds 1\nthis is not it\n# EOF\n", "line 2 of the answer is no sample of OpenMetrics"),
            (ToldCard(without: "e1000_start").text, "does not tell 'e1000_start_time_seconds' (after an update start it again"),
            (ToldCard(instead: ["e1000_card_mpc_total": "-3"]).text, "'e1000_card_mpc_total' has a value that cannot be"),
            (String(repeating: "# HELP x y\n", count: 200_000), "it says more than 1 MiB"),
        ])
    func garbage(answer: String, says: String) throws {
        defer { end() }
        let server = try MetricsServer(path) { _ in .text(answer) }
        let result = try top("--json --count 1")
        #expect(result.status == 1 && result.output.isEmpty && result.errors.hasPrefix("e1000-uio: \(path): "), "\(result.errors)")
        #expect(result.errors.contains(says) && server.asked == 1, "\(result.errors)")
        // The same from one that told of a card before.
        let later = try MetricsServer("\(path)2") { .text($0 == 0 ? ToldCard().text : answer) }
        guard !answer.isEmpty else { return }
        let end = try runTool("e1000-uio", ["top", "--metrics", later.path, "--json", "--interval", "0.1", "--count", "1"])
        withExtendedLifetime(later) {}
        #expect(end.status == 1 && end.output.isEmpty && end.errors.contains(says), "\(end.errors)")
    }

    @Test("an answer in pieces is awaited, one that does not come is not; Ctrl-C ends the wait at once")
    func silence() throws {
        defer { end() }
        do {
            let text = ToldCard().text
            let pieces = [text.prefix(100), text.dropFirst(100).prefix(1), text.dropFirst(101)].map(String.init)
            let server = try MetricsServer(path) { _ in .slow(pieces) }
            let result = try top("--json --interval 0.1 --count 1")
            #expect(result.status == 0 && result.text.hasSuffix("}\n") && server.asked == 2, "\(result.errors)")
        }
        let server = try MetricsServer(path) { $0 == 1 ? .text(ToldCard().text) : .silence }
        let start = Clocks.monotonic
        let result = try top("--json --count 1")
        #expect(result.status == 1 && result.errors.contains("no answer within 2 s"), "\(result.errors)")
        #expect(Clocks.monotonic - start < 8_000_000_000)
        let tool = try RunningTop(["top", "--metrics", path, "--json", "--interval", "0.1"])
        try tool.wait { _ in server.asked == 3 }
        usleep(200_000)
        let asked = Clocks.monotonic
        tool.child.signal(SIGINT)
        #expect(tool.child.wait(milliseconds: 5000) == 0 && Clocks.monotonic - asked < 1_000_000_000)
        #expect(!tool.errors.contains("no answer"), "\(tool.errors)")
        withExtendedLifetime(server) {}
    }

    @Test("which card has an e1000d: by its address, by its node, or because it is the only one; a socket that is left is none")
    func choice() throws {
        defer { end() }
        let fake = try FakePCI()
        try fake.addDriver("ringlight")
        try fake.addCard("0000:00:03.0", driver: "ringlight", override: "ringlight", interface: "")
        let bus = PCIBus(sysfsRoot: fake.path)
        let address = PCIAddress("0000:00:03.0")
        for text in [nil, "00:03.0", "0000:00:03.0", "vfio:00:03.0", "uio0", "/dev/uio0"] {
            #expect(CardChoice.address(of: text, bus: bus) == address, "\(text ?? "none")")
        }
        for text in ["qemu", "sim", "sim:82574L,fault=hang", "uio1", "eth0", ""] { #expect(CardChoice.address(of: text, bus: bus) == nil, "\(text)") }
        try fake.addCard("0000:00:04.0", driver: "ringlight", override: "ringlight", interface: "")
        #expect(CardChoice.address(of: nil, bus: bus) == nil)

        var card = CardOptions()
        card.device = "00:03.0"
        let folder = String(path.dropLast(5))
        #expect(TopSocket(explicit: nil, card: card, folder: folder) == nil)
        let server = try MetricsServer("\(folder)/e1000d-0000:00:03.0.sock") { _ in .text(ToldCard().text) }
        #expect(TopSocket(explicit: nil, card: card, folder: folder)?.path == server.path)
        #expect(TopSocket(explicit: "/x", card: card, folder: folder)?.isExplicit == true)
        // A file that nobody listens at.
        try write("", to: "\(folder)/e1000d-0000:00:05.0.sock")
        card.device = "00:05.0"
        #expect(TopSocket(explicit: nil, card: card, folder: folder) == nil)
        #expect(MetricsFailure.connecting(EACCES).why == "permission denied" && !MetricsFailure.connecting(EACCES).isAbsent)
    }
}

/// A tool that runs while the test does something; killed with this object.
private final class RunningTop {
    let child: ChildProcess
    private let files = (input: scratchDescriptor(), output: scratchDescriptor(), errors: scratchDescriptor())

    init(_ arguments: [String]) throws {
        child = try ChildProcess(
            path: "\(productFolder)/e1000-uio", arguments: arguments, environment: [], descriptors: [files.input, files.output, files.errors])
    }

    deinit {
        child.end(within: 0)
        for descriptor in [files.input, files.output, files.errors] { close(descriptor) }
    }

    var output: String { String(decoding: contents(of: files.output), as: UTF8.self) }
    var errors: String { String(decoding: contents(of: files.errors), as: UTF8.self) }

    func wait(until condition: (RunningTop) -> Bool) throws {
        let deadline = Clocks.monotonic + 20_000_000_000
        while !condition(self) {
            guard Clocks.monotonic < deadline, child.exitStatus == nil else {
                throw SystemError(doing: "the tool said: \(errors)\(output)", number: 0)
            }
            usleep(5000)
        }
    }
}
