import Testing

@testable import ledd

@Suite("ledd.toml: what is wrong with it, and where")
struct ConfigurationProblemTests {
    @Test(
        arguments: [
            // Syntax, and keys.
            ("a", "1:2: encountered end-of-file (mend the TOML, see ledd.toml(5))"),
            ("[[[", "1:3: expected bare key starting character or string delimiter, saw '[' (mend the TOML, see ledd.toml(5))"),
            ("[sockett]\n", "1:2: unknown key 'sockett' (did you mean 'socket'?)"),
            ("[[units]]\nname = \"a\"", "1:3: unknown key 'units' (did you mean 'unit'?)"),
            (
                "xyzzy = 1",
                "1:1: unknown key 'xyzzy' (known are: socket, defaults, e1000, unit, journal, file, command, trigger; see ledd.toml(5))"
            ),
            ("[[unit]]\nname = \"a\"\nlihgt = \"capslock\"", "3:1: unknown key 'lihgt' in [[unit]] (did you mean 'light'?)"),
            (
                "\"a\\nb\" = 1",
                "1:1: unknown key 'a?b' (known are: socket, defaults, e1000, unit, journal, file, command, trigger; see ledd.toml(5))"
            ),
            // Tables.
            ("socket = 1", "1:10: 'socket' is an integer, not a table (write [socket] on a line of its own)"),
            ("[unit]\nname = \"a\"", "1:1: 'unit' is a table, not tables (write [[unit]] on a line of its own, once a rule)"),
            ("unit = [1]", "1:8: 'unit' is an array, not tables (write [[unit]] on a line of its own, once a rule)"),
            ("unit = []", "1:8: 'unit' is an array, not tables (write [[unit]] on a line of its own, once a rule)"),
            // The socket.
            ("[socket]\npath = \"ledd.sock\"", "2:8: 'ledd.sock' is no path of a socket (write an absolute path of at most 107 bytes)"),
            ("[socket]\ngroup = \"a b\"", "2:9: 'a b' is no group's name (write one that 'getent group' lists)"),
            ("[socket]\nmode = 0o1777", "2:8: 'mode' is 0o1777, which is out of range (write a whole number from 0o0 to 0o777)"),
            ("[socket]\nmode = \"0660\"", "2:8: 'mode' is a string, not an integer (write a whole number from 0o0 to 0o777)"),
            ("[socket]\nport = 1", "2:1: unknown key 'port' in [socket] (known are: path, group, mode; see ledd.toml(5))"),
            // Names.
            ("[[unit]]", "1:1: [[unit]] has no 'name' (name the rule, so that it can be listed and released: name = \"…\")"),
            ("[[unit]]\nname = 1", "2:8: 'name' is an integer, not a string (put it in quotes)"),
            ("[[unit]]\nname = \"a b\"", "2:8: 'a b' is no name (write 1 to 48 printable ASCII characters without blanks)"),
            (
                "[[unit]]\nname = \"a\"\n[[file]]\nname = \"a\"\ndirectory = \"/\"",
                "4:8: line 2 has a rule 'a' already (give each rule a name of its own)"
            ),
            // What every rule has.
            (
                "[[unit]]\nname = \"a\"\nenabled = \"no\"",
                "3:11: 'enabled' is a string, not true or false (write enabled = true or enabled = false, without quotes)"
            ),
            ("[[unit]]\nname = \"a\"\nlight = \"capslok\"", "3:9: there is no light 'capslok' (did you mean 'capslock'?)"),
            ("[defaults]\nlight = \"kitchen\"", "2:9: there is no light 'kitchen' (write one of: capslock, numlock, scrolllock)"),
            (
                "[[unit]]\nname = \"a\"\nurgency = \"high\"",
                "3:11: 'urgency' is 'high', which is none of its words (write one of: low, normal, critical)"
            ),
            ("[[unit]]\nname = \"a\"\npriority = 10", "3:12: 'priority' is 10, which is out of range (write a whole number from 0 to 9)"),
            ("[[unit]]\nname = \"a\"\npriority = -1", "3:12: 'priority' is -1, which is out of range (write a whole number from 0 to 9)"),
            ("[[unit]]\nname = \"a\"\npriority = 1.5", "3:12: 'priority' is a number, not an integer (write a whole number from 0 to 9)"),
            ("[[unit]]\nname = \"a\"\nseconds = 0", "3:11: 'seconds' is 0, which is out of range (write seconds, from 0.1 to 31536000)"),
            (
                "[[unit]]\nname = \"a\"\nseconds = nan",
                "3:11: 'seconds' is nan, which is out of range (write seconds, from 0.1 to 31536000)"
            ),
            (
                "[[unit]]\nname = \"a\"\nseconds = -inf",
                "3:11: 'seconds' is -inf, which is out of range (write seconds, from 0.1 to 31536000)"
            ),
            ("[[unit]]\nname = \"a\"\nseconds = \"1\"", "3:11: 'seconds' is a string, not a number (write seconds, from 0.1 to 31536000)"),
            ("[[unit]]\nname = \"a\"\nmessage = true", "3:11: 'message' is true or false, not a string (put it in quotes)"),
            // Patterns: the character at fault.
            (
                "[[unit]]\nname = \"a\"\npattern = \"on:200,of:100\"",
                "3:19: pattern 'on:200,of:100', character 8: 'of' is neither on nor off (write each step as on:MILLISECONDS or off:MILLISECONDS)"
            ),
            (
                "[[unit]]\nname = \"a\"\npattern = 'on:5'",
                "3:15: pattern 'on:5', character 4: 5 ms is too short for a keyboard to follow (use 20 to 60000)"
            ),
            (
                "[[unit]]\nname = \"a\"\npattern = \"o\\u006e:5\"",
                "3:11: pattern 'on:5', character 4: 5 ms is too short for a keyboard to follow (use 20 to 60000)"
            ),
            ("[[unit]]\nname = \"a\"\npattern = 1", "3:11: 'pattern' is an integer, not a string (put it in quotes)"),
            // Units.
            ("[[unit]]\nname = \"a\"\non = \"fails\"", "3:6: 'on' is 'fails', which is none of its words (did you mean 'failed'?)"),
            ("[[unit]]\nname = \"a\"\nunit = []", "3:8: 'unit' has 0 strings (give it 1 to 64)"),
            ("[[unit]]\nname = \"a\"\nunit = [\"b\", 1]", "3:14: 'unit' holds an integer, not only strings (put it in quotes)"),
            (
                "[[unit]]\nname = \"a\"\nexcept = \"\"",
                "3:10: 'except' has a name that nothing has (write a name of 1 to 255 bytes, or a wildcard)"
            ),
            (
                "[[unit]]\nname = \"a\"\nunit = 2026-11-21",
                "3:8: 'unit' is a date or time, not a string or an array of strings (put it in quotes)"
            ),
            // Cards.
            (
                "[[e1000]]\nname = \"a\"",
                "1:1: [[e1000]] has no 'event' (write one or several of: link-up, link-down, receive, transmit, error, ring-full, recovered, failed)"
            ),
            (
                "[[e1000]]\nname = \"a\"\nevent = \"linkdown\"",
                "3:9: 'event' is 'linkdown', which is none of its words (did you mean 'link-down'?)"
            ),
            (
                "[[e1000]]\nname = \"a\"\nevent = [\"error\", \"rx\"]",
                "3:19: 'event' is 'rx', which is none of its words "
                    + "(write one of: link-up, link-down, receive, transmit, error, ring-full, recovered, failed)"
            ),
            // The journal.
            ("[[journal]]\nname = \"a\"", "1:1: [[journal]] has no 'match' (write a FIELD=value, or several, as for journalctl)"),
            (
                "[[journal]]\nname = \"a\"\nmatch = \"PRIORITY\"",
                "3:18: 'PRIORITY' has no '=' (write FIELD=value, as PRIORITY=3 or _SYSTEMD_UNIT=ssh.service)"
            ),
            (
                "[[journal]]\nname = \"a\"\nmatch = \"PRIoRITY=3\"",
                "3:13: 'o' cannot be in a field's name: that is capital letters, digits and '_' "
                    + "(write FIELD=value, as PRIORITY=3 or _SYSTEMD_UNIT=ssh.service)"
            ),
            (
                "[[journal]]\nname = \"a\"\nmatch = \"=3\"",
                "3:10: a match has no field's name before its '=' (write FIELD=value, as PRIORITY=3 or _SYSTEMD_UNIT=ssh.service)"
            ),
            (
                "[[journal]]\nname = \"a\"\nmatch = [\"A=1\", \"+\"]",
                "3:17: '+' has no match on both sides (write it between two alternatives)"
            ),
            // Files.
            ("[[file]]\nname = \"a\"", "1:1: [[file]] has no 'directory' (write directory = \"/an/absolute/path\")"),
            ("[[file]]\nname = \"a\"\ndirectory = \"tmp\"", "3:13: 'tmp' is no absolute path (write one that begins with '/')"),
            (
                "[[file]]\nname = \"a\"\ndirectory = \"/tmp\"\nglob = \"a/b\"",
                "4:8: 'a/b' matches no file's name (write a name or a wildcard, without '/')"
            ),
            // Commands.
            ("[[command]]\nname = \"a\"", "1:1: [[command]] has no 'command' (write command = [\"/usr/bin/program\", \"argument\"])"),
            (
                "[[command]]\nname = \"a\"\ncommand = [\"true\"]",
                "3:12: 'true' is no absolute path of a program (write [\"/usr/bin/program\", \"argument\"]; no shell reads it)"
            ),
            (
                "[[command]]\nname = \"a\"\ncommand = \"/bin/true\"\ninterval = 0.5",
                "4:12: 'interval' is 0.5, which is out of range (write seconds, from 1 to 86400)"
            ),
            (
                "[[command]]\nname = \"a\"\ncommand = \"/bin/true\"\ntimeout = 3601",
                "4:11: 'timeout' is 3601, which is out of range (write seconds, from 0.1 to 3600)"
            ),
            (
                "[[command]]\nname = \"a\"\ncommand = [\"/bin/true\", \"a\\u0000b\"]",
                "3:25: an argument cannot hold a zero byte (leave it out)"
            ),
            (
                "[[command]]\nname = \"a\"\ncommand = \"/bin/true\"\non = \"failed\"",
                "4:6: 'on' is 'failed', which is none of its words (write one of: failure, success)"
            ),
            // Triggers.
            (
                "[[trigger]]\nname = \"a\"",
                "1:1: [[trigger]] has no 'trigger' (write one of /sys/class/leds/*/trigger: trigger = \"disk-activity\")"
            ),
            (
                "[[trigger]]\nname = \"a\"\ntrigger = \"é\"",
                "3:11: 'é' is no trigger (write one of /sys/class/leds/*/trigger, and its SETTING=VALUEs)"
            ),
            (
                "[[trigger]]\nname = \"a\"\ntrigger = \"timer\"\nseconds = 1",
                "4:1: unknown key 'seconds' in [[trigger]] (known are: name, enabled, light, urgency, priority, message, trigger; see ledd.toml(5))"
            ),
        ])
    func `one fault`(text: String, problem: String) {
        #expect(problems(text) == [problem])
    }

    @Test func `all faults are told, in the order of the file`() {
        let text = """
            [[unit]]
            name = "a"
            priority = 10
            pattern = "nix"
            [defaults]
            light = "x"
            [[file]]
            glob = 3
            [[command]]
            name = "a"
            command = "x"
            """
        #expect(problems(text).map { $0.prefix { $0 != " " } } == ["3:12:", "4:12:", "6:9:", "7:1:", "7:1:", "8:8:", "10:8:", "11:11:"])
    }

    @Test func `too many rules`() {
        let text = (0...256).map { "[[unit]]\nname = \"u\($0)\"\n" }.joined()
        #expect(problems(text) == ["513:1: there are more than 256 rules (let one rule do for several, by wildcards)"])
    }

    @Test func `the nearest name`() {
        #expect(nearestName(to: "Light", of: ["light", "right"]) == "light")
        #expect(nearestName(to: "priorty", of: ["priority"]) == "priority")
        #expect(nearestName(to: "ligth", of: ["light", "lights"]) == "light")
        #expect(nearestName(to: "something", of: ["light"]) == nil)
        #expect(nearestName(to: String(repeating: "a", count: 10_000), of: ["light"]) == nil)
        #expect(nearestName(to: "", of: []) == nil)
    }
}
