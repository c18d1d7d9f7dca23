import Clocks
import E1000
import Frames
import Glibc
import HostStack
import Synchronization
import TestSupport
import Testing

/// Frames of people who mean harm, or of nobody in particular.
enum Hostile {
    static let host: [UInt8] = [0x52, 0x54, 0x00, 0x12, 0x34, 0x56]
    static let sender: [UInt8] = [0x02, 0, 0, 0, 0x66, 0x66]

    static func ipv4(protocol number: UInt8, source: [UInt8], payload: [UInt8]) -> [UInt8] {
        let total = 20 + payload.count
        var header: [UInt8] = [0x45, 0, UInt8(total >> 8), UInt8(total & 0xff), 0, 0, 0, 0, 64, number, 0, 0]
        header += source + [10, 77, 0, 2]
        let sum = checksum(header)
        (header[10], header[11]) = (UInt8(sum >> 8), UInt8(sum & 0xff))
        return host + sender + [0x08, 0x00] + header + payload
    }

    /// A request for a connection (RFC 9293, 3.5), from an address and a port made up.
    static func syn(_ number: Int, to port: UInt16) -> [UInt8] {
        let source = IPv4Address(rawValue: TestHost.address.rawValue + 1 + UInt32(number % 250))
        return segment(from: source, UInt16(truncatingIfNeeded: number | 1), to: port, sequence: 1, flags: .syn)
    }

    /// A segment of TCP (RFC 9293, 3.1).
    static func segment(
        from source: IPv4Address, _ ownPort: UInt16, to port: UInt16, sequence: UInt32, acknowledgement: UInt32 = 0, flags: TCPSegment.Flags,
        payload: [UInt8] = []
    ) -> [UInt8] {
        var bytes = header(ownPort, port, sequence, acknowledgement, flags) + payload
        var sum = InternetChecksum(from: source, to: TestHost.address, carrying: .tcp, length: bytes.count)
        sum.add(bytes)
        (bytes[16], bytes[17]) = (UInt8(sum.value >> 8), UInt8(sum.value & 0xff))
        return ipv4(protocol: 6, source: big(source.rawValue), payload: bytes)
    }

    /// The same over IPv6, behind a header of eight bytes (RFC 8200, 4): options that are padding, or a fragment that is all (RFC 6946).
    static func syn6(_ number: Int, to port: UInt16, _ host: IPv6Address, behind type: IPProtocol) -> [UInt8] {
        let extra: [UInt8] = type == .fragment ? [6, 0, 0, 0, 0, 0, UInt8(number >> 8 & 0xff), UInt8(number & 0xff)] : [6, 0, 1, 4, 0, 0, 0, 0]
        let source = IPv6Address(rawValue: host.rawValue + 1 + UInt128(number % 250))
        var bytes = header(UInt16(truncatingIfNeeded: number | 1), port, 1, 0, .syn)
        var sum = InternetChecksum(from: source, to: host, carrying: .tcp, length: bytes.count)
        sum.add(bytes)
        (bytes[16], bytes[17]) = (UInt8(sum.value >> 8), UInt8(sum.value & 0xff))
        let packet = IPv6Packet.bytes(from: source, to: host, carrying: type, payload: extra + bytes)
        return EthernetFrame.bytes(to: MACAddress(Self.host)!, from: MACAddress(sender)!, type: .ipv6, payload: packet)
    }

    private static func header(
        _ source: UInt16, _ destination: UInt16, _ sequence: UInt32, _ acknowledgement: UInt32, _ flags: TCPSegment.Flags
    ) -> [UInt8] {
        big(source) + big(destination) + big(sequence) + big(acknowledgement) + [0x50, flags.rawValue, 0xff, 0xff, 0, 0, 0, 0]
    }

    private static func big<T: FixedWidthInteger>(_ value: T) -> [UInt8] { withUnsafeBytes(of: value.bigEndian) { Array($0) } }

    static func datagram(_ number: Int, to port: UInt16, count: Int = 100) -> [UInt8] {
        let length = 8 + count
        let payload = [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: count)
        let header = [0x13, 0x37, UInt8(port >> 8), UInt8(port & 0xff), UInt8(length >> 8), UInt8(length & 0xff), 0, 0]
        return ipv4(protocol: 17, source: [10, 77, 0, UInt8(3 + number % 250)], payload: header + payload)
    }

    static func checksum(_ bytes: [UInt8]) -> UInt16 {
        var sum: UInt32 = 0
        for index in stride(from: 0, to: bytes.count, by: 2) {
            sum += UInt32(bytes[index]) << 8 | (index + 1 < bytes.count ? UInt32(bytes[index + 1]) : 0)
        }
        while sum > 0xffff { sum = sum & 0xffff + sum >> 16 }
        return ~UInt16(sum)
    }
}

@Suite("A host under attack", .serialized, .enabled(if: LinuxPeer.missing == nil, "a network namespace needs root and /dev/net/tun"))
struct FloodTests {
    /// Sends frames while a person uses the server, who must not notice more than that it is slow.
    private func flood(_ count: Int, isIPv6: Bool = false, _ frame: (Int) -> [UInt8]) throws -> HostCounters {
        var counters = HostCounters()
        try withServer(trouble: ImpairedCable.Trouble()) { host in
            let cable = try #require(host.impaired)
            if isIPv6 { try #require(try eventually { try host.loop.run { $0.addresses.count > 1 } }) }
            for number in 0..<count / 2 { cable.inject(frame(number)) }
            try echo(100_000, host)
            for number in count / 2..<count { cable.inject(frame(number)) }
            try echo(100_000, host)
            counters = try host.loop.run { $0.counters }
            #expect(try host.loop.run { $0.socketCount } == 2, "connections are left")
        }
        return counters
    }

    @Test("A SYN flood: half-open connections are bounded, and a person still gets one")
    func synFlood() throws {
        let counters = try flood(20_000) { Hostile.syn($0, to: 7) }
        #expect(counters.halfOpenDrops > 10_000, "\(counters)")
    }

    @Test("A SYN flood over IPv6, behind options or in fragments", arguments: [IPProtocol.destinationOptions, .hopByHopOptions, .fragment])
    func synFlood6(behind type: IPProtocol) throws {
        let address = try #require(IPv6Address("fd77::2"))
        let counters = try flood(20_000, isIPv6: true) { Hostile.syn6($0, to: 7, address, behind: type) }
        #expect(counters.halfOpenDrops > 10_000, "\(counters)")
    }

    @Test("Single bytes with gaps between them: what waits for the others is bounded, and the connection goes on")
    func outOfOrder() throws {
        try withServer(trouble: ImpairedCable.Trouble()) { host in
            let cable = try #require(host.impaired)
            let peer = IPv4Address(rawValue: TestHost.address.rawValue + 64)
            let numbers = Mutex<(sequence: UInt32, acknowledged: UInt32)?>(nil)
            try host.loop.run { stack in
                // The host's segments to that peer: where it is, and how far we are for it.
                stack.frameObserver = { bytes, isSent in
                    guard isSent, let frame = EthernetFrame(checking: bytes), frame.type == .ipv4,
                        let packet = IPv4Packet(checking: bytes.extracting(frame.payload)), packet.type == .tcp, packet.destination == peer,
                        let segment = TCPSegment(checking: packet.payload)
                    else { return }
                    let (sequence, acknowledged) = (segment.sequenceNumber, segment.acknowledgementNumber)
                    numbers.withLock { $0 = (sequence, acknowledged) }
                }
            }
            cable.inject(ARPPacket.request(for: TestHost.address, from: MACAddress(Hostile.sender)!, ip: peer).frame)
            cable.inject(Hostile.segment(from: peer, 1000, to: 7, sequence: 99, flags: .syn))
            try #require(eventually { numbers.withLock { $0 != nil } })
            let start = try #require(numbers.withLock { $0 }).sequence &+ 1
            func send(_ offset: Int, _ payload: [UInt8], _ flags: TCPSegment.Flags = .ack) {
                let sequence = 100 &+ UInt32(offset)
                cable.inject(Hostile.segment(
                    from: peer, 1000, to: 7, sequence: sequence, acknowledgement: start, flags: flags, payload: payload))
            }
            send(0, [])
            for offset in 0..<20_000 { send(1 + 2 * offset, [1]) }
            try echo(100_000, host)
            func look() throws -> (counters: HostCounters, free: Int, all: Int) {
                try host.loop.run { stack in stack.withCard { (stack.counters, $0.availablePackets, $0.packetCount) } }
            }
            let counters = try look().counters
            #expect(counters.outOfOrderDrops > 0, "\(counters)")
            // All but the rings', and the few that one connection may have; once the answers to all that are sent.
            let isWhole = try eventually(within: 2) {
                let now = try look()
                return now.free > now.all - 512 - Int(HostConfiguration.card().receiveDescriptors)
            }
            let state = try look()
            #expect(isWhole, "\(state)")
            // What was given up comes again, and with it the rest.
            send(0, [UInt8](repeating: 1, count: 1000))
            #expect(eventually { numbers.withLock { $0?.acknowledged ?? 0 } >= 1100 })
            send(1000, [], [.rst, .ack])
            #expect(try eventually { try host.loop.run { $0.socketCount == 2 } })
            try host.loop.run { $0.frameObserver = nil }
        }
    }

    @Test("A UDP flood, to a port that answers and to one that is closed")
    func udpFlood() throws {
        let counters = try flood(40_000) { Hostile.datagram($0, to: $0.isMultiple(of: 2) ? 7 : 9, count: 1000) }
        #expect(counters.receivedFrames > 10_000, "\(counters)")
    }

    @Test("Our own address as a source is dropped (RFC 1122, 3.2.1.3)")
    func ownSource() throws {
        let counters = try flood(2_000) { _ in
            Hostile.ipv4(protocol: 17, source: [10, 77, 0, 2], payload: [0, 7, 0, 7, 0, 8, 0, 0])
        }
        #expect(counters.receivedOwn == 2_000, "\(counters)")
    }

    /// Seconds of garbage: `make soak` has an hour of it.
    private static let garbageTime = getenv("RINGLIGHT_GARBAGE").flatMap { Double(String(cString: $0)) } ?? 60

    @Test("Garbage: frames with bits turned, cut short, or made of noise, for a minute or for RINGLIGHT_GARBAGE seconds")
    func garbage() throws {
        var random = SplitMix(seed: 7)
        var number = 0
        try withServer(trouble: ImpairedCable.Trouble()) { host in
            let cable = try #require(host.impaired)
            let end = Clocks.monotonic + Int64(Self.garbageTime * 1e9)
            repeat {
                for _ in 0..<20_000 {
                    cable.inject(Self.garbage(number, &random))
                    number += 1
                }
                try echo(100_000, host)
            } while Clocks.monotonic < end
            let counters = try host.loop.run { $0.counters }
            #expect(counters.receivedFrames > number / 4, "\(number) frames: \(counters)")
            #expect(try host.loop.run { $0.socketCount } == 2, "connections are left")
        }
        print("garbage: \(number) frames")
    }

    private static func garbage(_ number: Int, _ random: inout SplitMix) -> [UInt8] {
        func noise(_ most: Int) -> [UInt8] { (0..<Int.random(in: 0..<most, using: &random)).map { _ in .random(in: 0...255, using: &random) } }
        var frame: [UInt8]
        switch number % 4 {
        case 0: frame = Hostile.syn(number, to: 7)
        case 1: frame = Hostile.datagram(number, to: 7, count: Int.random(in: 0..<1400, using: &random))
        case 2: frame = Hostile.host + Hostile.sender + [0x86, 0xdd, 0x60] + noise(200)
        default: frame = Hostile.host + noise(1500)
        }
        for _ in 0..<(frame.count > 6 ? Int.random(in: 0..<8, using: &random) : 0) {
            frame[Int.random(in: 6..<frame.count, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        }
        return Array(frame.prefix(Int.random(in: frame.count / 2...frame.count, using: &random)))
    }

    /// Keeps what comes to its port, up to 1000 datagrams. The loop's.
    private final class Hoarder: UDPSocketDelegate, @unchecked Sendable {
        var kept: [ReceivedData] = []
        var socket: UDPSocket?

        func udpReceived(_ data: ReceivedData, from remote: HostEndpoint, _ socket: UDPSocket) {
            if kept.count < 1000 { kept.append(data) }
        }
        func udpFailed(_ error: HostError, _ socket: UDPSocket) { kept = [] }
    }

    @Test("While somebody keeps the card's packets, what comes is copied, and the card goes on")
    func hoard() throws {
        try withServer(trouble: ImpairedCable.Trouble(), spareBuffers: 16) { host in
            let cable = try #require(host.impaired)
            let hoarder = Hoarder()
            try host.loop.run { stack in
                hoarder.socket = try UDPSocket(stack, HostEndpoint(.anyIPv4, port: 9))
                hoarder.socket?.delegate = hoarder
            }
            defer {
                try? host.loop.run { _ in
                    hoarder.socket?.close()
                    hoarder.kept = []
                }
            }
            var number = 0
            while try host.loop.run({ _ in hoarder.kept.count }) < 1000, number < 100_000 {
                for _ in 0..<100 {
                    cable.inject(Hostile.datagram(number, to: 9))
                    number += 1
                }
            }
            let (kept, all, before) = try host.loop.run { stack in
                (hoarder.kept.count, stack.withCard { $0.packetCount }, Int(stack.counters.receiveCopies))
            }
            // It has more than the card has packets: the rest are copies.
            #expect(kept == 1000 && kept > all && before >= kept - all, "\(kept) kept of \(number), \(all) packets, \(before) copies")
            try echo(1_000_000, host)
            let counters = try host.loop.run { $0.counters }
            // A megabyte is 700 of the longest frames.
            #expect(Int(counters.receiveCopies) > before + 500, "\(counters)")
        }
    }
}
