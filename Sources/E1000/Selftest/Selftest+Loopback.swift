import Clocks
import DeviceAccess
import Glibc

// What the self-test learns from frames that the PHY sends back.
extension Controller {
    mutating func checkPatterns() throws(DeviceError) -> Outcome {
        try waitForLoopback()
        var count = 0
        for pattern in SelftestPattern.allCases {
            for length in [60, 64, 511, 1514] {
                let frame = pattern.frame(count, length: length)
                let echo = try echo([frame])
                guard echo == [frame] else {
                    return .failed("\(pattern.rawValue), \(length) bytes: \(Self.difference(of: echo, from: frame))")
                }
                count += 1
            }
        }
        return .passed("\(count) frames of \(SelftestPattern.allCases.count) patterns came back unchanged")
    }

    static func difference(of echo: [[UInt8]], from frame: [UInt8]) -> String {
        guard let first = echo.first else { return "nothing came back within 2 s" }
        guard first.count == frame.count, echo.count == 1 else { return "\(first.count) bytes and \(echo.count - 1) more frames came back" }
        let position = zip(first, frame).enumerated().first { $1.0 != $1.1 }?.offset ?? 0
        return "byte \(position) came back as 0x\(String(first[position], radix: 16)), not 0x\(String(frame[position], radix: 16))"
    }

    /// Twice around each ring.
    mutating func checkRingWrap() throws(DeviceError) -> Outcome {
        let total = 2 * Int(max(transmitDescriptors, receiveDescriptors)) + 3
        let batch = min(Int(min(transmitDescriptors, receiveDescriptors)) - 2, Int(room), 32)
        var sent = 0
        while sent < total {
            let frames = (sent..<sent + batch).map { SelftestPattern.random.frame($0, length: 64 + $0 % 200) }
            guard try echo(frames) == frames else { return .failed("frames \(sent) to \(sent + batch - 1) did not come back in order") }
            sent += batch
        }
        return .passed("\(sent) frames in order around \(transmitDescriptors) and \(receiveDescriptors) descriptors")
    }

    mutating func checkCounters() throws(DeviceError) -> Outcome {
        let before = try readStatistics()
        let frames = (0..<5).map { SelftestPattern.counting.frame($0, length: 100) }
        guard try echo(frames) == frames else { return .failed("frames did not come back") }
        let after = try readStatistics()
        let (sent, received) = (after.sent - before.sent, after.received - before.received)
        guard sent == 5, received == 5 else { return .failed("GPTC counted \(sent) and GPRC \(received) of 5 frames") }
        return .passed("GPTC and GPRC counted 5 of 5 frames")
    }

    /// A PHY needs some time to lock to itself; frames of before are dropped.
    private mutating func waitForLoopback() throws(DeviceError) {
        let deadline = Clocks.monotonic + 3_000_000_000
        while try !linkState().isUp, Clocks.monotonic < deadline { usleep(10_000) }
        usleep(UInt32(nanosecondsUntilReceiving / 1000))
        while let packet = receive() { put(packet) }
        try commit()
    }

    /// Sends frames as they are, and takes as many off the ring, 2 s at most.
    private mutating func echo(_ frames: [[UInt8]]) throws(DeviceError) -> [[UInt8]] {
        for frame in frames {
            guard var packet = packet() else { return [] }
            packet.fill(frame)
            switch append(packet) {
            case .queued: break
            case .full(let packet): put(packet)
            case .refused(let packet): put(packet)
            }
        }
        var received: [[UInt8]] = []
        try takeEchoes(frames.count) { received.append($0.copy()) }
        return received
    }

    /// Waits until everything is sent, and hands out so many frames that come back, or as many as come within 2 s; a last batch
    /// may be of more.
    mutating func takeEchoes(_ count: Int, _ body: (borrowing Packet) -> Void) throws(DeviceError) {
        _ = try waitUntilPending(atMost: 0, nanoseconds: 2_000_000_000)
        var received = 0
        let deadline = Clocks.monotonic + 2_000_000_000
        while received < count, Clocks.monotonic < deadline {
            guard try waitForFrame(nanoseconds: deadline - Clocks.monotonic) else { break }
            while let packet = receive() {
                received += 1
                body(packet)
                put(packet)
            }
            try commit()
        }
    }
}
