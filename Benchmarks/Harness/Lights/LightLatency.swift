import Clocks
import Lab
import ToolSupport

/// How long after the beginning of a command a light is seen on, from outside the guest.
struct LightLatency: Encodable {
    /// What turns the light on; the numbers are guest-probe's.
    enum Way: UInt8, CaseIterable, Encodable {
        case sysfs, node, socket, ledctl

        var title: String {
            switch self {
            case .sysfs: "the LED's brightness in sysfs"
            case .node: "a write to the light's node"
            case .socket: "a line on ledd's socket"
            case .ledctl: "a whole 'ledctl notify'"
            }
        }

        /// Each way that holds its light otherwise has one of its own.
        fileprivate var light: LockLight {
            switch self {
            case .sysfs: .capslock
            case .node: .numlock
            case .socket, .ledctl: .scrolllock
            }
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            try container.encode("\(self)")
        }
    }

    let way: Way
    /// One for each time that the light was seen, in order.
    let milliseconds: [Double]
    /// How often it was not seen on before the next command.
    let missed: Int

    var median: Double { Report.median(milliseconds) }

    /// The 99th of a hundred.
    var high: Double {
        let sorted = milliseconds.sorted()
        return sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, sorted.count * 99 / 100)]
    }

    /// Measures every way in turns, in one guest, on a virtio keyboard: a PS/2 one takes a change only every 50 ms.
    static func measure(rounds: Int) throws -> [LightLatency] {
        Output.note("lights: booting a guest, \(rounds) rounds")
        let marks = try LatencyMarks()
        defer { marks.end() }
        var options = Guest.Options(cards: 0, modules: ["virtio_input", "ringlight"])
        options.machine = "pc,i8042=off"
        options.qemuArguments = ["-device", "virtio-keyboard-pci"] + marks.qemuArguments
        options.interruption = Interruption.descriptor
        let guest = try Guest(options)
        defer { guest.end() }
        try guest.wait(until: "ls -d /sys/class/leds/*::capslock")
        let led = try guest.output(of: "ls -d /sys/class/leds/*::capslock")
        // By itself from now on: no lock key is pressed here.
        try guest.output(of: "echo none > \(led)/trigger; mkdir -p /run/ringlight")
        _ = try guest.start("exec ledd --socket /run/ringlight/ledd.sock")
        try guest.wait(until: "test -S /run/ringlight/ledd.sock")
        try guest.output(of: "guest-probe latency \(led) \(rounds)", within: .seconds(60 + rounds * 2))
        return Way.allCases.map { LightLatency($0, marks.marks, guest.lights.transitions) }
    }

    /// Marks and lights are stamped by two threads, and either may be late; in the guest, nothing comes this close after another.
    private static let lateness: Int64 = 30_000_000

    private init(_ way: Way, _ marks: [LatencyMarks.Mark], _ transitions: [LightTransition]) {
        self.way = way
        var milliseconds: [Double] = []
        var missed = 0
        for (index, mark) in marks.enumerated() where mark.byte == way.rawValue {
            let times = mark.time - Self.lateness..<(index + 1 < marks.count ? marks[index + 1].time - Self.lateness : .max)
            if let seen = transitions.first(where: { $0.light == way.light && $0.isOn && times.contains($0.time) }) {
                milliseconds.append(Double(seen.time - mark.time) / 1e6)
            } else {
                missed += 1
            }
        }
        (self.milliseconds, self.missed) = (milliseconds, missed)
    }

    /// A table; the last column is the median less that of sysfs.
    static func lines(_ latencies: [LightLatency]) -> [String] {
        let base = latencies.first { $0.way == .sysfs }?.median ?? 0
        return ["a light is seen on after, ms     median     99 %   more than sysfs   times   missed"]
            + latencies.map { latency in
                Report.column(latency.way.title, -31) + Report.column(Report.rounded(latency.median, 2), 8)
                    + Report.column(Report.rounded(latency.high, 2), 9) + Report.column(Report.rounded(latency.median - base, 2), 18)
                    + Report.column("\(latency.milliseconds.count)", 8) + Report.column("\(latency.missed)", 9)
            }
    }
}
