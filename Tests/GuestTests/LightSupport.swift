import Lab
import Testing

extension Guest.Options {
    /// A guest with ringlight.ko loaded.
    static func lights(usb: Bool = false) -> Guest.Options { Guest.Options(cards: 0, usb: usb, modules: ["ringlight"]) }
}

extension Guest {
    /// Runs system calls on a light's node, one by one.
    /// - Returns: what each answered.
    func probe(_ light: LockLight, _ steps: String...) throws -> [String] {
        let lines = try output(of: Self.probeCommand(light, steps)).split(separator: "\n")
        // Step, answer, milliseconds; a step may have spaces in it.
        return lines.map { String($0.split(separator: " ").dropLast().last ?? "") }
    }

    /// The same, left running.
    func startProbe(_ light: LockLight, _ steps: String...) throws -> GuestJob { try start("exec " + Self.probeCommand(light, steps)) }

    /// Claims a light until close, and holds it until the job is killed.
    func hold(_ light: LockLight, on: Bool) throws -> GuestJob {
        let holder = try startProbe(light, "open", "claim", on ? "write:1" : "write:0", "pause")
        try holder.wait(for: "pause\n")
        return holder
    }

    private static func probeCommand(_ light: LockLight, _ steps: [String]) -> String {
        "guest-probe /dev/ringlight/\(light.rawValue) " + steps.map(quoted).joined(separator: " ")
    }

    /// Writes to a light's node, as a shell does.
    func write(_ text: String, to light: LockLight) throws {
        try output(of: "echo \(text) > /dev/ringlight/\(light.rawValue)")
    }

    /// Waits until the outside sees a light on or off; where it matters how soon, the transition's time is looked at.
    func waitFor(_ light: LockLight, on: Bool) throws { try lights.wait(for: light, on: on, within: .seconds(5)) }

    /// Lets some time pass in the guest.
    func pass(milliseconds: Int) throws { try output(of: "usleep \(milliseconds * 1000)") }

    /// The triggers in use, of every keyboard that has the light, in the order of the devices' names.
    func triggers(of light: LockLight) throws -> [String] {
        let lists = try output(of: "cat /sys/class/leds/*::\(light.rawValue)/trigger").split(separator: "\n")
        return lists.map { $0.prefix { $0 != "]" }.drop { $0 != "[" }.dropFirst() }.map(String.init)
    }

    static func attributePath(_ name: String, of light: LockLight) -> String { "/sys/class/misc/ringlight-\(light.rawValue)/\(name)" }

    /// What sysfs says of a light (kmod/ABI/sysfs-class-misc-ringlight).
    func attribute(_ name: String, of light: LockLight) throws -> String { try output(of: "cat \(Self.attributePath(name, of: light))") }

    /// How often the module's works ran in some time, by their names (`look_work`). The guest must have waited a moment since what
    /// it did last.
    /// - Returns: `nil` if its kernel does not trace works: the debug kernel.
    func works(in milliseconds: Int) throws -> [String: Int]? {
        let script = """
            cd /sys/kernel/debug/tracing/events/workqueue/workqueue_execute_start 2>/dev/null || { echo none; exit 0; }
            echo 1 > enable; echo > ../../../trace; usleep \(milliseconds * 1000); echo 0 > enable
            sed -n 's/.* function \\([a-z_]*\\) \\[ringlight\\].*/\\1/p' ../../../trace
            """
        let output = try output(of: script)
        guard output != "none" else { return nil }
        return Dictionary(output.split(separator: "\n").map { (String($0), 1) }, uniquingKeysWith: +)
    }

    /// The event device of the only keyboard; evdev must be loaded.
    func eventNode() throws -> String {
        try output(of: "echo /dev/input/$(basename $(ls -d $(dirname $(readlink -f /sys/class/leds/*::capslock))/event*))")
    }

    /// Waits until so many keyboards have the light.
    func waitForKeyboards(_ count: Int, with light: LockLight) throws {
        let command = "[ $(ls -d /sys/class/leds/*::\(light.rawValue) 2>/dev/null | wc -l) = \(count) ]"
        try output(of: "for i in $(seq 100); do \(command) && exit 0; sleep 0.05; done; exit 1")
    }

    /// A shell's condition: whether every keyboard's light is driven by `trigger`.
    static func isDriven(_ light: LockLight, by trigger: String) -> String {
        "! cat /sys/class/leds/*::\(light.rawValue)/trigger | grep -vqF '[\(trigger)]'"
    }

    /// Waits until every keyboard's light is driven by `trigger`.
    func waitForTrigger(_ trigger: String, of light: LockLight) throws {
        let command = Self.isDriven(light, by: trigger)
        let result = try run("for i in $(seq 100); do \(command) && exit 0; sleep 0.05; done; exit 1")
        let triggers = try triggers(of: light)
        #expect(result.status == 0, "\(light.rawValue) is driven by \(triggers)")
    }
}

/// How late the outside may see what the kernel has done.
let seenWithin: Int64 = 100_000_000
