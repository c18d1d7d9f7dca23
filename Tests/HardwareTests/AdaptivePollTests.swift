import Clocks
import DeviceAccess
import E1000
import Glibc
import Testing

@Suite("Adaptive poll, on each model", .serialized)
struct AdaptivePollTests {
    /// Frames that arrive until there are `count`, each seen within a second of the one before, and after it was sent.
    private func collect(
        _ count: Int, _ card: inout Controller, _ poll: inout AdaptivePoll, since start: Int64
    ) throws -> [[UInt8]] {
        var frames: [[UInt8]] = []
        while frames.count < count, let arrival = try poll.wait(for: &card, nanoseconds: 1_000_000_000) {
            #expect(arrival.monotonic >= start && arrival.monotonic <= Clocks.monotonic)
            #expect(abs(arrival.realtime - Clocks.realtime) < 60_000_000_000)
            while let packet = card.receive() {
                frames.append(packet.copy())
                card.put(packet)
            }
        }
        return frames
    }

    @Test(
        "bursts with pauses between them, shorter and longer than the idle time, arrive whole and in order", arguments: TestCard.all)
    func bursts(kind: TestCard) throws {
        let bench = Bench(kind, withPeer: true)
        defer { bench.end() }
        var card = try bench.card(ring: 64)
        settle(card)
        var poll = AdaptivePoll()
        poll.idleTime = 500_000
        var sent = 0
        for round in 0..<60 {
            let size = 1 + round * 7 % 30
            let start = Clocks.monotonic
            let expected = (sent..<sent + size).map { QEMUBench.broadcast($0, length: 60 + $0 * 7919 % 1455) }
            for frame in expected {
                let isTaken = bench.deliver(frame)
                #expect(isTaken)
            }
            #expect(try collect(size, &card, &poll, since: start) == expected)
            sent += size
            // From none to three times the idle time.
            usleep(UInt32(round % 4 * 500))
            if round % 4 == 3 { #expect(try poll.wait(for: &card, nanoseconds: 1_000_000) == nil) }
        }
        let counters = try card.readStatistics().driver
        #expect(counters.polls > 0)
        #expect(card.receiveTrouble.badFrames == 0)
    }

    @Test("a wait ends by its bound and by the descriptor that it was given, also right after frames came", arguments: TestCard.all)
    func bounds(kind: TestCard) throws {
        let bench = Bench(kind, withPeer: true)
        defer { bench.end() }
        var card = try bench.card()
        settle(card)
        var poll = AdaptivePoll()
        var pipes: [Int32] = [-1, -1]
        #expect(pipe(&pipes) == 0)
        defer { for end in pipes { close(end) } }
        for isBusy in [false, true] {
            var start = Clocks.monotonic
            if isBusy {
                let isTaken = bench.deliver(QEMUBench.broadcast(1, length: 60))
                #expect(isTaken)
                #expect(try collect(1, &card, &poll, since: start).count == 1)
                start = Clocks.monotonic
            }
            #expect(try poll.wait(for: &card, nanoseconds: 50_000_000, wake: pipes[0]) == nil)
            #expect(Clocks.monotonic - start >= 50_000_000 && Clocks.monotonic - start < 1_000_000_000)
        }
        write(pipes[1], [0], 1)
        let start = Clocks.monotonic
        #expect(try poll.wait(for: &card, nanoseconds: 5_000_000_000, wake: pipes[0]) == nil)
        #expect(Clocks.monotonic - start < 1_000_000_000)
    }
}
