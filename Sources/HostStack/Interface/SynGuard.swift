import CLWIP
import Frames

/// Looks at received frames before lwIP does, for what this build of it does not look at.
///
/// - A source address that is our own is nobody else's (RFC 1122, 3.2.1.3): lwIP would answer itself. But for a neighbour's
///   advertisement, which nobody answers: whoever has the address too says so with it (RFC 4862, 5.4.4).
/// - Half-open connections are bounded: lwIP keeps each for 20 seconds, however many there are (RFC 4987, 3.6: the oldest go).
struct SynGuard {
    enum Verdict { case pass, own }

    /// Half-open connections that may be.
    static let limit: UInt32 = 256
    /// Connection requests between two counts of them.
    private static let interval = 64

    private var requests = 0

    mutating func look(at frame: RawSpan, _ netif: UnsafePointer<netif>, _ counters: inout HostCounters) -> Verdict {
        guard frame.byteCount >= 34 else { return .pass }
        let transport: Int
        switch Self.big16(frame, 12) {
        case EtherType.ipv4.rawValue:
            let own = ringlight_netif_ip4(netif)
            if own != 0, UInt32(Self.big16(frame, 26)) << 16 | UInt32(Self.big16(frame, 28)) == own { return .own }
            guard Self.byte(frame, 23) == 6 else { return .pass }
            transport = 14 + Int(Self.byte(frame, 14) & 0xf) * 4
        case EtherType.ipv6.rawValue:
            guard frame.byteCount >= 54 else { return .pass }
            if Self.isOwn(frame, netif), !Self.isNeighborAdvertisement(frame) { return .own }
            // Options before TCP are rare, and of no use to who sends many.
            guard Self.byte(frame, 20) == 6 else { return .pass }
            transport = 54
        default: return .pass
        }
        guard frame.byteCount >= transport + 14, Self.byte(frame, transport + 13) & 0x12 == 0x02 else { return .pass }
        requests += 1
        if requests >= Self.interval {
            requests = 0
            counters.halfOpenDrops &+= UInt64(ringlight_trim_half_open(Self.limit))
        }
        return .pass
    }

    private static func isOwn(_ frame: RawSpan, _ netif: UnsafePointer<netif>) -> Bool {
        frame.withUnsafeBytes { ringlight_netif_has_ip6(netif, $0.baseAddress! + 22) }
    }

    /// ICMPv6's type 136 (RFC 4861, 4.4).
    private static func isNeighborAdvertisement(_ frame: RawSpan) -> Bool {
        frame.byteCount >= 55 && byte(frame, 20) == 58 && byte(frame, 54) == 136
    }

    private static func byte(_ frame: RawSpan, _ offset: Int) -> UInt8 { frame.unsafeLoad(fromByteOffset: offset, as: UInt8.self) }

    private static func big16(_ frame: RawSpan, _ offset: Int) -> UInt16 {
        frame.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self).bigEndian
    }
}
