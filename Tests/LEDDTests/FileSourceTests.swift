import Glibc
import LightClaims
import TestSupport
import Testing

@testable import ledd

@Suite("Files that appear")
final class FileSourceTests {
    private let folder = Files.makeFolder()
    private let stage: Stage
    private var sources: EventSources!

    init() throws { stage = try Stage() }

    deinit {
        sources?.stop()
        removeTree(folder)
    }

    private func start(_ directory: String, _ more: String = "") throws {
        sources = try stage.sources("[[file]]\nname = \"f\"\ndirectory = \"\(directory)\"\n\(more)")
        sources.start()
    }

    private func touch(_ name: String) { Files.append("", to: "\(folder)/\(name)") }
    private var isClaimed: Bool { stage.desk.current["file:f"] != nil }
    private func becomes(_ claimed: Bool) throws -> Bool { try stage.run { self.isClaimed == claimed } }

    @Test func `made, moved in, moved out, deleted`() throws {
        try start(folder, "glob = \"*.new\"")
        touch("other")
        try stage.run(milliseconds: 150)
        #expect(!isClaimed)
        touch("a.new")
        #expect(try becomes(true))
        #expect(stage.desk.claims[0].message == "\(folder)/a.new")
        rename("\(folder)/other", "\(folder)/b.new")
        unlink("\(folder)/a.new")
        try stage.run(milliseconds: 300)
        #expect(isClaimed)
        rename("\(folder)/b.new", "\(folder)/other")
        #expect(try becomes(false))
    }

    @Test func `those that are there count, hidden ones do not`() throws {
        touch(".hidden")
        try start(folder)
        #expect(!isClaimed)
        sources.stop()
        touch("there")
        try start(folder)
        #expect(isClaimed)
        sources.stop()
        #expect(!isClaimed)
    }

    @Test func `news for a time`() throws {
        for name in ["there", "and there"] { touch(name) }
        try start(folder, "seconds = 5")
        unlink("\(folder)/there")
        try stage.run(milliseconds: 250)
        #expect(stage.desk.count == 0)
        touch("new")
        #expect(try becomes(true))
        #expect(stage.desk.claims[0].lifetime.time == 5_000_000_000)
    }

    @Test func `a directory that comes, goes, and comes back`() throws {
        let path = "\(folder)/a/b/c"
        try start(path)
        #expect(stage.lines.all == [])
        for _ in 0..<3 {
            // Step by step, and at once.
            mkdir("\(folder)/a", 0o755)
            try stage.run(milliseconds: 30)
            mkdir("\(folder)/a/b", 0o755)
            mkdir(path, 0o755)
            Files.append("", to: "\(path)/file")
            #expect(try becomes(true))
            removeTree("\(folder)/a")
            #expect(try becomes(false))
            try stage.run(milliseconds: 150)
        }
        // With all in it, from elsewhere.
        mkdir("\(folder)/x", 0o755)
        mkdir("\(folder)/x/b", 0o755)
        mkdir("\(folder)/x/b/c", 0o755)
        Files.append("", to: "\(folder)/x/b/c/file")
        rename("\(folder)/x", "\(folder)/a")
        #expect(try becomes(true))
        rename("\(path)", "\(folder)/elsewhere")
        #expect(try becomes(false))
        #expect(stage.lines.all == [])
    }

    @Test func `a directory whose place a file has`() throws {
        touch("a")
        try start("\(folder)/a/b")
        unlink("\(folder)/a")
        mkdir("\(folder)/a", 0o755)
        mkdir("\(folder)/a/b", 0o755)
        touch("a/b/file")
        #expect(try becomes(true))
    }

    @Test func `a storm of files is one claim`() throws {
        try start(folder)
        for round in 0..<20 {
            for i in 0..<1000 {
                touch("\(i)")
                unlink("\(folder)/\(i)")
            }
            if round == 19 { touch("last") }
            try stage.run(milliseconds: 5)
        }
        #expect(try becomes(true))
        // More than the queue of inotify holds: nothing may be lost.
        for i in 0..<20_000 { touch("\(i % 2)-\(i)") }
        for i in 0..<20_000 { unlink("\(folder)/\(i % 2)-\(i)") }
        unlink("\(folder)/last")
        let before = stage.desk.count
        #expect(try becomes(false))
        #expect(stage.desk.count - before < 20)
    }
}
