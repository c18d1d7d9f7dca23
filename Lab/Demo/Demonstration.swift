import ArgumentParser
import Clocks
import Frames
import Lab
import ToolSupport

/// Boots, commands a light and a card inside, watches both from outside; then serves a page on a card without a guest.
struct Demonstration {
    let light: LockLight
    /// As `ledctl` takes it.
    let patternText: String
    let commanded: CommandedLight
    let repeats: Int
    let count: Int
    /// Prints a line about what is seen.
    let tell: (String) -> Void

    /// Whom the frames are sent to: a locally administered address that nobody has.
    private static let destination = "02:00:00:00:00:01"
    private static let mac = "52:54:00:12:34:56"
    /// For local experiments (IEEE 802, 9.2.3).
    private static let etherType: UInt16 = 0x88b5
    private static let framesPerSecond = 5
    /// Between two looks, in nanoseconds.
    private static let look: Int64 = 10_000_000
    /// What a busy machine may be late in all, beyond the time that the pattern takes.
    private static let patience: Int64 = 30_000_000_000

    func run() throws -> Report {
        let start = Clocks.monotonic
        Output.note("booting a guest in QEMU, without KVM")
        var options = Guest.Options(modules: ["uio"])
        options.cards = [Guest.Card(mac: Self.mac)]
        options.interruption = Interruption.descriptor
        let guest = try Guest(options)
        defer { guest.end() }
        let boot = Clocks.monotonic - start
        Output.note("guest ready after \(Self.seconds(boot)) s: \(try guest.output(of: "uname -sr"))")
        try guest.output(of: "modprobe ringlight")
        let card = Guest.address(ofCard: 0)
        try guest.output(of: "e1000-uio bind \(card)")
        Output.note("ringlight.ko loaded, card \(card) bound to it")

        let notify = "ledctl notify --light \(light.rawValue) --pattern \(Guest.quoted(patternText)) --repeat \(repeats)"
        let send =
            "e1000-uio send --device \(card) --text 'hello %03d' --to \(Self.destination) "
            + "--ethertype 0x\(String(Self.etherType, radix: 16)) --count \(count) --pps \(Self.framesPerSecond)"
        Output.note("guest$ \(notify) &\nguest$ \(send)")
        let began = Clocks.monotonic
        let jobs = [try guest.start(notify), try guest.start(send)]
        var watch = Watch(guest: guest, light: light, start: began, tell: tell)
        let bound = began + Self.patience + Int64(max(commanded.milliseconds, count * 1000 / Self.framesPerSecond)) * 1_000_000
        while jobs.contains(where: \.isRunning) && Clocks.monotonic < bound {
            try watch.look()
            guard Interruption.sleep(nanoseconds: Self.look) else { throw ExitCode(130) }
        }
        for job in jobs {
            let result = try job.wait(within: .seconds(1))
            guard result.status == 0 else {
                throw GuestError.commandFailed(job.command, status: result.status, errors: result.errors)
            }
        }
        // The last change of a light may still be on its way; what should not come gets the time to show itself.
        Interruption.sleep(nanoseconds: 300_000_000)
        try watch.look()
        try guest.checkKernelLog()
        guest.end()
        Output.note("this machine$ e1000-uio serve --device qemu --status …, and curl")
        let page = try PageVisit.make()
        tell("\(page.seen) bytes of a page, and the status page, through QEMU's e1000 and Swift's driver")
        return Report(
            bootSeconds: Double(boot) / 1e9, light: light, commanded: commanded, transitions: watch.transitions, start: began,
            header: try Self.header(), count: count, frames: watch.frames, page: page)
    }

    /// The first 14 bytes of every frame.
    private static func header() throws -> [UInt8] {
        guard let destination = MACAddress(destination), let source = MACAddress(mac) else {
            throw Problem("\(destination), \(mac)", "not two MAC addresses")
        }
        return destination.bytes + source.bytes + [UInt8(etherType >> 8), UInt8(etherType & 0xff)]
    }

    static func seconds(_ nanoseconds: Int64) -> String {
        let milliseconds = nanoseconds / 1_000_000
        let fraction = String(milliseconds % 1000)
        return "\(milliseconds / 1000)." + String(repeating: "0", count: 3 - fraction.count) + fraction
    }
}

/// Prints what is new to the two witnesses.
private struct Watch {
    let guest: Guest
    let light: LockLight
    let start: Int64
    let tell: (String) -> Void
    private(set) var transitions: [LightTransition] = []
    private(set) var frames: [CapturedFrame] = []
    /// From the capture's clock to ours. The two run alike but count from different moments.
    private var offset: Int64?

    init(guest: Guest, light: LockLight, start: Int64, tell: @escaping (String) -> Void) {
        (self.guest, self.light, self.start, self.tell) = (guest, light, start, tell)
    }

    mutating func look() throws(GuestError) {
        var lines: [(time: Int64, text: String)] = []
        for change in guest.lights.transitions(of: light, since: start).dropFirst(transitions.count) {
            transitions.append(change)
            lines.append((change.time, "light  \(light.rawValue) \(change.isOn ? "on" : "off")"))
        }
        for frame in try guest.wires[0].frames().dropFirst(frames.count) {
            frames.append(frame)
            let stamp = Int64(clamping: frame.timestamp)
            let shift = offset ?? Clocks.monotonic - stamp
            offset = shift
            lines.append((stamp &+ shift, "wire   \(FrameSummary.line(frame.bytes)): \(Report.text(of: frame))"))
        }
        for line in lines.sorted(by: { $0.time < $1.time }) { tell("\(time(line.time))  \(line.text)") }
    }

    private func time(_ moment: Int64) -> String {
        let text = Demonstration.seconds(moment - start)
        return String(repeating: " ", count: max(0, 7 - text.count)) + text + " s"
    }
}
