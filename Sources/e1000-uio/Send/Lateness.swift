import ToolSupport

/// How late frames were handed to the card, in nanoseconds.
struct Lateness: Encodable {
    private var count: UInt64 = 0
    private var sum: Double = 0
    private var least: Int64 = .max
    private(set) var largest: Int64 = 0

    /// Frames of one tail write: all handed over at one time.
    struct Batch {
        fileprivate(set) var count: UInt32 = 0
        fileprivate var sum: Double = 0
        fileprivate var first: Int64 = .max
        fileprivate var last: Int64 = .min

        mutating func add(due: Int64) {
            count += 1
            sum += Double(due)
            first = min(first, due)
            last = max(last, due)
        }
    }

    /// - Parameter now: when the tail had been written, on the clock of the due times.
    mutating func add(_ batch: Batch, at now: Int64) {
        guard batch.count > 0 else { return }
        count += UInt64(batch.count)
        sum += Double(now) * Double(batch.count) - batch.sum
        least = min(least, now - batch.last)
        largest = max(largest, now - batch.first)
    }

    /// Microseconds.
    var minimum: Double { count > 0 ? Double(least) / 1000 : 0 }
    var average: Double { count > 0 ? sum / Double(count) / 1000 : 0 }
    var maximum: Double { count > 0 ? Double(largest) / 1000 : 0 }

    var summary: String {
        "late by min/avg/max \(fixed(max(0, minimum), 0))/\(fixed(max(0, average), 0))/\(fixed(max(0, maximum), 0)) us"
    }

    private enum Key: String, CodingKey { case minimum, average, maximum }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(minimum, forKey: .minimum)
        try container.encode(average, forKey: .average)
        try container.encode(maximum, forKey: .maximum)
    }
}
