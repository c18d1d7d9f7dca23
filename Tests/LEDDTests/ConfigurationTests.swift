import KeyboardLights
import LightClaims
import TestSupport
import Testing

@testable import ledd

/// The problems of a text, each as `LINE:COLUMN: why (what to do)`.
func problems(_ text: String) -> [String] {
    do throws(ConfigurationProblems) {
        _ = try Configuration.parse(text, file: "f")
        return []
    } catch {
        return error.list.map { String($0.description.dropFirst("f:".count)) }
    }
}

@Suite("ledd.toml: what it means")
struct ConfigurationTests {
    @Test func `nothing is the standard`() throws {
        #expect(try Configuration.parse("", file: "f") == .standard)
        #expect(Configuration.standard.rules.isEmpty)
        #expect(Configuration.standard.light == "capslock")
        #expect(Configuration.standard.socket == Configuration.Socket(path: "/run/ringlight/ledd.sock", group: "ringlight", mode: 0o660))
    }

    @Test func `socket and default light`() throws {
        let configuration = try Configuration.parse(
            """
            socket = {path = "/tmp/s", group = "users", mode = 0o600}
            defaults.light = "numlock"
            [[journal]]
            name = "j"
            match = "PRIORITY=3"
            [[journal]]
            name = "k"
            light = "scrolllock"
            match = "PRIORITY=3"
            """, file: "f")
        #expect(configuration.socket == Configuration.Socket(path: "/tmp/s", group: "users", mode: 0o600))
        #expect(configuration.light == "numlock")
        #expect(configuration.rules.map(\.claim.light) == ["numlock", "scrolllock"])
    }

    private func rule(_ text: String) throws -> Rule {
        let rules = try Configuration.parse(text, file: "f").rules
        try #require(rules.count == 1)
        return rules[0]
    }

    @Test func `a unit, by default one that failed`() throws {
        let rule = try rule("[[unit]]\nname = \"u\"")
        #expect(rule.source == .unit(UnitRule(event: .failed, units: ["*"], except: [])))
        #expect(rule.claim.id == "unit:u")
        #expect(rule.claim.source == "unit")
        #expect(rule.claim.priority == 5)
        #expect(rule.claim.effect == .pattern(.blink, "blink"))
        #expect(rule.claim.lifetime == Claim.Lifetime())
        let restart = try self.rule(
            "[[unit]]\nname = \"u\"\non = \"restart\"\nunit = [\"a*\", \"b\"]\nexcept = \"ab\"\npriority = 9\nmessage = \"m\"")
        #expect(restart.source == .unit(UnitRule(event: .restart, units: ["a*", "b"], except: ["ab"])))
        #expect(restart.claim.lifetime.time == 60_000_000_000)
        #expect(restart.claim.priority == 9)
        #expect(restart.claim(about: "a was restarted").message == "m")
    }

    @Test func `a card: conditions last, news does not`() throws {
        func time(_ events: String, _ more: String = "") throws -> Int64? {
            try rule("[[e1000]]\nname = \"e\"\nevent = \(events)\n\(more)").claim.lifetime.time
        }
        #expect(try time("\"link-down\"") == nil)
        #expect(try time("[\"link-down\", \"failed\"]") == nil)
        #expect(try time("[\"receive\", \"transmit\"]") == 1_000_000_000)
        #expect(try time("\"error\"") == 10_000_000_000)
        #expect(try time("[\"error\", \"failed\"]") == 10_000_000_000)
        #expect(try time("\"link-down\"", "seconds = 2.5") == 2_500_000_000)
    }

    @Test func `files, commands, triggers`() throws {
        #expect(
            try rule("[[file]]\nname = \"f\"\ndirectory = \"/d\"").source == .file(FileRule(directory: "/d", glob: "*", countsPresent: true)))
        #expect(
            try rule("[[file]]\nname = \"f\"\ndirectory = \"/d\"\nglob = \"a*\"\nseconds = 3").source
                == .file(FileRule(directory: "/d", glob: "a*", countsPresent: false)))
        #expect(
            try rule("[[command]]\nname = \"c\"\ncommand = \"/bin/true\"").source
                == .command(CommandRule(arguments: ["/bin/true"], outcome: .failure, interval: 60_000_000_000, timeout: 10_000_000_000)))
        let trigger = try rule("[[trigger]]\nname = \"t\"\ntrigger = \"netdev device_name=eth0 rx=1\"")
        #expect(trigger.claim.effect == .trigger("netdev device_name=eth0 rx=1"))
        #expect(trigger.claim.priority == 0)
        #expect(try rule("[[trigger]]\nname = \"t\"\ntrigger = \"disk-activity\"\nurgency = \"critical\"").claim.priority == 8)
    }

    @Test func `a rule that is off is checked and left out`() throws {
        #expect(try Configuration.parse("[[unit]]\nname = \"u\"\nenabled = false", file: "f").rules.isEmpty)
        #expect(problems("[[unit]]\nname = \"u\"\nenabled = false\non = \"x\"").count == 1)
    }

    @Test func `what happened is the message, within bounds`() throws {
        let rule = try rule("[[unit]]\nname = \"u\"")
        #expect(rule.claim(about: "a failed").message == "a failed")
        #expect(rule.claim(about: "a\nb").message == "a?b")
        #expect(rule.claim(about: "").message == nil)
        #expect(rule.claim(about: String(repeating: "é", count: 1000)).message?.utf8.count == 512)
    }

    @Test func `a file that cannot be read`() throws {
        func why(_ path: String) -> String? {
            do throws(ConfigurationProblems) {
                _ = try Configuration.read(path: path)
                return nil
            } catch {
                return error.description
            }
        }
        #expect(
            why("/nonexistent/ledd.toml")
                == "/nonexistent/ledd.toml: it cannot be read: No such file or directory (check the path and its permissions)")
        #expect(why("/") == "/: it cannot be read: Is a directory (check the path and its permissions)")
        #expect(why("/dev/zero")?.hasPrefix("/dev/zero:1:1: the text is longer than 65536 bytes") == true)
    }

    @Test func `the file that is installed`() throws {
        #expect(try Configuration.read(path: "\(packageFolder)/systemd/ledd.toml").rules.map(\.name) == ["units-failed"])
        let all = try installedSettings()
        #expect(problems(all) == [])
        #expect(try Configuration.parse(all, file: "f").rules.count == 13)
    }

    /// The installed file with all that is commented out in it.
    private func installedSettings() throws -> String {
        let text = try #require((try? readText("\(packageFolder)/systemd/ledd.toml")))
        let setting = /# (\[|[a-z]+ = )/
        return text.split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.prefixMatch(of: setting) != nil ? $0.dropFirst(2) : $0 }
            .joined(separator: "\n")
    }

    @Test func `the examples of the man page`() throws {
        let page = try #require((try? readText("\(packageFolder)/man/ledd.toml.5")))
        var examples: [String] = []
        var example: [Substring]?
        for line in page.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix(".Bd -literal") {
                example = []
            } else if line == ".Ed", let lines = example {
                examples.append(lines.joined(separator: "\n").replacing("\\(dq", with: "\"").replacing("\\e", with: "\\"))
                example = nil
            } else {
                example?.append(line)
            }
        }
        #expect(examples.count >= 7)
        // One is of a unit.
        for example in examples where !example.hasPrefix("[Service]") { #expect(problems(example) == [], "\(example)") }
    }

    @Test func `10,000 mutations of the installed file`() throws {
        let rules = try installedSettings().split(separator: "\n\n").map { Array($0.utf8) }
        let interesting = Array("[]{}=.,\"'\\#\n +-_0aé\u{0}".utf8)
        var random = SplitMix(seed: 4)
        var read = 0
        for _ in 0..<10_000 {
            // Some rules, so that more is left when one syntax error ends the search.
            var text = (0..<3).flatMap { _ in rules.randomElement(using: &random)! + Array("\n".utf8) }
            for _ in 0..<Int.random(in: 1...4, using: &random) where !text.isEmpty {
                let place = Int.random(in: 0..<text.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: text[place] = interesting.randomElement(using: &random)!
                case 1: text.insert(interesting.randomElement(using: &random)!, at: place)
                case 2: text.remove(at: place)
                default: text.removeSubrange(place..<min(text.count, place + Int.random(in: 1...40, using: &random)))
                }
            }
            let found = problems(String(decoding: text, as: UTF8.self))
            if !found.contains(where: { $0.hasSuffix("(mend the TOML, see ledd.toml(5))") }) { read += 1 }
            for problem in found {
                #expect(problem.wholeMatch(of: /[1-9]\d*:[1-9]\d*: [^\n]+ \([^\n]+\)/) != nil, "\(problem)")
            }
        }
        // Enough of them are TOML.
        #expect(read > 2000)
    }
}
