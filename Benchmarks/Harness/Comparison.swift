import Clocks
import FastPath
import ToolSupport

/// The driver's packet path and the same in C, each on a card in memory, forwarding in turns.
struct Comparison: Encodable {
    /// Frames a burst.
    let batch: UInt32
    /// Nanoseconds a packet, the card's own work included; one for each round, in the order of the rounds.
    let swift: [Double]
    let c: [Double]

    /// Swift's rate by C's, round by round: above 1, Swift is faster.
    var ratios: [Double] { zip(swift, c).map { $1 / $0 } }

    static func measure(batches: [UInt32], rounds: Int, packets: UInt64) throws -> [Comparison] {
        var swift = try Forwarder()
        let reference = try CForwarder()
        return try batches.map { batch in
            var times: (swift: [Double], c: [Double]) = ([], [])
            _ = try swift.run(batch: batch, packets: packets / 10)
            _ = reference.run(batch: batch, packets: packets / 10)
            for round in 0..<rounds {
                // Who goes first changes, so that a slow moment of the machine favours nobody.
                for turn in 0..<2 {
                    let start = Clocks.monotonic
                    if (round + turn).isMultiple(of: 2) {
                        _ = try swift.run(batch: batch, packets: packets)
                        times.swift.append(Double(Clocks.monotonic - start) / Double(packets))
                    } else {
                        _ = reference.run(batch: batch, packets: packets)
                        times.c.append(Double(Clocks.monotonic - start) / Double(packets))
                    }
                }
                if Interruption.requested { throw Problem("bench", "interrupted") }
            }
            return Comparison(batch: batch, swift: times.swift, c: times.c)
        }
    }
}
