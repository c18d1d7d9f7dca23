import ChildProcess
import Glibc
import LightClaims
import TestSupport
import Testing

@testable import ledd

/// systemd's own writer of journal files, fed by the test.
private final class JournalWriter {
    static let program = ChildProcess.find("/lib/systemd/systemd-journal-remote")

    let folder = Files.makeFolder()
    private let process: ChildProcess
    private let pipe: Int32
    private var time: UInt64 = 1_700_000_000_000_000

    init() throws {
        var ends: [Int32] = [0, 0]
        // A child gets those only that it is given.
        Glibc.pipe(&ends)
        let null = open("/dev/null", O_RDWR | O_CLOEXEC)
        defer { for descriptor in [null, ends[0]] { close(descriptor) } }
        pipe = ends[1]
        process = try ChildProcess(
            path: try #require(Self.program), arguments: ["--split-mode=none", "--output=\(folder)/test.journal", "-"],
            descriptors: [ends[0], null, null])
        // Not before there is a file.
        write(["PRIORITY": "7"])
        for _ in 0..<500 where access("\(folder)/test.journal", F_OK) != 0 { usleep(10_000) }
    }

    /// One entry, in the journal's export format.
    func write(_ fields: [String: String]) {
        time += 1
        let entry =
            "__REALTIME_TIMESTAMP=\(time)\n__MONOTONIC_TIMESTAMP=\(time)\n_BOOT_ID=0123456789abcdef0123456789abcdef\n"
            + fields.map { "\($0.key)=\($0.value)\n" }.joined() + "\n"
        let bytes = Array(entry.utf8)
        _ = Glibc.write(pipe, bytes, bytes.count)
    }

    deinit {
        close(pipe)
        process.end()
        removeTree(folder)
    }
}

@Suite("Entries of the journal", .enabled(if: JournalWriter.program != nil, "there is no systemd-journal-remote"))
final class JournalSourceTests {
    private let stage: Stage
    private let writer: JournalWriter
    private var source: JournalSource?

    init() throws {
        stage = try Stage()
        writer = try JournalWriter()
    }

    deinit { source?.stop() }

    private func start(_ match: String) throws {
        let claim = try stage.claim("[[journal]]\nname = \"j\"\nmatch = \(match)")
        guard case .journal(let rule) = claim.rule.source else { return }
        source = JournalSource(rule, claim: claim, loop: stage.loop, directory: writer.folder)
        source?.start()
    }

    private var messages: [String?] { stage.desk.claims.map(\.message) }

    @Test func `from now on only, and only what fits`() throws {
        writer.write(["PRIORITY": "3", "MESSAGE": "before"])
        usleep(300_000)
        try start("[\"PRIORITY=3\", \"PRIORITY=2\", \"SYSLOG_IDENTIFIER=a\", \"+\", \"TAG=x\"]")
        writer.write(["PRIORITY": "6", "SYSLOG_IDENTIFIER": "a", "MESSAGE": "too low"])
        writer.write(["PRIORITY": "3", "SYSLOG_IDENTIFIER": "b", "MESSAGE": "another's"])
        try stage.run(milliseconds: 500)
        #expect(messages == [])
        writer.write(["PRIORITY": "2", "SYSLOG_IDENTIFIER": "a", "MESSAGE": "first"])
        #expect(try stage.run { self.messages == ["first"] })
        writer.write(["PRIORITY": "6", "TAG": "x", "MESSAGE": "second"])
        #expect(try stage.run { self.messages == ["first", "second"] })
        #expect(stage.desk.claims[0].lifetime.time == 60_000_000_000)
        #expect(stage.lines.all == [])
    }

    @Test func `the newest of what was written before is not news`() throws {
        writer.write(["PRIORITY": "3", "MESSAGE": "before"])
        usleep(300_000)
        try start("\"PRIORITY=3\"")
        try stage.run(milliseconds: 300)
        #expect(messages == [])
        writer.write(["PRIORITY": "3", "MESSAGE": "after"])
        #expect(try stage.run { self.messages == ["after"] })
    }

    @Test func `a storm is one claim`() throws {
        try start("\"PRIORITY=3\"")
        let clock = ContinuousClock()
        let time = try clock.measure {
            for i in 0..<10_000 {
                writer.write(["PRIORITY": "3", "MESSAGE": "\(i)"])
                if i.isMultiple(of: 100) { try stage.run(milliseconds: 1) }
            }
            #expect(try stage.run { self.messages.last == "9999" })
        }
        #expect(stage.desk.count <= Int(time / .milliseconds(100)) + 3)
    }

    @Test func `a folder that is not there is tried again, and complained of once`() throws {
        let claim = try stage.claim("[[journal]]\nname = \"j\"\nmatch = \"PRIORITY=3\"")
        guard case .journal(let rule) = claim.rule.source else { return }
        let source = JournalSource(rule, claim: claim, loop: stage.loop, directory: "\(writer.folder)/none")
        source.start()
        #expect(stage.lines.all == ["rule j: \(writer.folder)/none: cannot open it: No such file or directory (it is tried again in a minute)"])
        source.stop()
    }
}
