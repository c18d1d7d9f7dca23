import ArgumentParser
import Clocks
import Frames
import HostStack
import ToolSupport

struct Ping: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Ask a host for an echo (ICMP).",
        discussion: """
            A request each interval, and a line for each answer: bytes, number, remaining hops, time. Ends after --count answers or \
            time-outs, or on Ctrl-C. Exit code 1 when no answer came.

            Examples:
              e1000-uio ping -d qemu 10.0.2.2
              sudo e1000-uio ping -d 00:03.0 --ip 192.0.2.2/24 --count 5 192.0.2.1
              sudo e1000-uio ping --dhcp --interval 0.01 --count 1000 example.org
            """)

    @OptionGroup var host: HostOptions
    @Argument(help: "An address, or a name.")
    var destination: String
    @OptionGroup var asking: AskingOptions
    @Option(name: .shortAndLong, help: "Bytes of data in a request.")
    var size: Int = 56

    func validate() throws {
        guard 0...65_507 ~= size else { throw Problem.usage("--size", "\(size) bytes", remedy: "use 0 to 65507") }
    }

    func run() throws {
        var totals = PingTotals()
        try HostSession.run(host) { session in
            let address = try session.resolve(destination)
            if !asking.json { Output.note("PING \(destination)\(destination == "\(address)" ? "" : " (\(address))"): \(size) bytes of data") }
            let run = PingRun(session.loop, address, size: size, isQuiet: asking.json)
            totals = try run.run(
                count: asking.count, interval: Int64(asking.interval * 1e9), timeout: Int64(asking.timeout * 1e9))
        }
        Output.note(totals.summary)
        if asking.json { try Output.json(totals) }
        if totals.received == 0 { throw ExitCode.failure }
    }
}

/// What `ping` did.
struct PingTotals: Encodable {
    var sent = 0
    var received = 0
    var duplicates = 0
    /// Answers that came after a later one.
    var outOfOrder = 0
    /// Milliseconds.
    var times: [Double] = []

    private enum Key: String, CodingKey { case sent, received, duplicates, outOfOrder, lossPercent, minimum, median, maximum }

    var loss: Double { sent == 0 ? 0 : Double(sent - received) / Double(sent) * 100 }
    private var sorted: [Double] { times.sorted() }

    var summary: String {
        var text = "\(sent) sent, \(received) received, \(fixed(loss, 1)) % lost"
        if duplicates > 0 { text += ", \(duplicates) duplicates" }
        if outOfOrder > 0 { text += ", \(outOfOrder) out of order" }
        guard let least = sorted.first, let most = sorted.last else { return text }
        return text + "; \(fixed(least, 3))/\(fixed(sorted[sorted.count / 2], 3))/\(fixed(most, 3)) ms (least/median/most)"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(sent, forKey: .sent)
        try container.encode(received, forKey: .received)
        try container.encode(duplicates, forKey: .duplicates)
        try container.encode(outOfOrder, forKey: .outOfOrder)
        try container.encode(loss, forKey: .lossPercent)
        try container.encodeIfPresent(sorted.first, forKey: .minimum)
        try container.encodeIfPresent(times.isEmpty ? nil : sorted[times.count / 2], forKey: .median)
        try container.encodeIfPresent(sorted.last, forKey: .maximum)
    }
}
