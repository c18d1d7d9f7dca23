import Glibc
import TestSupport
import Testing

/// The built ledctl, as a user runs it, on a folder that stands in for /sys and /dev/ringlight.
@Suite struct LedctlTests {
    private let fake: FakeLights

    init() throws { fake = try FakeLights() }

    private func ledctl(_ arguments: String...) throws -> ToolResult {
        try runTool("ledctl", arguments, environment: fake.environment, bound: 10_000)
    }

    private func addKeyboard() throws {
        try fake.addKeyboard(2, name: "AT keyboard", light: "capslock", on: true, trigger: "none [kbd-capslock]")
        try fake.addKeyboard(2, name: "AT keyboard", light: "numlock", trigger: "none [kbd-numlock]")
    }

    // MARK: list and get

    @Test func listsNothing() throws {
        try fake.addLoadedModule()
        try fake.addNodeFolder()
        let result = try ledctl("list", "--json")
        #expect(result.status == 0)
        #expect(result.text == "[]\n")
    }

    @Test func listsWithoutTheModule() throws {
        try addKeyboard()
        let result = try ledctl("list")
        #expect(result.status == 0)
        #expect(
            result.text == """
                LIGHT     STATE  HELD  TRIGGER       HOLDER  GRABBED  KEYBOARDS
                capslock  on     free  kbd-capslock  -       -        AT keyboard
                numlock   off    free  kbd-numlock   -       -        AT keyboard

                """)
        #expect(
            result.errors
                == "ledctl: \(fake.directory): no light nodes: the kernel module is not loaded (run 'modprobe ringlight' as root)\n")
    }

    @Test func listsHeldLightsAndTwoKeyboards() throws {
        try addKeyboard()
        try fake.addKeyboard(7, name: "USB keyboard", light: "capslock", on: true, trigger: "none [ringlight-capslock]")
        for light in ["capslock", "numlock", "scrolllock"] { try fake.addNode(light) }
        try fake.addAccount("capslock", holder: "ledctl", pid: 71, grabbed: "input7")
        try fake.addAccount("numlock", holder: "far away", lost: true)
        try fake.addAccount("scrolllock")
        let result = try ledctl("list")
        #expect(result.status == 0)
        #expect(
            result.text == """
                LIGHT       STATE  HELD  TRIGGER                          HOLDER      GRABBED  KEYBOARDS
                capslock    on     held  kbd-capslock,ringlight-capslock  ledctl[71]  yes      AT keyboard, USB keyboard
                numlock     off    lost  kbd-numlock                      far away    no       AT keyboard
                scrolllock  -      -     -                                -           -        no keyboard

                """)
        #expect(result.errors == "")
        let json = try ledctl("list", "--json").text.filter { !$0.isWhitespace }
        #expect(json.contains(#""grabbed":true,"held":true,"holder":{"name":"ledctl","pid":71}"#))
        #expect(json.contains(#""device":"input2::capslock","grabbed":false"#) && json.contains(#""device":"input7::capslock","grabbed":true"#))
        #expect(json.contains(#""holder":{"name":"faraway","pid":null}"#) && json.contains(#""lost":true"#))
    }

    @Test func listsAsJSON() throws {
        try fake.addKeyboard(2, name: "A \"quoted\" one", light: "capslock", on: true, trigger: "none [kbd-capslock]")
        try fake.addNode("scrolllock")
        let result = try ledctl("list", "--json")
        #expect(result.status == 0)
        let compact = result.text.filter { $0 != "\n" }.replacing(/[ ]{2,}/, with: "")
        #expect(
            compact == """
                [{"claims" : null,"grabbed" : null,"held" : false,"holder" : null,\
                "keyboards" : [{"device" : "input2::capslock","grabbed" : null,"held" : false,"name" : "A \\"quoted\\" one",\
                "on" : true,"trigger" : "kbd-capslock"}],"light" : "capslock","lost" : null,"node" : null,"on" : true,\
                "triggers" : ["kbd-capslock"],"trouble" : null},\
                {"claims" : null,"grabbed" : null,"held" : null,"holder" : null,"keyboards" : [],"light" : "scrolllock","lost" : null,\
                "node" : "\(fake.directory)/scrolllock","on" : null,"triggers" : [],"trouble" : null}]
                """)
    }

    @Test func gets() throws {
        try addKeyboard()
        #expect(try ledctl("get", "capslock").text == "on\n")
        #expect(try ledctl("get", "numlock").text == "off\n")
        #expect(try ledctl("get", "*lock").text == "capslock on\nnumlock off\n")
        #expect(try ledctl("get", "n*").text == "numlock off\n")
        #expect(try ledctl("get", "numlock", "capslock").text == "capslock on\nnumlock off\n")
        let json = try ledctl("get", "numlock", "--json").text
        #expect(json.filter { !$0.isWhitespace } == #"[{"light":"numlock","on":false}]"#)
    }

    @Test func getsNoLight() throws {
        let nothing = try ledctl("get", "capslock")
        #expect(nothing.status == 1 && nothing.text == "")
        #expect(
            nothing.errors
                == "ledctl: capslock: there is no light at all (plug in a keyboard with lights, or run 'modprobe ringlight' as root)\n")
        try addKeyboard()
        let unknown = try ledctl("get", "kana")
        #expect(unknown.status == 1 && unknown.text == "")
        #expect(unknown.errors == "ledctl: kana: no such light (there are: capslock, numlock)\n")
        try fake.addNode("scrolllock")
        let dark = try ledctl("get", "scrolllock")
        #expect(dark.status == 1 && dark.text == "")
        #expect(
            dark.errors == "ledctl: scrolllock: no keyboard has this light (plug one in; 'ledctl list' shows what there is)\n")
    }

    // MARK: set and release

    @Test func setsAndReleases() throws {
        try addKeyboard()
        for light in ["capslock", "numlock", "scrolllock"] { try fake.addNode(light) }
        let on = try ledctl("set", "capslock", "on")
        #expect(on.status == 0 && on.text == "" && on.errors == "")
        #expect(try fake.contents(ofNode: "capslock") == "1\n")
        // A wildcard chooses among the lights that a keyboard has. This keyboard does not follow, and ledctl says so.
        let off = try ledctl("set", "*", "off")
        #expect(off.status == 0 && off.text == "")
        #expect(
            off.errors
                == "ledctl: capslock: set to off, but still on: a notification plays on it, "
                + "or another program has grabbed the keyboard (it follows when they end)\n")
        #expect(try fake.contents(ofNode: "capslock") == "0\n")
        #expect(try fake.contents(ofNode: "numlock") == "0\n")
        #expect(try fake.contents(ofNode: "scrolllock") == "")
        #expect(try ledctl("release", "capslock").status == 0)
        #expect(try fake.contents(ofNode: "capslock") == "release\n")
        let all = try ledctl("release", "--all")
        #expect(all.status == 0 && all.text == "" && all.errors == "")
        #expect(try fake.contents(ofNode: "scrolllock") == "release\n")
    }

    @Test func setsPatterns() throws {
        try addKeyboard()
        try fake.addNode("capslock")
        try fake.addNode("numlock")
        let result = try ledctl("set", "*", "--pattern", "on:100,off:900")
        #expect(result.status == 0 && result.text == "" && result.errors == "")
        #expect(try fake.contents(ofNode: "capslock") == "pattern 0 100 900\n")
        #expect(try fake.contents(ofNode: "numlock") == "pattern 0 100 900\n")
        #expect(try ledctl("set", "capslock", "--pattern", "trigger:timer delay_on=100").status == 0)
        #expect(try fake.contents(ofNode: "capslock") == "trigger timer delay_on=100\n")
        #expect(try ledctl("set", "numlock", "--pattern", "morse:E", "--repeat", "2").status == 0)
        #expect(try fake.contents(ofNode: "numlock") == "pattern 2 150 1050\n")
    }

    @Test func oneFailureDoesNotKeepTheOthersFrom() throws {
        try addKeyboard()
        // A FIFO that nobody reads cannot be opened for writing.
        _ = try fake.addFIFO("capslock")
        try fake.addNode("numlock")
        let result = try ledctl("set", "capslock", "numlock", "on")
        #expect(result.status == 1)
        #expect(result.errors.hasPrefix("ledctl: \(fake.directory)/capslock: cannot open it: No such device or address ("))
        #expect(try fake.contents(ofNode: "numlock") == "1\n")
    }

    @Test(arguments: [
        ["set", "capslock", "on"], ["set", "capslock", "toggle"], ["release", "capslock"], ["release", "--all"], ["notify"], ["watch"],
    ])
    func moduleMissing(arguments: [String]) throws {
        let result = try runTool("ledctl", arguments, environment: fake.environment, bound: 10_000)
        #expect(result.status == 1 && result.text == "")
        #expect(
            result.errors
                == "ledctl: \(fake.directory): no light nodes: the kernel module is not loaded (run 'modprobe ringlight' as root)\n")
        try fake.addLoadedModule()
        let off = try runTool("ledctl", arguments, environment: fake.environment, bound: 10_000)
        #expect(off.status == 1 && off.text == "")
        #expect(off.errors.contains("though the kernel module is loaded: its lights are switched off"))
    }

    @Test(arguments: [["set", "kana", "on"], ["release", "kana"], ["notify", "--light", "kana"], ["watch", "kana"]])
    func unknownLight(arguments: [String]) throws {
        try fake.addNode("capslock")
        try fake.addNode("numlock")
        let result = try runTool("ledctl", arguments, environment: fake.environment, bound: 10_000)
        #expect(result.status == 1 && result.text == "")
        #expect(result.errors == "ledctl: kana: no such light (there are: capslock, numlock)\n")
    }

    @Test func noKeyboardForAWildcard() throws {
        try fake.addNode("capslock")
        let result = try ledctl("set", "*", "on")
        #expect(result.status == 1)
        #expect(result.errors == "ledctl: *: no keyboard has this light (plug one in; 'ledctl list' shows what there is)\n")
        #expect(try fake.contents(ofNode: "capslock") == "")
    }

    /// Without capabilities even root is held to the file's mode; another user is anyway.
    @Test func notPermitted() throws {
        try fake.addNode("capslock", contents: "0\n")
        let node = "\(fake.directory)/capslock"
        let group: gid_t = getuid() == 0 ? 5 : getgid()
        try #require(chown(node, getuid(), group) == 0 && chmod(node, 0o060) == 0)
        let name = try #require(getgrgid(group)).pointee.gr_name.map { String(cString: $0) } ?? ""
        for arguments in [["set", "capslock", "on"], ["notify"], ["watch", "capslock"]] {
            let result =
                getuid() == 0
                ? try runTool(
                    "/usr/bin/setpriv", ["--bounding-set=-all", "--inh-caps=-all", "\(productFolder)/ledctl"] + arguments,
                    environment: fake.environment, bound: 10_000)
                : try runTool("ledctl", arguments, environment: fake.environment, bound: 10_000)
            #expect(result.status == 1 && result.text == "")
            #expect(
                result.errors == "ledctl: \(node): permission denied (use sudo, or join the group '\(name)' and log in again)\n")
        }
    }

    // MARK: notify and watch

    @Test func notALight() throws {
        try fake.addNode("capslock", contents: "what\n")
        let expected = "this is not a light's node (check what created it; ringlight.ko makes /dev/ringlight/*)\n"
        for arguments in [["notify"], ["watch"], ["set", "capslock", "toggle"]] {
            let result = try runTool("ledctl", arguments, environment: fake.environment, bound: 10_000)
            #expect(result.status == 1 && result.text == "")
            #expect(result.errors == "ledctl: \(fake.directory)/capslock: \(expected)")
            // Nothing was written to what is no light.
            #expect(try fake.contents(ofNode: "capslock") == "what\n")
        }
    }

    // MARK: the command line

    @Test(arguments: [
        (["set"], "set: a light and a state are needed (write 'ledctl set capslock on')"),
        (["set", "capslock"], "capslock: a light and a state are needed (write 'ledctl set capslock on')"),
        (["set", "capslock", "blue"], "blue: this is no state (end with on, off or toggle: 'ledctl set capslock on')"),
        (["set", "capslock", "on", "--repeat", "2"], "--repeat 2: there is no pattern to repeat (add --pattern)"),
        (
            ["set", "capslock", "on", "--pattern", "blink"],
            "--pattern: it goes with lights, and no state (write 'ledctl set capslock --pattern blink')"
        ),
        (
            ["set", "capslock", "--pattern", "morse:" + String(repeating: "H", count: 40)],
            "--pattern: the kernel plays at most 256 steps (make it shorter, or use 'ledctl notify', which plays longer ones itself)"
        ),
        (["set", "capslock", "ON"], "ON: this is no state (end with on, off or toggle: 'ledctl set capslock on')"),
        (["release"], "release: no light is given (name lights, or use --all)"),
        (["release", "--all", "capslock"], "--all: it goes without names of lights (leave one of them out)"),
        (["release", "--all", "--id", "a"], "--all: it goes without --id (leave one of them out)"),
        (["release", "--all", "--source", "a"], "--all: it goes without --source (leave one of them out)"),
        (["release", "--id", "a", "--no-daemon"], "--id a: only ledd can do that (leave --no-daemon out)"),
        (["notify", "--replace", "a", "--no-daemon"], "--replace a: only ledd can do that (leave --no-daemon out)"),
        (["notify", "--priority", "3", "--no-daemon"], "--priority 3: only ledd can do that (leave --no-daemon out)"),
        (["notify", "--priority", "10"], "--priority 10: it is not 0 to 9 (use 0 for the lowest to 9 for the highest)"),
        (["notify", "--priority=-1"], "--priority -1: it is not 0 to 9 (use 0 for the lowest to 9 for the highest)"),
        (
            ["notify", "--id", "two words"],
            "--id 'two words': it is not a name of 1 to 64 printable ASCII characters without blanks (use letters, figures and dashes)"
        ),
        (
            ["notify", "--id", ""],
            "--id '': it is not a name of 1 to 64 printable ASCII characters without blanks (use letters, figures and dashes)"
        ),
        (
            ["notify", "--source", "é"],
            "--source 'é': it is not a name of 1 to 64 printable ASCII characters without blanks (use letters, figures and dashes)"
        ),
        (
            ["notify", "--replace", String(repeating: "a", count: 65)],
            "--replace '\(String(repeating: "a", count: 65))': it is not a name of 1 to 64 printable ASCII characters without blanks "
                + "('ledctl list' shows the claims there are)"
        ),
        (["notify", "--timeout", "0"], "--timeout 0.0: no time to show it (use more than 0 and at most 31536000 seconds)"),
        (["notify", "--timeout", "nan"], "--timeout nan: no time to show it (use more than 0 and at most 31536000 seconds)"),
        (["notify", "--timeout", "1e12"], "--timeout 1000000000000.0: no time to show it (use more than 0 and at most 31536000 seconds)"),
        (["notify", String(repeating: "m", count: 513)], "the message: it is longer than 512 bytes (make it shorter)"),
        (["notify", "--pattern", "on", "--repeat", "2"], "--repeat 2: 'on' is no pattern that could be repeated (use --timeout)"),
        (
            ["set", "capslock", "--pattern", "trigger:timer", "--repeat", "2"],
            "--repeat 2: 'trigger:timer' is no pattern that could be repeated (leave it out)"
        ),
        (
            ["notify", "--pattern", "trigger:"],
            "pattern 'trigger:', character 9: this is no trigger's name "
                + "(write trigger:disk-activity, or another of /sys/class/leds/*/trigger)"
        ),
        (
            ["notify", "--pattern", "on:200,of:100"],
            "pattern 'on:200,of:100', character 8: 'of' is neither on nor off (write each step as on:MILLISECONDS or off:MILLISECONDS)"
        ),
        (
            ["notify", "--pattern", "on:5"],
            "pattern 'on:5', character 4: 5 ms is too short for a keyboard to follow (use 20 to 60000)"
        ),
        (
            ["notify", "--pattern", "morse:A_B"],
            "pattern 'morse:A_B', character 8: '_' has no Morse sign "
                + "(use letters A to Z and É, figures, spaces and . , : ? ' - / ( ) \" = + × @)"
        ),
        (
            ["notify", "--repeat", "1000001"],
            "--repeat 1000001: the pattern cannot play so many times (use 1 to 1000000, or 0 for no limit)"
        ),
        (
            ["notify", "--repeat=-1"],
            "--repeat -1: the pattern cannot play so many times (use 1 to 1000000, or 0 for no limit)"
        ),
        (["watch", "--count=-1"], "--count -1: it is negative (use 1 and more, or 0 for no limit)"),
        (["watch", "--duration", "0"], "--duration 0.0: no time to watch (use more than 0 and at most 1000000000 seconds)"),
        (["watch", "--duration", "nan"], "--duration nan: no time to watch (use more than 0 and at most 1000000000 seconds)"),
    ])
    func unusable(arguments: [String], message: String) throws {
        // All is there: what is refused is the command line.
        try addKeyboard()
        try fake.addNode("capslock")
        let result = try runTool("ledctl", arguments, environment: fake.environment, bound: 10_000)
        #expect(result.status == 64)
        #expect(result.text == "")
        #expect(result.errors == "ledctl: \(message)\n")
        #expect(try fake.contents(ofNode: "capslock") == "")
    }

    /// Refused by the argument parser itself.
    @Test(arguments: [
        ["frobnicate"], ["get"], ["list", "capslock"], ["notify", "--repeat", "many"], ["watch", "--count", "1.5"], ["list", "--yaml"],
        ["notify", "--pattern"], ["notify", "--urgency", "urgent"], ["notify", "--timeout", "soon"], ["notify", "--priority", "high"],
        ["save", "a", "b"], ["restore", "a", "b"], ["doctor", "--yaml"],
    ])
    func unparsable(arguments: [String]) throws {
        let result = try runTool("ledctl", arguments, environment: fake.environment, bound: 10_000)
        #expect(result.status == 64)
        #expect(result.text == "")
        let help = arguments[0] == "frobnicate" ? "ledctl --help" : "ledctl \(arguments[0]) --help"
        #expect(result.errors.hasPrefix("ledctl: ") && result.errors.hasSuffix("(see '\(help)')\n"))
    }

    @Test(arguments: ["list", "get", "set", "release", "notify", "watch", "save", "restore", "doctor"])
    func helpShowsExamples(subcommand: String) throws {
        for arguments in [[subcommand, "--help"], ["help", subcommand]] {
            let result = try runTool("ledctl", arguments, bound: 10_000)
            #expect(result.status == 0 && result.errors == "")
            #expect(result.text.contains(/Examples:\n  (sudo )?ledctl \w/) && result.text.contains("  ledctl \(subcommand)"))
        }
    }

    @Test func version() throws {
        let result = try ledctl("--version")
        #expect(result.status == 0 && result.text.contains(/^[0-9]+\.[0-9]+\.[0-9]+\n$/))
    }
}
