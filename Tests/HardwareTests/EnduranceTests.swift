import Clocks
import DeviceAccess
import E1000
import Glibc
import Testing

/// Frames that tell their number and are cheap to make and to check: a debug build does both two million times here.
private struct NumberedFrames {
    static let length = 64
    /// To everyone, then the number, then a pattern of the number's low byte.
    private var frames: [[UInt8]] = (0..<256).map { (low: Int) in
        [UInt8](repeating: 0xff, count: 6) + [2, 0, 0, 0, 0, 1, 0x88, 0xb5] + (0..<length - 14).map { UInt8(truncatingIfNeeded: low &+ $0 &* 31) }
    }

    mutating func frame(_ number: Int) -> [UInt8] {
        frames[number & 255].withUnsafeMutableBytes { $0.storeBytes(of: UInt64(number), toByteOffset: 14, as: UInt64.self) }
        return frames[number & 255]
    }

    mutating func isFrame(_ number: Int, _ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count == Self.length, let start = bytes.baseAddress else { return false }
        return memcmp(start, frame(number), Self.length) == 0
    }

    /// A function of its own: the borrow of the bytes ends with it.
    mutating func isFrame(_ number: Int, _ packet: borrowing Packet) -> Bool {
        packet.bytes.withUnsafeBytes { isFrame(number, $0) }
    }
}

@Suite("Endurance", .serialized, .needsQEMU("the other end of the cable is a socket of QEMU's"))
struct EnduranceTests {
    struct Run: Sendable, CustomTestStringConvertible {
        let model: String
        let frames: Int
        var testDescription: String { "QEMU, \(model), \(frames) frames" }
    }

    /// Frames on the way in each direction at most: less than the ring has descriptors, so that nobody has a reason to drop one.
    private static let window = 192

    /// The whole number on one model: the others share the path of the first, and each minute is everyone's. Not on our own model,
    /// which loses nothing that it is not told to lose, in a process that cannot fall behind.
    @Test(
        "a million frames each way at once, paced by what has arrived: none lost, none out of order, each byte for byte",
        .timeLimit(.minutes(10)),
        arguments: [Run(model: "e1000", frames: 1_000_000)] + allModels.filter { $0 != "e1000" }.map { Run(model: $0, frames: 20_000) })
    func bothWays(_ run: Run) throws {
        let bench = QEMUBench(model: run.model, withPeer: true)
        defer { bench.end() }
        var options = bench.options
        // Two million frames need no witness of every byte: both ends look at each.
        options.wireCapture = nil
        var card = try Controller(try QEMUDevice.start(options))
        settle(card)

        var (toWire, toCard) = (NumberedFrames(), NumberedFrames())
        // Given to the card, arrived at the peer; given by the peer, arrived in the driver.
        var (sent, seen, given, received) = (0, 0, 0, 0)
        var lastProgress = Clocks.monotonic
        var buffer = [UInt8](repeating: 0, count: 2048)
        while seen < run.frames || received < run.frames {
            let before = (sent, seen, given, received)
            while sent < min(run.frames, seen + Self.window), sent - before.0 < 64, append(toWire.frame(sent), to: &card) { sent += 1 }
            while given < min(run.frames, received + Self.window),
                send(bench.peer, toCard.frame(given), NumberedFrames.length, Int32(MSG_DONTWAIT)) > 0
            {
                given += 1
            }
            for _ in 0..<64 {
                guard let packet = card.receive() else { break }
                let isRight = toCard.isFrame(received, packet)
                card.put(packet)
                try #require(isRight, "frame \(received) from the peer")
                received += 1
            }
            try card.commit()
            card.reclaim()
            for _ in 0..<64 {
                let count = recv(bench.peer, &buffer, buffer.count, Int32(MSG_DONTWAIT))
                guard count > 0 else { break }
                let isRight = buffer.withUnsafeBytes { toWire.isFrame(seen, UnsafeRawBufferPointer(rebasing: $0[..<count])) }
                try #require(isRight, "frame \(seen) from the card")
                seen += 1
            }
            if before != (sent, seen, given, received) {
                lastProgress = Clocks.monotonic
            } else {
                let state = "\(sent) sent, \(seen) seen; \(given) given, \(received) received"
                try #require(Clocks.monotonic - lastProgress < 10_000_000_000, "nothing moves any more: \(state)")
                // Sleeps until either side has something.
                _ = try card.waitForFrame(nanoseconds: 1_000_000, wake: bench.peer)
            }
        }

        #expect(try card.waitUntilPending(atMost: 0, nanoseconds: 1_000_000_000))
        // Not one more than was sent.
        #expect(recv(bench.peer, &buffer, buffer.count, Int32(MSG_DONTWAIT)) < 0 && card.waitingFrames == 0)
        let statistics = try card.readStatistics()
        #expect(statistics.sent == UInt64(run.frames) && statistics.received == UInt64(run.frames))
        #expect(statistics.dropped == 0 && statistics.driver.badDescriptors == 0 && statistics.driver.recoveries == 0)
        #expect(try card.close() == 0)
    }
}
