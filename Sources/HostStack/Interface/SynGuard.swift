import CLWIP
import Frames

/// Looks at received frames before lwIP does, for what this build of it does not look at.
///
/// - A source address that is our own is nobody else's (RFC 1122, 3.2.1.3): lwIP would answer itself. But for a neighbour's
///   advertisement, which nobody answers: whoever has the address too says so with it (RFC 4862, 5.4.4).
/// - Half-open connections are bounded: lwIP keeps each for 20 seconds, however many there are (RFC 4987, 3.6: the oldest go).
/// - So are segments out of order, which lwIP keeps however many there are.
struct SynGuard {
    enum Verdict { case pass, own }

    /// Half-open connections that may be.
    static let halfOpenLimit: UInt32 = 256
    /// Segments out of order that a connection may have: a window of such as every host sends (RFC 9293, 3.7.1: 536 bytes).
    static let outOfOrderLimit: UInt32 = 128
    /// Connection requests between two counts of them.
    private static let interval = 64

    private var requests = 0

    mutating func look(at frame: RawSpan, _ netif: UnsafePointer<netif>, _ counters: inout HostCounters) -> Verdict {
        guard frame.byteCount >= 34 else { return .pass }
        let transport: Int
        switch Self.big16(frame, 12) {
        case EtherType.ipv4.rawValue:
            let own = unsafe ringlight_netif_ip4(netif)
            if own != 0, UInt32(Self.big16(frame, 26)) << 16 | UInt32(Self.big16(frame, 28)) == own { return .own }
            guard Self.byte(frame, 23) == 6 else { return .pass }
            // The flags are in the first fragment, or lwIP takes none of it.
            transport = 14 + Int(Self.byte(frame, 14) & 0xf) * 4
        case EtherType.ipv6.rawValue:
            guard frame.byteCount >= 54 else { return .pass }
            if unsafe Self.isOwn(frame, netif), !Self.isNeighborAdvertisement(frame) { return .own }
            switch Self.byte(frame, 20) {
            case 6: transport = 54
            // Anything may come behind options, a route, or in fragments (RFC 8200, 4): rare, but for who wants to be overlooked.
            case 0, 43, 44, 60: return count(&counters)
            default: return .pass
            }
        default: return .pass
        }
        guard frame.byteCount >= transport + 14, Self.byte(frame, transport + 13) & 0x12 == 0x02 else { return .pass }
        return count(&counters)
    }

    /// What is or may be a request for a connection.
    private mutating func count(_ counters: inout HostCounters) -> Verdict {
        requests += 1
        if requests >= Self.interval {
            requests = 0
            Self.trimHalfOpen(&counters)
        }
        return .pass
    }

    static func trimHalfOpen(_ counters: inout HostCounters) {
        counters.halfOpenDrops &+= UInt64(ringlight_trim_half_open(halfOpenLimit))
    }

    /// Not while lwIP or the card is at work: their packets come home.
    static func trimOutOfOrder() -> UInt64 { UInt64(ringlight_trim_out_of_order(outOfOrderLimit)) }

    private static func isOwn(_ frame: RawSpan, _ netif: UnsafePointer<netif>) -> Bool {
        unsafe frame.withUnsafeBytes { unsafe ringlight_netif_has_ip6(netif, $0.baseAddress! + 22) }
    }

    /// ICMPv6's type 136 (RFC 4861, 4.4).
    private static func isNeighborAdvertisement(_ frame: RawSpan) -> Bool {
        frame.byteCount >= 55 && byte(frame, 20) == 58 && byte(frame, 54) == 136
    }

    private static func byte(_ frame: RawSpan, _ offset: Int) -> UInt8 { unsafe frame.unsafeLoad(fromByteOffset: offset, as: UInt8.self) }

    private static func big16(_ frame: RawSpan, _ offset: Int) -> UInt16 {
        unsafe frame.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self).bigEndian
    }
}
