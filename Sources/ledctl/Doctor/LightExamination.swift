import Glibc
import KeyboardLights
import LightClaims
import LightClient

/// What is wrong between the module and the keyboards.
struct LightExamination {
    private(set) var findings: [Finding] = []
    /// The lights that a keyboard has.
    let usable: [String]

    private let surroundings: Surroundings
    private let reply: Reply?

    /// - Parameter wanted: the lights that should light; empty for those that a keyboard has.
    init(_ surroundings: Surroundings, wanted: [String], _ daemon: DaemonExamination) {
        (self.surroundings, reply) = (surroundings, daemon.reply)
        let entries = surroundings.catalog.entries()
        usable = entries.filter { !$0.keyboards.isEmpty }.map(\.light.name)
        let looked = wanted.isEmpty ? usable : wanted
        findings += keyboards(wanted)
        guard entries.contains(where: \.hasNode) else {
            let missing = surroundings.catalog.missing
            if case .lightsSwitchedOff = missing { findings.append(Finding(.lightsOff, missing)) } else { findings.append(Finding(.module, missing)) }
            return
        }
        for name in Light.names where looked.contains(name) {
            findings += node(entries.first { $0.light.name == name }, name)
            if let entry = entries.first(where: { $0.light.name == name }) { findings += interference(entry) }
        }
    }

    // MARK: Keyboards

    private func keyboards(_ wanted: [String]) -> [Finding] {
        let sysfs = surroundings.catalog.sysfs
        let unlit = InputDevices(sysfs: sysfs).withoutLEDs
        if !unlit.isEmpty, access("\(sysfs)/class/leds", F_OK) != 0 {
            return [Finding(.ledClass, "the kernel", "it has no LED class, through which keyboards' lights are reached",
                remedy: "use a kernel with CONFIG_LEDS_CLASS and CONFIG_INPUT_LEDS")]
        }
        if !unlit.isEmpty, access("\(sysfs)/module/input_leds", F_OK) != 0 {
            return [Finding(.inputLEDs, unlit.joined(separator: ", "), "the kernel's module for keyboards' lights, input_leds, is not loaded",
                remedy: "run 'modprobe input_leds' as root")]
        }
        if usable.isEmpty {
            return [Finding(.keyboard, wanted.isEmpty ? "lights" : wanted.joined(separator: ", "), "no keyboard with lights is plugged in",
                remedy: "plug one in")]
        }
        return wanted.filter { !usable.contains($0) }.map {
            Finding(
                .noLight, $0, "no keyboard that is plugged in has this light",
                remedy: "use \(usable.joined(separator: " or ")), or plug another keyboard in")
        }
    }

    // MARK: The way there

    private func node(_ entry: LightCatalog.Entry?, _ name: String) -> [Finding] {
        guard let entry, entry.hasNode else {
            return [Finding(.node, "\(surroundings.catalog.directory)/\(name)", "the node is missing, though other lights have one",
                remedy: "run 'udevadm trigger -c add -s misc' as root, or load the module anew")]
        }
        // Through ledd, nobody else needs the nodes.
        guard reply == nil, access(entry.light.node, W_OK) != 0, errno == EACCES || errno == EPERM else { return [] }
        return [NodePermission(of: entry.light.node).finding]
    }

    // MARK: Who is in the way

    private func interference(_ entry: LightCatalog.Entry) -> [Finding] {
        let name = entry.light.name
        var findings: [Finding] = []
        if let grabbed = entry.account?.grabbed, !grabbed.isEmpty {
            let keyboards = entry.keyboards.filter { grabbed.contains($0.input) }.map(\.keyboard).joined(separator: ", ")
            let users = InputDevices(sysfs: surroundings.catalog.sysfs).users(of: grabbed, processes: surroundings.processes)
            let who = users.isEmpty ? "" : "; \(users.joined(separator: ", ")) \(users.count == 1 ? "has" : "have") it open"
            findings.append(Finding(.grabbed, name, "a program has grabbed the keyboard (\(keyboards)), and decides what it shows\(who)",
                remedy: users.isEmpty ? "end that program; 'sudo ledctl doctor' tells which have the keyboard open" : "end that program"))
        }
        if entry.account?.isLost == true {
            let triggers = entry.keyboards.filter { !$0.isHeld }.compactMap(\.trigger).joined(separator: ", ")
            findings.append(Finding(.lost, name, "root has taken the light away: its trigger is now '\(triggers)'",
                remedy: "set or claim it again: 'ledctl set \(name) on'"))
        }
        return findings + claims(entry)
    }

    private func claims(_ entry: LightCatalog.Entry) -> [Finding] {
        let name = entry.light.name
        let holder = entry.account?.holder
        let shown = reply?.claims?.first { $0.light == name && $0.shown }
        var findings: [Finding] = []
        for claim in reply?.claims ?? [] where claim.light == name && !claim.shown && claim.source == LastingClaim.source {
            guard let shown, shown.priority > claim.priority || shown.urgency != claim.urgency else { continue }
            findings.append(
                Finding(
                    .covered, name, "the claim '\(claim.id)' waits beneath '\(shown.id)' of \(shown.source), priority \(shown.priority)",
                    remedy: "wait for its end, run 'ledctl release --id \(shown.id)', or claim it with a higher --priority"))
        }
        // ledd holds a node with a claim of its own; a newer one is another program's. 'set' without ledd is ledctl's.
        if let holder, holder.name != "ledd", shown != nil || holder.name != "ledctl" {
            let who = holder.pid == 0 ? holder.name : "\(holder.name)[\(holder.pid)]"
            findings.append(Finding(.held, name, "\(who) holds the light\(shown == nil ? "" : ", above ledd"), so it shows what that wants",
                remedy: "end that program, or run 'ledctl release --no-daemon \(name)' if it has ended"))
        }
        return findings
    }
}
