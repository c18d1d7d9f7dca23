import ChildProcess
import Clocks
import Glibc
import LightClaims
import LightClient
import TestSupport
import Testing

/// ledctl and the real ledd, on a machine without lights.
@Suite struct LedctlWithLeddTests {
    private let ledd: LightDaemonProcess
    private var environment: [String: String] {
        [
            "RINGLIGHT_SOCKET": ledd.socket, "RINGLIGHT_LIGHT_DIRECTORY": "\(ledd.folder)/dev", "RINGLIGHT_SYSFS": "\(ledd.folder)/sys",
            "HOME": ledd.folder,
        ]
    }

    init() throws { ledd = try LightDaemonProcess() }

    @discardableResult
    private func ledctl(_ arguments: String..., status: Int32 = 0) throws -> ToolResult {
        let result = try runTool("ledctl", arguments, environment: environment, bound: 20_000)
        #expect(result.status == status, "\(arguments): \(result.errors)")
        return result
    }

    /// Starts `ledctl notify --wait …`, and returns once ledd has its claim.
    private func start(_ id: String, _ options: String...) throws -> ChildProcess {
        let before = try claims().filter { $0.id == id }.map(\.pattern)
        let child = try ChildProcess(
            path: "\(productFolder)/ledctl", arguments: ["notify", "--wait", "--id", id] + options, environment: environment.map { "\($0)=\($1)" },
            descriptors: [STDIN_FILENO, STDERR_FILENO, STDERR_FILENO])
        try waitUntil("the claim \(id)") { try claims().contains { $0.id == id && !before.contains($0.pattern) } }
        return child
    }

    private func claims() throws -> [ClaimState] {
        var client = try ledd.connect()
        return try client.ask(Request(.list)).claims ?? []
    }

    private func waitUntil(_ what: String, _ condition: () throws -> Bool) throws {
        let deadline = Clocks.monotonic + 10_000_000_000
        while try !condition() {
            try #require(Clocks.monotonic < deadline, "no sign of \(what)")
            usleep(5000)
        }
    }

    @Test func returnsAtOnceOrAtTheEnd() throws {
        try ledctl("notify", "--id", "a", "--timeout", "60", "--urgency", "low", "--source", "me", "hello")
        let claim = try #require(try claims().first)
        #expect(claim.id == "a" && claim.source == "me" && claim.priority == 2 && claim.message == "hello" && claim.seconds == 60)
        #expect((50...60).contains(claim.secondsLeft ?? 0))
        // Expired, also unseen.
        try ledctl("notify", "--wait", "--light", "numlock", "--timeout", "0.2")
        #expect(try claims().map(\.id) == ["a"])
    }

    @Test func isNotPlayedToNobody() throws {
        // Until a keyboard shows it, as its help says; the two passes have a fifth of a second.
        let unseen = try start("u", "--priority", "9", "--pattern", "on:50,off:50", "--repeat", "2")
        #expect(unseen.wait(milliseconds: 1000) == nil)
        #expect(try claims().map(\.id) == ["u"])
        try ledctl("release", "--id", "u")
        #expect(unseen.wait(milliseconds: 10_000) == 0)
    }

    @Test func replacedReleasedInterruptedAndKilled() throws {
        let first = try start("a", "--timeout", "60")
        try ledctl("notify", "--id", "b", "--replace", "a", "--timeout", "60")
        #expect(first.wait(milliseconds: 10_000) == 1)
        // It takes the place of b, whose end is not its own.
        let second = try start("b", "--timeout", "60", "--pattern", "pulse")
        usleep(200_000)
        #expect(second.exitStatus == nil)
        try ledctl("release", "--id", "b")
        #expect(second.wait(milliseconds: 10_000) == 0)
        let third = try start("c", "--timeout", "60")
        third.signal(SIGINT)
        #expect(third.wait(milliseconds: 10_000) == 130)
        #expect(try claims().isEmpty)
        let fourth = try start("d", "--timeout", "60")
        fourth.signal(SIGKILL)
        try waitUntil("its end") { try claims().isEmpty }
    }

    @Test func ledsDaemonDies() throws {
        let child = try start("a", "--timeout", "60")
        try ledd.killAndRestart()
        #expect(child.wait(milliseconds: 10_000) == 1)
    }

    @Test func setsListsAndReleases() throws {
        let result = try ledctl("set", "numlock", "--pattern", "heartbeat", status: 1)
        #expect(result.errors.hasSuffix("(run 'modprobe ringlight' as root); ledd has the claim, and shows it when it can\n"))
        try ledctl("notify", "--light", "numlock", "--id", "n", "--timeout", "60", "--pattern", "on", "it burns")
        let list = try ledctl("list").text
        #expect(
            list.contains(
                "LIGHT    STATE  HELD  TRIGGER  HOLDER  GRABBED  KEYBOARDS\n"
                    + "numlock  -      -     -        -       -        no keyboard\n"))
        #expect(list.contains(/\nn      ledctl  numlock  5 normal  on         shown  (60|5[0-9]) s  it burns\n/))
        #expect(list.contains("\nset    ledctl  numlock  4 normal  heartbeat  waits  -\n"))
        try ledctl("save")
        try ledctl("release", "numlock")
        #expect(try claims().map(\.id) == ["n"])
        try ledctl("restore")
        #expect(try claims().map(\.pattern).sorted() == ["heartbeat", "on"])
        try ledctl("release", "--all")
        #expect(try claims().isEmpty)
    }

    @Test func watches() throws {
        let output = scratchDescriptor()
        defer { close(output) }
        let child = try ChildProcess(
            path: "\(productFolder)/ledctl", arguments: ["watch", "--count", "4"], environment: environment.map { "\($0)=\($1)" },
            descriptors: [STDIN_FILENO, output, output])
        try waitUntil("watch") { String(decoding: contents(of: output), as: UTF8.self).contains("watching ledd\n") }
        try ledctl("notify", "--id", "a", "--timeout", "60")
        try ledctl("release", "--id", "a")
        #expect(child.wait(milliseconds: 10_000) == 0)
        let lines = String(decoding: contents(of: output), as: UTF8.self).split(separator: "\n").suffix(4)
        #expect(
            lines.map { $0.split(separator: " ").dropFirst().joined(separator: " ") } == [
                "capslock claimed a", "capslock shows a", "capslock ended a (released)", "capslock shows -",
            ])
    }
}
