import CardBench
import Clocks
import Lab
import ToolSupport

/// Transmit with nobody on the wire, by this machine's clock: this driver on QEMU's bare card, and testpmd in a guest
/// without `-icount`. One after the other in each round, never at once.
struct SendingRates: Codable {
    static let ourBatch = 256
    static let bursts = [32, 256]

    /// One for each round.
    private(set) var ours: [SendingRate] = []
    /// By testpmd's burst: its own choice, and ours.
    private(set) var testpmd: [Int: [SendingRate]] = [:]

    /// Our rate by testpmd's better one, round by round: above 1, we are faster.
    func ratios(_ rate: KeyPath<SendingRate, Double>) -> [Double] {
        ours.indices.map { round in ours[round][keyPath: rate] / (testpmd.values.map { $0[round][keyPath: rate] }.max() ?? .nan) }
    }

    static func measure(rounds: Int) throws -> SendingRates {
        Output.note("booting a guest that runs as fast as it can")
        let peers = try PeerGuest(cards: 1)
        defer { peers.guest.end() }
        try peers.give(to: .testpmd)
        let counter = try SentFrames(peers)
        var rates = SendingRates()
        for round in 1...rounds {
            Output.note("transmit with nobody on the wire, round \(round) of \(rounds)")
            // Who goes first changes, so that a slow moment of the machine favours nobody.
            for turn in 0..<2 {
                if (round + turn).isMultiple(of: 2) {
                    rates.ours.append(try .ofOurs(batch: UInt32(ourBatch), frames: 5_000_000))
                } else {
                    for burst in bursts { rates.testpmd[burst, default: []].append(try counter.rate(burst)) }
                }
            }
        }
        return rates
    }
}

/// Frames by two measures: the clock, and the processor time of all processes that took part, QEMU's included. The second
/// changes little while others use the machine, but knows nothing of waits.
struct SendingRate: Codable {
    let framesPerSecond: Double
    let framesPerProcessorSecond: Double

    static func ofOurs(batch: UInt32, frames: UInt64) throws -> SendingRate {
        // What it costs to start and end.
        let idle = try run(batch: batch, frames: 10)
        let busy = try run(batch: batch, frames: frames)
        // Nine of ten frames are in the measured part, all are in the processor time.
        let all = Double(frames + frames / 10)
        return SendingRate(
            framesPerSecond: busy.framesPerSecond,
            framesPerProcessorSecond: all * 1e9 / Double(busy.processor - idle.processor))
    }

    private static func run(batch: UInt32, frames: UInt64) throws -> (framesPerSecond: Double, processor: Int64) {
        let before = ProcessorTime.ofThisProcess + ProcessorTime.ofEndedChildren
        let rate = try SendingRun.onBareCard(batch: batch, frames: frames).framesPerSecond
        return (rate, ProcessorTime.ofThisProcess + ProcessorTime.ofEndedChildren - before)
    }
}

/// The frames that a guest's card has sent, by the card's own counter, which QEMU's monitor reads: the guest takes no part.
private struct SentFrames {
    private let peers: PeerGuest
    /// TPT, total packets transmitted: cleared by reading.
    private let register: String

    init(_ peers: PeerGuest) throws {
        self.peers = peers
        let range = try peers.guest.output(of: "head -n 1 /sys/bus/pci/devices/\(peers.cards[0])/resource")
        guard let start = range.split(separator: " ").first, let address = UInt64(start.dropFirst(2), radix: 16) else {
            throw Problem("the guest's card", "has no registers: '\(range)'")
        }
        register = "0x" + String(address + 0x40d4, radix: 16)
    }

    /// What testpmd sends.
    func rate(_ burst: Int) throws -> SendingRate {
        let job = try peers.startTestpmd(.tx, burst: burst, ring: max(256, burst * 2))
        defer { job.endNow() }
        _ = try sinceLastTime()
        var waits = 0
        while try sinceLastTime() == 0 {
            waits += 1
            guard waits < 600, job.isRunning else {
                throw Problem("testpmd", "sends nothing: \(job.text.suffix(2000)) \(job.errors.suffix(2000))", remedy: "run 'make bench-peers' again")
            }
            try sleep(milliseconds: 100)
        }
        // Unmeasured: page faults, QEMU's translation of code.
        try sleep(milliseconds: 500)
        _ = try sinceLastTime()
        let (start, processor) = (Clocks.monotonic, ProcessorTime.of(peers.guest.qemuProcess))
        try sleep(milliseconds: 2000)
        let frames = Double(try sinceLastTime()) * 1e9
        return SendingRate(
            framesPerSecond: frames / Double(Clocks.monotonic - start),
            framesPerProcessorSecond: frames / Double(ProcessorTime.of(peers.guest.qemuProcess) - processor))
    }

    private func sinceLastTime() throws -> UInt64 {
        // "00000000febc40d4: 0x0000002a"
        let answer = try peers.guest.monitor.execute("human-monitor-command", ["command-line": .string("xp /1wx \(register)")])
        guard let text = answer.string, let value = text.split(whereSeparator: \.isWhitespace).last,
            let count = UInt64(value.dropFirst(2), radix: 16)
        else { throw Problem("QEMU's monitor", "cannot read \(register): \(answer)") }
        return count
    }

    private func sleep(milliseconds: Int64) throws {
        guard Interruption.sleep(nanoseconds: milliseconds * 1_000_000) else { throw Problem("peers", "interrupted") }
    }
}
