import ChildProcess
import Clocks
import Glibc
import TestSupport
import Testing

/// ledctl beside a ledd that does as it is told.
@Suite struct LedctlDaemonTests {
    private let fake: FakeLights

    init() throws {
        fake = try FakeLights()
        try fake.addKeyboard(2, name: "AT keyboard", light: "capslock", trigger: "none [kbd-capslock]")
        try fake.addKeyboard(2, name: "AT keyboard", light: "numlock", on: true, trigger: "none [kbd-numlock]")
        for light in ["capslock", "numlock", "scrolllock"] { try fake.addNode(light) }
    }

    private func ledctl(_ arguments: String...) throws -> ToolResult {
        try runTool("ledctl", arguments, environment: fake.environment, bound: 20_000)
    }

    /// Answers every request with the same lines.
    private func daemon(_ lines: String...) throws -> FakeDaemon {
        try FakeDaemon(fake.socket) { _ in FakeDaemon.Answer(lines) }
    }

    private static let taken = #"{"id":"claim-1","ok":true,"v":1}"#

    // MARK: notify

    @Test func notifyClaims() throws {
        let daemon = try daemon(Self.taken)
        let result = try ledctl("notify")
        #expect(result.status == 0 && result.text == "" && result.errors == "")
        #expect(
            daemon.lines == [
                #"{"light":"capslock","op":"claim","pattern":"blink","priority":5,"repeat":3,"seq":1,"source":"ledctl","urgency":"normal","v":1}"#
            ])
        // Nothing was written to a node.
        #expect(try fake.contents(ofNode: "capslock") == "")
    }

    @Test func notifyClaimsWithEverything() throws {
        let daemon = try daemon(Self.taken)
        let result = try ledctl(
            "notify", "--id", "x", "--replace", "y", "--priority", "7", "--urgency", "critical", "--source", "s", "--timeout", "1.5",
            "--pattern", "heartbeat", "--repeat", "4", "disk", "is full")
        #expect(result.status == 0 && result.text == "" && result.errors == "disk is full\n")
        #expect(
            daemon.lines == [
                #"{"id":"x","light":"capslock","message":"disk is full","op":"claim","pattern":"heartbeat","priority":7,"repeat":4,"#
                    + #""replaces":"y","seconds":1.5,"seq":1,"source":"s","urgency":"critical","v":1}"#
            ])
    }

    /// How long a claim lasts, by what is said of it.
    @Test(arguments: [
        (["--repeat", "0"], "blink", nil, nil), (["--timeout", "9"], "blink", nil, "9"), (["--timeout", "9", "--repeat", "2"], "blink", "2", "9"),
        (["--pattern", "on"], "on", nil, nil), (["--pattern", "off", "--timeout", "2"], "off", nil, "2"),
        (["--pattern", "trigger:disk-activity"], "trigger:disk-activity", nil, nil),
    ] as [([String], String, String?, String?)])
    func lifetimes(options: [String], pattern: String, repeats: String?, seconds: String?) throws {
        let daemon = try daemon(Self.taken)
        #expect(try runTool("ledctl", ["notify"] + options, environment: fake.environment, bound: 20_000).status == 0)
        let line = try #require(daemon.lines.first)
        #expect(line.contains("\"pattern\":\"\(pattern)\""))
        #expect(line.firstMatch(of: /"repeat":([0-9]+)/).map { String($0.1) } == repeats)
        #expect(line.firstMatch(of: /"seconds":([0-9.]+)/).map { String($0.1) } == seconds)
    }

    /// A wildcard chooses among the lights of the keyboards; all claims of a notification have one name.
    @Test func notifyClaimsSeveral() throws {
        let daemon = try daemon(Self.taken)
        #expect(try ledctl("notify", "--light", "*").status == 0)
        #expect(daemon.lines.count == 2)
        #expect(daemon.lines.first?.hasPrefix(#"{"light":"capslock""#) == true)
        #expect(daemon.lines.last?.hasPrefix(#"{"id":"claim-1","light":"numlock""#) == true)
        // A name needs no keyboard.
        #expect(try ledctl("notify", "--light", "scrolllock").status == 0)
        let unknown = try ledctl("notify", "--light", "kana")
        #expect(unknown.status == 1)
        #expect(unknown.errors == "ledctl: kana: no such light (there are: capslock, numlock, scrolllock)\n")
    }

    @Test func notifyIsAllOrNothing() throws {
        let daemon = try FakeDaemon(fake.socket) { line in
            line.contains("numlock") && line.contains("claim\"")
                ? FakeDaemon.Answer([#"{"error":{"code":"too-many","message":"there are 2048 claims already (release some)"},"ok":false,"v":1}"#])
                : FakeDaemon.Answer([Self.taken])
        }
        let result = try ledctl("notify", "--light", "*lock", "hello")
        #expect(result.status == 1 && result.errors == "ledctl: there are 2048 claims already (release some)\n")
        #expect(daemon.lines.contains(#"{"id":"claim-1","light":"capslock","op":"release","seq":3,"v":1}"#))
    }

    @Test(arguments: [
        ("played", 0, ""), ("expired", 0, ""), ("released", 0, ""),
        ("replaced", 1, "ledctl: capslock: another claim took the place of 'claim-1' ('ledctl list' shows the claims there are)\n"),
    ])
    func waits(reason: String, status: Int32, errors: String) throws {
        func ended(_ id: String, _ light: String, _ reason: String) -> String {
            #"{"claim":{"id":"\#(id)","light":"\#(light)","pattern":"blink","priority":5,"shown":false,"source":"ledctl","until":"disconnect","#
                + #""urgency":"normal"},"event":"ended","reason":"\#(reason)","time":"2026-11-21T14:00:00.000000Z","v":1}"#
        }
        // News of others, also before the reply, end nothing.
        let daemon = try daemon(
            ended("claim-1", "numlock", "replaced"), Self.taken, ended("other", "capslock", "replaced"), #"{"event":"shows","v":1}"#,
            ended("claim-1", "capslock", reason))
        let result = try ledctl("notify", "--wait")
        #expect(result.status == status && result.text == "" && result.errors == errors)
        #expect(daemon.lines.count == 1)
        #expect(daemon.lines[0].contains(#""until":"disconnect""#) && daemon.lines[0].contains(#""wait":true"#))
    }

    /// What has no end of its own was meant to be stopped.
    @Test(arguments: [
        (["--repeat", "3"], SIGINT, 130), (["--timeout", "60"], SIGTERM, 130), (["--repeat", "0"], SIGINT, 0), (["--pattern", "on"], SIGTERM, 0),
    ] as [([String], Int32, Int32)])
    func interrupted(options: [String], signal: Int32, status: Int32) throws {
        let daemon = try daemon(Self.taken)
        let child = try start(["notify", "--wait"] + options)
        try wait("the claim") { daemon.lines.count == 1 }
        // The reply has to be read before there is anything to interrupt.
        usleep(100_000)
        child.signal(signal)
        #expect(child.wait(milliseconds: 10_000) == status)
        #expect(daemon.lines.dropFirst() == [#"{"id":"claim-1","light":"capslock","op":"release","seq":2,"v":1}"#])
    }

    /// The connection is what holds the claim.
    @Test func killed() throws {
        let daemon = try daemon(Self.taken)
        let child = try start(["notify", "--wait"])
        try wait("the claim") { daemon.lines.count == 1 }
        #expect(daemon.lines[0].contains(#""until":"disconnect""#) && daemon.ended == 0)
        child.signal(SIGKILL)
        try wait("the end of the connection") { daemon.ended == 1 }
    }

    private func start(_ arguments: [String]) throws -> ChildProcess {
        try ChildProcess(
            path: "\(productFolder)/ledctl", arguments: arguments, environment: fake.environment.map { "\($0)=\($1)" },
            descriptors: [STDIN_FILENO, STDERR_FILENO, STDERR_FILENO])
    }

    private func wait(_ what: String, _ condition: () -> Bool) throws {
        let deadline = Clocks.monotonic + 10_000_000_000
        while !condition() {
            try #require(Clocks.monotonic < deadline, "no sign of \(what)")
            usleep(5000)
        }
    }

    // MARK: A ledd that misbehaves

    @Test func daemonThatDies() throws {
        let daemon = try FakeDaemon(fake.socket) { _ in FakeDaemon.Answer([Self.taken], closes: true) }
        let result = try ledctl("notify", "--wait")
        #expect(result.status == 1 && result.errors == "ledctl: \(daemon.path): ledd closed the connection (see 'journalctl -u ledd')\n")
        #expect(try ledctl("notify").status == 0)
    }

    @Test func daemonThatIsSilent() throws {
        let daemon = try daemon()
        let begun = Clocks.monotonic
        let result = try ledctl("set", "capslock", "on")
        #expect(result.status == 1 && result.errors == "ledctl: \(daemon.path): ledd does not answer (see 'systemctl status ledd')\n")
        #expect((4_900_000_000..<12_000_000_000).contains(Clocks.monotonic - begun))
        #expect(try fake.contents(ofNode: "capslock") == "")
    }

    @Test func daemonThatIsNoDaemon() throws {
        let daemon = try daemon("220 mail.example.org ESMTP")
        for arguments in [["notify"], ["set", "capslock", "on"], ["release", "capslock"], ["release", "--id", "a"], ["watch"], ["save", "-"]] {
            let result = try runTool("ledctl", arguments, environment: fake.environment, bound: 20_000)
            #expect(result.status == 1 && result.text == "")
            #expect(result.errors == "ledctl: \(daemon.path): what answers is not ledd: it is not JSON (check what listens there)\n")
        }
        // What everybody may see is shown all the same.
        let list = try ledctl("list")
        #expect(list.status == 0 && list.text.contains("\ncapslock  "))
        #expect(list.errors == "ledctl: \(daemon.path): what answers is not ledd: it is not JSON (check what listens there)\n")
    }

    /// A node would be hidden by what ledd shows: nothing is done in secret.
    @Test func daemonThatMayNotBeUsed() throws {
        let daemon = try daemon(Self.taken)
        try #require(chmod(daemon.path, 0) == 0)
        func run(_ arguments: [String]) throws -> ToolResult {
            // Without capabilities even root is held to the file's mode.
            try getuid() == 0
                ? runTool(
                    "/usr/bin/setpriv", ["--bounding-set=-all", "--inh-caps=-all", "\(productFolder)/ledctl"] + arguments,
                    environment: fake.environment, bound: 20_000)
                : runTool("ledctl", arguments, environment: fake.environment, bound: 20_000)
        }
        let refused =
            "ledctl: \(daemon.path): ledd runs, but this user may not talk to it "
            + "(use sudo, or join the group 'ringlight' and log in again; --no-daemon goes to the nodes)\n"
        for arguments in [["notify"], ["notify", "--id", "a"], ["set", "capslock", "on"], ["release", "--all"], ["watch"], ["save", "-"]] {
            let result = try run(arguments)
            #expect(result.status == 1 && result.text == "" && result.errors == refused)
        }
        #expect(try fake.contents(ofNode: "capslock") == "")
        let list = try run(["list"])
        #expect(list.status == 0 && list.text.contains("\ncapslock  ") && list.errors == refused)
        #expect(try run(["set", "capslock", "on", "--no-daemon"]).status == 0)
        #expect(try fake.contents(ofNode: "capslock") == "1\n")
        #expect(daemon.lines == [])
    }

    @Test(arguments: [["--id", "a"], ["--replace", "a"], ["--priority", "9"]])
    func onlyLeddCan(option: [String]) throws {
        let result = try runTool("ledctl", ["notify"] + option, environment: fake.environment, bound: 20_000)
        #expect(result.status == 1 && result.text == "")
        #expect(
            result.errors == "ledctl: \(option.joined(separator: " ")): only ledd can do that, and it does not listen at \(fake.socket) "
                + "(run 'systemctl start ledd.socket' as root, or leave the option out)\n")
        #expect(try fake.contents(ofNode: "capslock") == "")
    }

    // MARK: set and release

    @Test func sets() throws {
        let daemon = try daemon(#"{"claims":[],"lights":[],"ok":true,"v":1}"#)
        #expect(try ledctl("set", "capslock", "numlock", "toggle").status == 0)
        func claim(_ light: String, _ pattern: String, _ seq: Int, _ more: String = "") -> String {
            #"{"id":"set","light":"\#(light)","op":"claim","pattern":"\#(pattern)","priority":4,\#(more)"#
                + #""seq":\#(seq),"source":"ledctl","urgency":"normal","v":1}"#
        }
        let list = #"{"op":"list","seq":3,"v":1}"#
        #expect(daemon.lines == [claim("capslock", "on", 1), claim("numlock", "off", 2), list])
        // Longer than the kernel plays: ledd can.
        let morse = "morse:" + String(repeating: "H", count: 40)
        #expect(try ledctl("set", "scrolllock", "--pattern", morse, "--repeat", "2").status == 0)
        #expect(daemon.lines[3] == claim("scrolllock", morse, 1, #""repeat":2,"#))
        #expect(try fake.contents(ofNode: "capslock") == "")
        let dark = try ledctl("set", "scrolllock", "toggle")
        #expect(dark.status == 1)
        #expect(dark.errors == "ledctl: scrolllock: no keyboard has this light (plug one in; 'ledctl list' shows what there is)\n")
    }

    @Test func setTellsWhyNothingShows() throws {
        let claim =
            #"{"id":"disk","light":"capslock","pattern":"pulse","priority":8,"shown":true,"source":"backup","#
            + #""until":"release","urgency":"critical"}"#
        let covered = try daemon(#"{"claims":[\#(claim)],"lights":[{"claim":"disk","name":"capslock"}],"ok":true,"v":1}"#)
        let result = try ledctl("set", "capslock", "on")
        #expect(result.status == 0)
        #expect(
            result.errors == "ledctl: capslock: set, but the claim 'disk' of backup, priority 8, covers it while it lasts "
                + "('ledctl release --id disk' ends it)\n")
        #expect(covered.lines.count == 2)
    }

    @Test func setTellsOfTrouble() throws {
        let daemon = try daemon(
            #"{"claims":[],"lights":[{"claim":"set","name":"capslock","trouble":"capslock: broken (mend it)"}],"ok":true,"v":1}"#)
        let result = try ledctl("set", "capslock", "on")
        #expect(result.status == 1)
        #expect(result.errors == "ledctl: capslock: broken (mend it); ledd has the claim, and shows it when it can\n")
        #expect(daemon.lines.count == 2)
    }

    @Test func releases() throws {
        let daemon = try daemon(#"{"ok":true,"released":1,"v":1}"#)
        func requests(of arguments: String...) throws -> [String] {
            let before = daemon.lines.count
            let result = try runTool("ledctl", ["release"] + arguments, environment: fake.environment, bound: 20_000)
            #expect(result.status == 0 && result.text == "" && result.errors == "")
            return Array(daemon.lines.dropFirst(before))
        }
        #expect(try requests(of: "capslock") == [#"{"id":"set","light":"capslock","op":"release","seq":1,"source":"ledctl","v":1}"#])
        // And what was set before ledd ran.
        #expect(try fake.contents(ofNode: "capslock") == "release\n")
        #expect(try fake.contents(ofNode: "numlock") == "")
        #expect(try requests(of: "--id", "a") == [#"{"id":"a","op":"release","seq":1,"v":1}"#])
        #expect(
            try requests(of: "--id", "a", "--source", "b", "numlock")
                == [#"{"id":"a","light":"numlock","op":"release","seq":1,"source":"b","v":1}"#])
        #expect(try fake.contents(ofNode: "numlock") == "")
        #expect(try requests(of: "--all") == [#"{"all":true,"op":"release","seq":1,"v":1}"#])
        #expect(try fake.contents(ofNode: "numlock") == "release\n")
    }

    @Test func releasesNothing() throws {
        let daemon = try daemon(#"{"ok":true,"released":0,"v":1}"#)
        let result = try ledctl("release", "--source", "nobody")
        #expect(result.status == 0 && daemon.lines.count == 1)
        #expect(result.errors == "ledctl: no claim fits; nothing has changed ('ledctl list' shows the claims there are)\n")
    }

    // MARK: list and watch

    @Test func listsClaims() throws {
        let first = #"{"id":"disk","light":"capslock","message":"it is\nfull","pattern":"morse:DISK","priority":8,"seconds":60,"secondsLeft":41.2,"#
            + #""shown":true,"source":"backup","until":"release","urgency":"critical"}"#
        let second =
            #"{"id":"set","light":"capslock","pattern":"on","priority":4,"shown":false,"source":"ledctl","#
            + #""until":"release","urgency":"normal"}"#
        let daemon = try daemon(#"{"claims":[\#(first),\#(second)],"lights":[{"claim":"disk","name":"capslock","trouble":"x"}],"ok":true,"v":1}"#)
        let result = try ledctl("list")
        #expect(result.status == 0 && result.errors == "")
        #expect(
            result.text.hasSuffix(
                """

                CLAIM  SOURCE  LIGHT     RANK        PATTERN     SHOWN  LEFT  MESSAGE
                disk   backup  capslock  8 critical  morse:DISK  shown  42 s  it is?full
                set    ledctl  capslock  4 normal    on          waits  -

                """))
        let json = try ledctl("list", "--json").text.filter { !$0.isWhitespace }
        #expect(json.contains(#"[{"claims":[{"id":"disk","light":"capslock","message":"itis\nfull""#))
        #expect(json.contains(#""trouble":"x""#))
        // The others have none, which is not the same as unknown.
        #expect(json.ranges(of: #""claims":[]"#).count == 2)
        #expect(daemon.lines.allSatisfy { $0 == #"{"op":"list","seq":1,"v":1}"# })
        #expect(!(try ledctl("list", "--no-daemon").text.contains("CLAIM")))
    }

    @Test func watchesNews() throws {
        let claim =
            #"{"id":"disk","light":"capslock","pattern":"pulse","priority":8,"shown":true,"source":"backup","#
            + #""until":"release","urgency":"critical"}"#
        func news(_ event: String, _ more: String) -> String { #"{"event":"\#(event)",\#(more),"time":"2026-11-21T14:00:00.000000Z","v":1}"# }
        let lines = [
            #"{"claims":[],"lights":[],"ok":true,"v":1}"#, news("claimed", #""claim":\#(claim)"#),
            news("shows", #""light":{"claim":"disk","name":"capslock"}"#),
            news("surprise", #""claim":\#(claim)"#), news("ended", #""claim":\#(claim),"reason":"expired""#),
            news("shows", #""light":{"name":"numlock"}"#),
        ]
        for light in ["capslock", "numlock", "scrolllock"] { unlink("\(fake.directory)/\(light)") }
        let daemon = try FakeDaemon(fake.socket) { _ in FakeDaemon.Answer(lines) }
        let text = try ledctl("watch", "--count", "4")
        #expect(text.status == 0)
        #expect(
            text.text == """
                2026-11-21T14:00:00.000000Z capslock claimed disk
                2026-11-21T14:00:00.000000Z capslock shows disk
                2026-11-21T14:00:00.000000Z capslock ended disk (expired)
                2026-11-21T14:00:00.000000Z numlock shows -

                """)
        #expect(text.errors.hasSuffix("; only ledd's news are shown\nledctl: watching ledd\n"))
        let json = try ledctl("watch", "--json", "--duration", "0.5", "numlock")
        #expect(json.status == 0)
        #expect(json.text == #"{"claim":null,"event":"shows","light":"numlock","time":"2026-11-21T14:00:00.000000Z"}"# + "\n")
        #expect(daemon.lines.allSatisfy { $0 == #"{"op":"watch","seq":1,"v":1}"# })
    }

    @Test func watchesAcrossARestart() throws {
        let watched = #"{"claims":[],"lights":[],"ok":true,"v":1}"#
        let news = #"{"event":"shows","light":{"name":"numlock"},"time":"2026-11-21T14:00:00.000000Z","v":1}"#
        unlink("\(fake.directory)/capslock")
        unlink("\(fake.directory)/numlock")
        unlink("\(fake.directory)/scrolllock")
        let daemon = try FakeDaemon(fake.socket) { _ in FakeDaemon.Answer([watched, news], closes: true) }
        let result = try ledctl("watch", "--count", "2")
        #expect(result.status == 0 && result.text.split(separator: "\n").count == 2)
        #expect(result.errors.contains("ledd closed the connection (see 'journalctl -u ledd'); waiting for it\nledctl: ledd is back\n"))
        #expect(daemon.lines.count == 2)
    }
}
