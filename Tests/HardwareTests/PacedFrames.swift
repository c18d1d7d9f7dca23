import Clocks
import E1000
import E1000Model
import Glibc

/// Frames that come to a card each at its time, while its driver sleeps, and what became of them.
struct PacedFrames {
    /// When each comes, in nanoseconds from the first on.
    let times: [Int64]

    /// - Parameters:
    ///   - count: frames.
    ///   - pace: nanoseconds from one to the next.
    init(_ count: Int, every pace: Int64) { times = (0..<count).map { Int64($0) * pace } }

    /// Bursts with pauses between them.
    init(bursts: Int, of count: Int, every pace: Int64, pause: Int64) {
        times = (0..<bursts * count).map { Int64($0 % count) * pace + Int64($0 / count) * (Int64(count - 1) * pace + pause) }
    }

    /// To everyone; with its number, and when it came.
    static func frame(_ number: Int) -> [UInt8] {
        var frame: [UInt8] = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, 0x88, 0xb5]
        for value in [UInt64(number), UInt64(Clocks.monotonic)] {
            frame += stride(from: UInt64(56), through: 0, by: -8).map { UInt8(truncatingIfNeeded: value >> $0) }
        }
        return frame + [UInt8](repeating: 0, count: 60 - frame.count)
    }

    /// What a receiver saw.
    struct Arrivals {
        var numbers: [Int] = []
        /// Nanoseconds from a frame's coming until the program saw it.
        var lateness: [Int64] = []
        /// Waits that an interrupt ended.
        var interrupts: UInt64 = 0
        /// Nanoseconds that all of it took.
        var duration: Int64 = 0

        mutating func add(_ frame: [UInt8], at time: Int64) {
            func value(_ position: Int) -> Int64 { frame[position..<position + 8].reduce(0) { $0 << 8 | Int64($1) } }
            numbers.append(Int(value(14)))
            lateness.append(time - value(22))
        }
    }

    /// Takes them off a card that sleeps on its interrupt, until all are there or none has come for 2 s.
    func receive(_ bench: Bench, _ card: inout Controller) throws -> Arrivals {
        var arrivals = Arrivals()
        let before = card.driverCounters.interrupts
        let start = Clocks.monotonic
        let sender = bench.begin(self)
        while arrivals.numbers.count < times.count, try card.waitForFrame(nanoseconds: 2_000_000_000) {
            while let packet = card.receive() {
                arrivals.add(packet.copy(), at: Clocks.monotonic)
                card.put(packet)
            }
            try card.commit()
        }
        sender?.end()
        arrivals.duration = Clocks.monotonic - start
        arrivals.interrupts = card.driverCounters.interrupts - before
        return arrivals
    }
}

/// A thread that does something at given times.
final class PacedSender {
    private final class Work: Sendable {
        let times: [Int64]
        let action: @Sendable (Int) -> Void

        init(_ times: [Int64], _ action: @escaping @Sendable (Int) -> Void) { (self.times, self.action) = (times, action) }

        func run() {
            let start = Clocks.monotonic
            for (number, time) in times.enumerated() {
                let left = start + time - Clocks.monotonic
                if left > 0 { usleep(UInt32(left / 1000)) }
                action(number)
            }
        }
    }

    private var thread = pthread_t()

    init(_ times: [Int64], _ action: @escaping @Sendable (Int) -> Void) {
        let created = pthread_create(
            &thread, nil,
            { argument in
                Unmanaged<Work>.fromOpaque(argument!).takeRetainedValue().run()
                return nil
            }, Unmanaged.passRetained(Work(times, action)).toOpaque())
        precondition(created == 0)
    }

    /// Waits until all is done.
    func end() { pthread_join(thread, nil) }
}
