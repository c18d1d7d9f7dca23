import Clocks
import Glibc
import LightClaims
import TestSupport
import Testing

@testable import ledd

@Suite("Commands on a timer")
final class CommandSourceTests {
    private let folder = Files.makeFolder()
    private let stage: Stage
    private var sources: EventSources!

    init() throws { stage = try Stage() }

    deinit {
        sources?.stop()
        removeTree(folder)
    }

    private func start(_ script: String, _ more: String = "") throws {
        sources = try stage.sources(
            "[[command]]\nname = \"c\"\ncommand = [\"/bin/sh\", \"-c\", '''\(script)''', \"x\", \"\(folder)\"]\ninterval = 1\n\(more)")
        sources.start()
    }

    private var isClaimed: Bool { stage.desk.current["command:c"] != nil }
    private func becomes(_ claimed: Bool) throws -> Bool { try stage.run { self.isClaimed == claimed } }
    /// The lines that the command wrote.
    private var lines: [Substring] { ((try? readText("\(folder)/out")) ?? "").split(separator: "\n") }
    /// Not even a dead one that nobody has reaped yet.
    private func isAlive(_ process: Substring) -> Bool {
        guard let status = (try? readText("/proc/\(process)/stat")) else { return false }
        return status.split(separator: ")").last?.prefix(2) != " Z"
    }

    @Test func `the exit status turns`() throws {
        try start("echo run >>$1/out; echo noise; echo noise >&2; test -e $1/good")
        #expect(try becomes(true))
        #expect(stage.desk.claims[0].message == "/bin/sh: exit status 1")
        #expect(try stage.run { self.lines.count == 2 })
        Files.append("", to: "\(folder)/good")
        #expect(try becomes(false))
        unlink("\(folder)/good")
        #expect(try becomes(true))
        #expect(lines.count <= 5)
    }

    @Test func `success can be what counts, and news for a time is told once`() throws {
        try start("echo run >>$1/out; exit 0", "on = \"success\"\nseconds = 0.5")
        #expect(try stage.run { self.lines.count == 3 })
        #expect(stage.desk.claims.count == 1)
        #expect(stage.desk.released == [])
    }

    @Test func `a signal is a failure`() throws {
        try start("kill -SEGV $$")
        #expect(try becomes(true))
        #expect(stage.desk.claims[0].message == "/bin/sh: ended by signal 11")
    }

    @Test func `a program that is not there`() throws {
        sources = try stage.sources("[[command]]\nname = \"c\"\ncommand = \"/nonexistent/program\"\ninterval = 1")
        sources.start()
        #expect(try becomes(true))
        #expect(
            stage.lines.all == [
                "rule c: /nonexistent/program: cannot be started: No such file or directory (check that it is installed and executable)"
            ])
        try stage.run(milliseconds: 1100)
        #expect(stage.lines.all.count == 1)
    }

    @Test func `one that hangs, with children, all deaf to SIGTERM`() throws {
        try start("trap '' TERM; echo $$ >>$1/out; for i in 1 2; do (trap '' TERM; sleep 100) & echo $! >>$1/out; done; wait; wait", "timeout = 0.2")
        #expect(try stage.run { self.lines.count == 3 })
        let processes = lines
        #expect(processes.allSatisfy(isAlive))
        let start = Clocks.monotonic
        #expect(try becomes(true))
        #expect(stage.desk.claims[0].message == "/bin/sh: took too long")
        #expect(Clocks.monotonic - start < 4_000_000_000)
        #expect(try stage.run { !processes.contains(where: self.isAlive) })
        // The intervals meanwhile were left out: never two at once.
        #expect(lines.count == 3)
    }

    @Test func `children that stay behind are ended with it`() throws {
        try start("sleep 100 & echo $! >>$1/out; exit 1")
        #expect(try becomes(true))
        let child = lines[0]
        #expect(try stage.run { !self.isAlive(child) })
    }

    @Test func `a rule that goes takes its command with it`() throws {
        try start("echo $$ >>$1/out; sleep 100")
        #expect(try stage.run { self.lines.count == 1 })
        let process = lines[0]
        sources.apply(.standard)
        #expect(try stage.run { !self.isAlive(process) })
        #expect(stage.desk.count == 0)
    }

    @Test func `it gets no descriptors but three`() throws {
        try start(
            """
            for i in 3 4 5 6 7 8 9; do test ! -e /proc/$$/fd/$i || echo $i; done >>$1/out
            readlink /proc/$$/fd/0 /proc/$$/fd/2 >>$1/out
            """)
        #expect(try stage.run { self.lines.count >= 2 })
        #expect(lines == ["/dev/null", "/dev/null"])
    }

    /// A shell would change them.
    @Test func `no signal is blocked or ignored in it`() throws {
        let before = signal(SIGPIPE, SIG_IGN)
        defer { signal(SIGPIPE, before) }
        sources = try stage.sources("[[command]]\nname = \"c\"\ncommand = [\"/bin/cp\", \"/proc/self/status\", \"\(folder)/out\"]")
        sources.start()
        #expect(try stage.run { self.lines.contains { $0.hasPrefix("SigIgn") } })
        let masks = lines.filter { $0.hasPrefix("SigBlk") || $0.hasPrefix("SigIgn") }.map { UInt64($0.suffix(16), radix: 16)! }
        // 32 and 33 are the C library's own.
        #expect(masks.map { $0 & 0x7fff_ffff } == [0, 0])
    }
}
