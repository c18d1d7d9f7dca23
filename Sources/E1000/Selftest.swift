import Clocks
import DeviceAccess
import Glibc

/// One check of a card.
public struct SelftestResult: Sendable, Codable, Equatable {
    /// The checks, in their order.
    public static let names = ["registers", "eeprom", "phy", "interrupt", "loopback", "ring wrap", "counters", "link"]

    public enum Verdict: String, Sendable, Codable { case passed, failed, skipped }
    /// `registers`, `eeprom`, `interrupt`, …
    public let name: String
    public let verdict: Verdict
    /// What was found; of a failure, what should have been.
    public let detail: String
    public let milliseconds: Double

    /// What can be said of a card that could not even be opened, since its EEPROM is broken: that check failed, and no other was made.
    public static func all(brokenEEPROM error: DeviceError) -> [SelftestResult] {
        names.map { name in
            let isCulprit = name == "eeprom"
            return SelftestResult(
                name: name, verdict: isCulprit ? .failed : .skipped, detail: isCulprit ? "\(error)" : "it needs the EEPROM", milliseconds: 0)
        }
    }
}

/// Frames for loopback: patterns that a bad data line, a bad descriptor or a stale buffer would change.
public enum SelftestPattern: String, CaseIterable, Sendable {
    case zeros, ones, alternating, walkingBit = "walking bit", counting, random

    /// A frame to everyone with this pattern, its number, and an Ethernet type for experiments.
    public func frame(_ number: Int, length: Int) -> [UInt8] {
        var state = UInt32(truncatingIfNeeded: number) &* 2_654_435_761 | 1
        let header: [UInt8] = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, 0x88, 0xb5]
        let numbers = (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) }
        return header + numbers + (0..<max(0, length - 18)).map { position in
            switch self {
            case .zeros: return 0x00
            case .ones: return 0xff
            case .alternating: return position & 1 == 0 ? 0xaa : 0x55
            case .walkingBit: return 1 << UInt8(position & 7)
            case .counting: return UInt8(truncatingIfNeeded: position)
            case .random:
                state ^= state << 13
                state ^= state >> 17
                state ^= state << 5
                return UInt8(truncatingIfNeeded: state)
            }
        }
    }
}

extension Controller {
    /// Checks the card from its registers to its rings; nothing goes out on the wire, the link is down meanwhile and negotiated
    /// again afterwards. Takes about 3 s, bounded by 30 s.
    ///
    /// - Parameter report: called with each result as it comes.
    /// - Throws: `.vanished` when the card leaves the bus meanwhile; what merely fails is a result.
    public mutating func selftest(report: (SelftestResult) -> Void = { _ in }) throws(DeviceError) -> [SelftestResult] {
        var results: [SelftestResult] = []
        func add(_ result: SelftestResult) {
            results.append(result)
            report(result)
        }
        add(try check("registers") { card throws(DeviceError) in try card.checkRegisters() })
        add(try check("eeprom") { card throws(DeviceError) in try card.checkEEPROM() })
        add(try check("phy") { card throws(DeviceError) in try card.checkPHY() })
        add(try check("interrupt") { card throws(DeviceError) in try card.checkInterrupt() })
        let loopback = try check("loopback") { card throws(DeviceError) in
            try card.setLoopback(true)
            return try card.checkPatterns()
        }
        add(loopback)
        let rest: [(String, (inout Controller) throws(DeviceError) -> Outcome)] = [
            ("ring wrap", { card throws(DeviceError) in try card.checkRingWrap() }),
            ("counters", { card throws(DeviceError) in try card.checkCounters() }),
        ]
        for (name, body) in rest {
            add(try check(name) { card throws(DeviceError) in
                loopback.verdict == .passed ? try body(&card) : .skipped("it needs the loopback")
            })
        }
        add(try check("link") { card throws(DeviceError) in
            try card.setLoopback(false)
            return .passed("autonegotiation was started again")
        })
        return results
    }

    private enum Outcome {
        case passed(String)
        case failed(String)
        case skipped(String)
    }

    private mutating func check(
        _ name: String, _ body: (inout Controller) throws(DeviceError) -> Outcome
    ) throws(DeviceError) -> SelftestResult {
        let start = Clocks.monotonic
        var outcome = Outcome.failed("")
        do {
            outcome = try body(&self)
        } catch {
            guard error.kind != .vanished else { throw error }
            outcome = .failed("\(error)")
        }
        let milliseconds = Double((Clocks.monotonic - start) / 10_000) / 100
        switch outcome {
        case .passed(let detail): return SelftestResult(name: name, verdict: .passed, detail: detail, milliseconds: milliseconds)
        case .failed(let detail): return SelftestResult(name: name, verdict: .failed, detail: detail, milliseconds: milliseconds)
        case .skipped(let detail): return SelftestResult(name: name, verdict: .skipped, detail: detail, milliseconds: milliseconds)
        }
    }

    /// Patterns in registers that hold 32 bits and do nothing meanwhile: exact filters that are off, and the multicast table.
    private mutating func checkRegisters() throws(DeviceError) -> Outcome {
        let registers = device.registers
        var count = 0
        for offset in [RAR.low(15), MTA.offset(0), MTA.offset(127), VFTA.offset(0), VFTA.offset(127)] {
            let before = try registers.read(offset)
            for value: UInt32 in [0x0000_0000, 0xffff_fffe, 0xaaaa_aaaa, 0x5555_5555, 0x0123_4567, 0x89ab_cdef] {
                try registers.write(offset, value)
                let found = try registers.read(offset)
                guard found == value else {
                    try registers.write(offset, before)
                    return .failed("0x\(String(offset, radix: 16)) holds 0x\(String(found, radix: 16)), not 0x\(String(value, radix: 16))")
                }
                count += 1
            }
            try registers.write(offset, before)
        }
        return .passed("\(count) patterns held")
    }

    private mutating func checkEEPROM() throws(DeviceError) -> Outcome {
        let again = try EEPROM(reading: device.registers, model.eeprom)
        guard again.words == eeprom.words else { return .failed("two reads differ") }
        return .passed("64 words add up to 0xbaba, \(macAddress)")
    }

    private mutating func checkPHY() throws(DeviceError) -> Outcome {
        let identifier = try phyState().identifier
        let digits = String(identifier, radix: 16)
        let text = "0x" + String(repeating: "0", count: 8 - digits.count) + digits
        guard model.phy.contains(identifier & ~0xf) else { return .failed("its identifier \(text) is not one of a \(model.name)") }
        return .passed("identifier \(text)")
    }

    /// A cause that is raised by hand (ICS) arrives as an interrupt.
    private mutating func checkInterrupt() throws(DeviceError) -> Outcome {
        var slowest: Int64 = 0
        for round in 1...10 {
            try acknowledge()
            try device.enableInterrupt()
            let start = Clocks.monotonic
            try device.registers.write(ICS.self, InterruptCause.LSC)
            guard try device.waitForInterrupt(nanoseconds: 1_000_000_000) else {
                return .failed("interrupt \(round) of 10 did not come within 1 s")
            }
            slowest = max(slowest, Clocks.monotonic - start)
            try acknowledge()
        }
        _ = try takeLinkChange()
        return .passed("10 of 10, the slowest after \(slowest / 1000) µs")
    }

    private mutating func checkPatterns() throws(DeviceError) -> Outcome {
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

    private static func difference(of echo: [[UInt8]], from frame: [UInt8]) -> String {
        guard let first = echo.first else { return "nothing came back within 2 s" }
        guard first.count == frame.count, echo.count == 1 else { return "\(first.count) bytes and \(echo.count - 1) more frames came back" }
        let position = zip(first, frame).enumerated().first { $1.0 != $1.1 }?.offset ?? 0
        return "byte \(position) came back as 0x\(String(first[position], radix: 16)), not 0x\(String(frame[position], radix: 16))"
    }

    /// Twice around each ring.
    private mutating func checkRingWrap() throws(DeviceError) -> Outcome {
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

    private mutating func checkCounters() throws(DeviceError) -> Outcome {
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

    /// Sends frames, and takes as many off the ring, 2 s at most.
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
        _ = try waitUntilPending(atMost: 0, nanoseconds: 2_000_000_000)
        var received: [[UInt8]] = []
        let deadline = Clocks.monotonic + 2_000_000_000
        while received.count < frames.count, Clocks.monotonic < deadline {
            guard try waitForFrame(nanoseconds: deadline - Clocks.monotonic) else { break }
            while let packet = receive() {
                received.append(packet.copy())
                put(packet)
            }
            try commit()
        }
        return received
    }
}
