import Glibc
import KeyboardLights
import LightClaims
import TOML

/// Reads the rules, and sees to it that their names differ.
struct RuleReader {
    /// The tables that are rules.
    static let kinds = ["e1000", "unit", "journal", "file", "command", "trigger"]
    /// Bytes of a name: with its kind before it, it has to be a claim's id.
    static let longestName = 48
    /// Below this a rule's events are not told apart.
    static let times = 0.1...Claim.longestTime

    private let light: String
    private let problems: ProblemList
    private var names: [String: Position] = [:]

    /// - Parameter light: of rules that name none.
    init(light: String, problems: ProblemList) {
        (self.light, self.problems) = (light, problems)
    }

    /// Reads one rule; `nil` for one that is off, or that was complained of.
    mutating func rule(_ kind: String, _ table: TableReader) -> Rule? {
        let name = name(table)
        let isOn = table.boolean("enabled") ?? true
        let wish = Wish(table, kind: kind, light: light)
        let source: Rule.Source?
        var time = wish.time
        switch kind {
        case "e1000":
            let card = card(table)
            // What lasts ends with its opposite, news after a while.
            if time == nil, let card, !card.events.allSatisfy(\.isCondition) {
                time = card.events.allSatisfy { $0 == .receive || $0 == .transmit } ? 1_000_000_000 : 10_000_000_000
            }
            source = card.map { .card($0) }
        case "unit":
            let unit = unit(table)
            if time == nil, unit?.event == .restart { time = 60_000_000_000 }
            source = unit.map { .unit($0) }
        case "journal":
            time = time ?? 60_000_000_000
            source = journal(table).map { .journal($0) }
        case "file": source = file(table, isNews: time != nil).map { .file($0) }
        case "command": source = command(table).map { .command($0) }
        default: source = .trigger
        }
        table.finish()
        guard let name, let source, let effect = wish.effect else { return nil }
        let claim: Claim
        do throws(ClaimError) {
            claim = try Claim(
                id: "\(kind):\(name)", source: kind, light: wish.light, priority: wish.priority, urgency: wish.urgency, effect: effect,
                lifetime: Claim.Lifetime(time: time), message: wish.message)
        } catch {
            table.complain(at: table.position, "\(error)", remedy: "see ledd.toml(5)")
            return nil
        }
        return isOn ? Rule(name: name, source: source, claim: claim, tells: wish.message == nil) : nil
    }

    private mutating func name(_ table: TableReader) -> String? {
        guard let (name, value) = table.string("name") else {
            if table.value("name") == nil { table.missing("name", remedy: "name the rule, so that it can be listed and released: name = \"…\"") }
            return nil
        }
        guard (1...Self.longestName).contains(name.utf8.count), name.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            table.complain(
                of: value, "'\(name.prefix(64))' is no name", remedy: "write 1 to \(Self.longestName) printable ASCII characters without blanks")
            return nil
        }
        if let first = names[name] {
            table.complain(of: value, "line \(first.line) has a rule '\(name)' already", remedy: "give each rule a name of its own")
            return nil
        }
        names[name] = value.start
        return name
    }

    private func card(_ table: TableReader) -> CardRule? {
        let events = table.words("event", CardEvent.self)
        let devices = patterns("device", table, standard: ["*"])
        guard let events else {
            if table.value("event") == nil {
                table.missing("event", remedy: "write one or several of: \(CardEvent.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            return nil
        }
        return devices.map { CardRule(events: events, devices: $0) }
    }

    private func unit(_ table: TableReader) -> UnitRule? {
        let event = table.value("on") == nil ? .failed : table.word("on", UnitRule.Event.self)
        let units = patterns("unit", table, standard: ["*"])
        let except = patterns("except", table, standard: [])
        guard let event, let units, let except else { return nil }
        return UnitRule(event: event, units: units, except: except)
    }

    private func journal(_ table: TableReader) -> JournalRule? {
        guard let matches = table.strings("match", atMost: 64) else {
            if table.value("match") == nil { table.missing("match", remedy: "write a FIELD=value, or several, as for journalctl") }
            return nil
        }
        var isSound = true
        for (index, match) in matches.enumerated() {
            if match.text == "+" {
                let isBetween = index > 0 && index + 1 < matches.count && matches[index - 1].text != "+"
                if !isBetween {
                    table.complain(of: match.value, "'+' has no match on both sides", remedy: "write it between two alternatives")
                    isSound = false
                }
                continue
            }
            if let (place, why) = JournalRule.fault(in: match.text) {
                table.complain(
                    at: match.value.position(ofCharacter: place), why, remedy: "write FIELD=value, as PRIORITY=3 or _SYSTEMD_UNIT=ssh.service")
                isSound = false
            }
        }
        return isSound ? JournalRule(matches: matches.map(\.text)) : nil
    }

    private func file(_ table: TableReader, isNews: Bool) -> FileRule? {
        var glob: String? = "*"
        if let (text, value) = table.string("glob") {
            glob = text
            if text.isEmpty || text.utf8.count > 255 || text.contains("/") || text.utf8.contains(0) {
                table.complain(of: value, "'\(text.prefix(64))' matches no file's name", remedy: "write a name or a wildcard, without '/'")
                glob = nil
            }
        } else if table.value("glob") != nil {
            glob = nil
        }
        guard let (directory, value) = table.string("directory") else {
            if table.value("directory") == nil { table.missing("directory", remedy: "write directory = \"/an/absolute/path\"") }
            return nil
        }
        guard directory.hasPrefix("/"), directory.utf8.count < 4096, !directory.utf8.contains(0) else {
            table.complain(of: value, "'\(directory.prefix(64))' is no absolute path", remedy: "write one that begins with '/'")
            return nil
        }
        return glob.map { FileRule(directory: directory, glob: $0, countsPresent: !isNews) }
    }

    private func command(_ table: TableReader) -> CommandRule? {
        let outcome = table.value("on") == nil ? .failure : table.word("on", CommandRule.Outcome.self)
        let interval = table.value("interval") == nil ? 60_000_000_000 : table.seconds("interval", in: 1...86_400)
        let timeout = table.value("timeout") == nil ? 10_000_000_000 : table.seconds("timeout", in: 0.1...3600)
        guard let arguments = table.strings("command", atMost: 64) else {
            if table.value("command") == nil { table.missing("command", remedy: "write command = [\"/usr/bin/program\", \"argument\"]") }
            return nil
        }
        guard arguments[0].text.hasPrefix("/") else {
            table.complain(
                of: arguments[0].value, "'\(arguments[0].text.prefix(64))' is no absolute path of a program",
                remedy: "write [\"/usr/bin/program\", \"argument\"]; no shell reads it")
            return nil
        }
        for argument in arguments where argument.text.utf8.contains(0) {
            table.complain(of: argument.value, "an argument cannot hold a zero byte", remedy: "leave it out")
            return nil
        }
        guard let outcome, let interval, let timeout else { return nil }
        return CommandRule(arguments: arguments.map(\.text), outcome: outcome, interval: interval, timeout: timeout)
    }

    /// Names or wildcards.
    private func patterns(_ key: String, _ table: TableReader, standard: [String]) -> [String]? {
        guard table.value(key) != nil else { return standard }
        guard let texts = table.strings(key, atMost: 64) else { return nil }
        for (text, value) in texts where text.isEmpty || text.utf8.count > 255 || text.utf8.contains(0) {
            table.complain(of: value, "'\(key)' has a name that nothing has", remedy: "write a name of 1 to 255 bytes, or a wildcard")
            return nil
        }
        return texts.map(\.text)
    }
}

extension JournalRule {
    /// Where and why a text is no match (systemd.journal-fields(7)); `nil` for one that is.
    static func fault(in match: String) -> (character: Int, why: String)? {
        let scalars = Array(match.unicodeScalars)
        guard let equals = scalars.firstIndex(of: "=") else { return (scalars.count, "'\(match.prefix(64))' has no '='") }
        let field = scalars[..<equals]
        guard !field.isEmpty else { return (0, "a match has no field's name before its '='") }
        guard field.count <= 64 else { return (0, "a field's name is longer than 64 characters") }
        for (index, scalar) in field.enumerated() {
            let isLetter = ("A"..."Z").contains(scalar) || scalar == "_" || (index > 0 && ("0"..."9").contains(scalar))
            if !isLetter { return (index, "'\(scalar)' cannot be in a field's name: that is capital letters, digits and '_'") }
        }
        return nil
    }
}
