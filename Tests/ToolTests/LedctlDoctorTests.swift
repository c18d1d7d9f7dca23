import Glibc
import KeyboardLights
import LightClient
import TestSupport
import Testing

@testable import ledctl

/// Each thing that can be wrong, and nothing else.
@Suite struct LedctlDoctorTests {
    private let fake: FakeLights

    init() throws { fake = try FakeLights() }

    /// A machine where all is well, but for what a test breaks.
    private func addAll() throws {
        try fake.addInput(2, name: "AT keyboard", leds: "7")
        try fake.addLoadedModule()
        for light in ["capslock", "numlock"] {
            try fake.addKeyboard(2, name: "AT keyboard", light: light, trigger: "none [kbd-\(light)]")
            try fake.addNode(light)
            try fake.addAccount(light)
        }
    }

    /// - Parameter socket: empty for the usual place, where nobody listens in a test.
    private func doctor(_ arguments: String..., socket: String = "", path: String = "/usr/bin:/bin") throws -> ToolResult {
        try runTool(
            "ledctl", ["doctor"] + arguments, environment: fake.environment.merging(["RINGLIGHT_SOCKET": socket, "PATH": path]) { $1 }, bound: 20_000)
    }

    private func findings(_ arguments: String..., socket: String = "", path: String = "/usr/bin:/bin") throws -> String {
        let result = try runTool(
            "ledctl", ["doctor"] + arguments, environment: fake.environment.merging(["RINGLIGHT_SOCKET": socket, "PATH": path]) { $1 }, bound: 20_000)
        #expect(result.status == (result.text.isEmpty ? 0 : 1) && result.errors == "", "\(result.errors)")
        return result.text
    }

    @Test func allIsWell() throws {
        try addAll()
        let result = try doctor()
        #expect(result.status == 0 && result.text == "nothing found: capslock, numlock can be set\n" && result.errors == "")
        #expect(try doctor("--json").text == "[]\n")
        let daemon = try FakeDaemon(fake.socket) { _ in FakeDaemon.Answer([#"{"claims":[],"lights":[],"ok":true,"v":1}"#]) }
        #expect(try doctor(socket: daemon.path).text == "nothing found: capslock, numlock can be set, ledd answers\n")
    }

    // MARK: module, nodes, permission

    @Test func moduleMissing() throws {
        try addAll()
        for light in ["capslock", "numlock"] { unlink("\(fake.directory)/\(light)") }
        #expect(
            try findings()
                == "\(fake.directory): no light nodes, though the kernel module is loaded: its lights are switched off "
                + "(run 'modprobe -r ringlight; modprobe ringlight lights=1' as root)\n")
        rmdir("\(fake.sysfs)/module/ringlight")
        #expect(
            try findings("--json").filter { $0 != "\n" }.replacing(/[ ]{2,}/, with: "") == """
                [{"about" : "\(fake.directory)","kind" : "module",\
                "remedy" : "run 'modprobe ringlight' as root","why" : "no light nodes: the kernel module is not loaded"}]
                """)
    }

    @Test func nodeMissing() throws {
        try addAll()
        unlink("\(fake.directory)/numlock")
        #expect(
            try findings() == "\(fake.directory)/numlock: the node is missing, though other lights have one "
                + "(run 'udevadm trigger -c add -s misc' as root, or load the module anew)\n")
    }

    @Test func notPermitted() throws {
        try addAll()
        try #require(chmod("\(fake.directory)/capslock", 0o400) == 0)
        let arguments = ["--bounding-set=-all", "--inh-caps=-all", "\(productFolder)/ledctl", "doctor"]
        let result =
            getuid() == 0
            ? try runTool("/usr/bin/setpriv", arguments, environment: fake.environment.merging(["RINGLIGHT_SOCKET": ""]) { $1 }, bound: 20_000)
            : try doctor()
        #expect(result.status == 1)
        #expect(
            result.text == "\(fake.directory)/capslock: permission denied, and no group may write to it "
                + "(install Ringlight's udev rules and load the module anew, or use sudo)\n")
    }

    @Test func groups() {
        func permission(members: [String], own: [gid_t], mode: mode_t = 0o660) -> Finding {
            NodePermission(
                path: "/dev/ringlight/capslock", mode: mode, group: .init(id: 900, name: "ringlight", members: members), user: "ada", ownGroups: own
            ).finding
        }
        let stranger = permission(members: ["root"], own: [100])
        #expect(stranger.kind == .permission && stranger.remedy == "run 'usermod -aG ringlight ada' as root and log in again, or use sudo")
        let early = permission(members: ["root", "ada"], own: [100])
        #expect(early.kind == .session && early.why == "permission denied: ada has joined the group 'ringlight' after this session began")
        // A member whom the mode keeps out all the same.
        #expect(permission(members: ["ada"], own: [900], mode: 0o600).why == "permission denied, and no group may write to it")
    }

    // MARK: keyboards

    @Test func noKeyboard() throws {
        for light in ["capslock", "numlock", "scrolllock"] { try fake.addNode(light) }
        // One that has no lights.
        try fake.addInput(1, name: "Power Button", leds: "0")
        #expect(try findings() == "lights: no keyboard with lights is plugged in (plug one in)\n")
        #expect(try findings("caps*") == "capslock: no keyboard with lights is plugged in (plug one in)\n")
    }

    @Test func noSuchLight() throws {
        try addAll()
        try fake.addNode("scrolllock")
        #expect(try doctor().status == 0)
        #expect(
            try findings("scrolllock") == "scrolllock: no keyboard that is plugged in has this light "
                + "(use capslock or numlock, or plug another keyboard in)\n")
        let unknown = try doctor("kana")
        #expect(unknown.status == 1 && unknown.text == "")
        #expect(unknown.errors == "ledctl: kana: no such light (there are: capslock, numlock, scrolllock)\n")
    }

    @Test func kernelWithoutLEDs() throws {
        try fake.addNode("capslock")
        // Some devices have more than a word of bits.
        try fake.addInput(3, name: "USB keyboard", leds: "100 1f")
        #expect(
            try findings() == "the kernel: it has no LED class, through which keyboards' lights are reached "
                + "(use a kernel with CONFIG_LEDS_CLASS and CONFIG_INPUT_LEDS)\n")
        try fake.addKeyboard(9, name: "something", light: "compose", trigger: "[none]")
        #expect(
            try findings() == "USB keyboard: the kernel's module for keyboards' lights, input_leds, is not loaded "
                + "(run 'modprobe input_leds' as root)\n")
    }

    // MARK: others in the way

    @Test func grabbed() throws {
        try addAll()
        try fake.addAccount("capslock", grabbed: "input2")
        #expect(
            try findings() == "capslock: a program has grabbed the keyboard (AT keyboard), and decides what it shows "
                + "(end that program; 'sudo ledctl doctor' tells which have the keyboard open)\n")
    }

    /// Who has a device open, in a folder that stands in for /proc.
    @Test func users() throws {
        try fake.addInput(2, name: "AT keyboard", leds: "7")
        try fake.addProcess(71, name: "game", opens: ["/dev/null", "/dev/input/event2"])
        try fake.addProcess(9, name: "Xorg", opens: ["/dev/input/event2"])
        try fake.addProcess(10, name: "other", opens: ["/dev/input/event22"])
        let users = InputDevices(sysfs: fake.sysfs).users(of: ["input2"], processes: "\(fake.path)/proc")
        #expect(users == ["Xorg[9]", "game[71]"])
        #expect(InputDevices(sysfs: fake.sysfs).users(of: ["input3"], processes: "\(fake.path)/proc") == [])
    }

    @Test func lost() throws {
        try addAll()
        try fake.addKeyboard(2, name: "AT keyboard", light: "numlock", trigger: "[none] kbd-numlock")
        try fake.addAccount("numlock", holder: "ledctl", pid: 5, lost: true)
        #expect(
            try findings() == "numlock: root has taken the light away: its trigger is now 'none' "
                + "(set or claim it again: 'ledctl set numlock on')\n")
    }

    @Test func held() throws {
        try addAll()
        try fake.addAccount("numlock", holder: "ledctl", pid: 5)
        try fake.addAccount("capslock", holder: "blinker", pid: 6)
        #expect(
            try findings() == "capslock: blinker[6] holds the light, so it shows what that wants "
                + "(end that program, or run 'ledctl release --no-daemon capslock' if it has ended)\n")
    }

    // MARK: ledd

    private func claim(_ id: String, priority: Int, shown: Bool, source: String = "ledctl", urgency: String = "normal") -> String {
        #"{"id":"\#(id)","light":"capslock","pattern":"on","priority":\#(priority),"shown":\#(shown),"#
            + #""source":"\#(source)","until":"release","urgency":"\#(urgency)"}"#
    }

    @Test func covered() throws {
        try addAll()
        let claims = [
            claim("link", priority: 8, shown: true, source: "e1000", urgency: "critical"), claim("set", priority: 4, shown: false),
            // Its turn will come; and another program's matters to that program.
            claim("twin", priority: 8, shown: false, urgency: "critical"), claim("other", priority: 2, shown: false, source: "backup"),
        ].joined(separator: ",")
        let daemon = try FakeDaemon(fake.socket) { _ in FakeDaemon.Answer([#"{"claims":[\#(claims)],"lights":[],"ok":true,"v":1}"#]) }
        #expect(
            try findings(socket: daemon.path) == "capslock: the claim 'set' waits beneath 'link' of e1000, priority 8 "
                + "(wait for its end, run 'ledctl release --id link', or claim it with a higher --priority)\n")
    }

    @Test func heldAboveLedd() throws {
        try addAll()
        try fake.addAccount("capslock", holder: "ledctl", pid: 6)
        let daemon = try FakeDaemon(fake.socket) { [claim = claim("a", priority: 5, shown: true)] _ in
            FakeDaemon.Answer([#"{"claims":[\#(claim)],"lights":[],"ok":true,"v":1}"#])
        }
        #expect(
            try findings(socket: daemon.path) == "capslock: ledctl[6] holds the light, above ledd, so it shows what that wants "
                + "(end that program, or run 'ledctl release --no-daemon capslock' if it has ended)\n")
    }

    @Test func trouble() throws {
        try addAll()
        let missing = "\(fake.directory): no light nodes: the kernel module is not loaded (run 'modprobe ringlight' as root)"
        let daemon = try FakeDaemon(fake.socket) { _ in
            FakeDaemon.Answer([
                #"{"claims":[],"lights":[{"name":"capslock","trouble":"/dev/x: permission denied (use sudo)"},"#
                    + #"{"name":"numlock","trouble":"\#(missing)"}],"#
                    + #""ok":true,"v":1}"#
            ])
        }
        #expect(try findings(socket: daemon.path) == "/dev/x: permission denied (use sudo)\n\(missing)\n")
        // The same twice is told once.
        for light in ["capslock", "numlock"] { unlink("\(fake.directory)/\(light)") }
        rmdir("\(fake.sysfs)/module/ringlight")
        #expect(try findings(socket: daemon.path) == "\(missing)\n/dev/x: permission denied (use sudo)\n")
    }

    @Test func leddDown() throws {
        try addAll()
        #expect(
            try findings(socket: fake.socket)
                == "\(fake.socket): RINGLIGHT_SOCKET leads there, and nobody listens (start ledd, or unset RINGLIGHT_SOCKET)\n")
        try fake.addStaleSocket()
        #expect(
            try findings(socket: fake.socket) == "\(fake.socket): nobody listens there any more: ledd or its socket unit has failed "
                + "(run 'systemctl restart ledd.socket' as root, and see 'systemctl status ledd')\n")
        #expect(try doctor("--no-daemon", socket: fake.socket).status == 0)
    }

    @Test func leddInstalledAndInactive() throws {
        var surroundings = Surroundings()
        surroundings.unitFolders = ["\(fake.path)/none"]
        #expect(DaemonExamination.explain(.absent(LightDaemon.standardPath), surroundings) == [])
        surroundings.unitFolders.append(try fake.addUnit("ledd.socket"))
        let findings = DaemonExamination.explain(.absent(LightDaemon.standardPath), surroundings)
        #expect(findings.map(\.kind) == [.ledd] && findings.first?.why == "ledd is installed, but its socket unit is not active")
    }

    @Test func leddRefuses() throws {
        try addAll()
        let daemon = try FakeDaemon(fake.socket) { _ in FakeDaemon.Answer([]) }
        try #require(chmod(daemon.path, 0) == 0)
        let arguments = ["--bounding-set=-all", "--inh-caps=-all", "\(productFolder)/ledctl", "doctor"]
        let result =
            getuid() == 0 ? try runTool("/usr/bin/setpriv", arguments, environment: fake.environment, bound: 20_000) : try doctor(socket: daemon.path)
        #expect(result.status == 1)
        #expect(
            result.text == "\(daemon.path): ledd runs, but this user may not talk to it (use sudo, or join the group 'ringlight' and log in again)\n")
    }

    @Test func leddBroken() throws {
        try addAll()
        let daemon = try FakeDaemon(fake.socket) { _ in FakeDaemon.Answer(["what?"]) }
        #expect(try findings(socket: daemon.path) == "\(daemon.path): what answers is not ledd: it is not JSON (check what listens there)\n")
    }

    @Test func leddSilent() throws {
        try addAll()
        let daemon = try FakeDaemon(fake.socket) { _ in FakeDaemon.Answer([]) }
        #expect(try findings(socket: daemon.path) == "\(daemon.path): ledd does not answer (see 'systemctl status ledd')\n")
    }

    @Test func configuration() throws {
        try addAll()
        let folder = try fake.addProgram(
            "ledd", "[ \"$*\" = --check ] || exit 0; echo 'ledd: /etc/ringlight/ledd.toml:3:7: no such light' >&2; exit 1")
        #expect(
            try findings(path: "\(folder):/usr/bin:/bin") == "ledd --check: /etc/ringlight/ledd.toml:3:7: no such light "
                + "(mend it, then run 'systemctl reload-or-restart ledd' as root)\n")
        _ = try fake.addProgram("ledd", "exit 0")
        #expect(try doctor(path: "\(folder):/usr/bin:/bin").status == 0)
    }
}
