import CLWIP
import CLWIPMemory

/// What was found out of Debian's build of lwIP 2.1.3, and is asked again at start, because a library can be replaced and its
/// headers cannot tell:
///
/// - a TCP window and a send buffer of 65,535 bytes (TCP_WND, TCP_SND_BUF), window scaling by 1, no timestamps, no SACK;
/// - memory of packets and of control blocks by `mem_malloc`, which is this program's (CLWIPMemory), without a bound on connections;
/// - no backlog of a listener (TCP_LISTEN_BACKLOG 0), so that half-open connections are bounded here (`SynGuard`);
/// - checksums always by software, both ways: no control for each interface (LWIP_CHECKSUM_CTRL_PER_NETIF 0);
/// - one buffer a frame (LWIP_NETIF_TX_SINGLE_PBUF 1): `tcp_write` copies, into memory that is the card's;
/// - 10 entries each in the tables of ARP, of neighbours and of destinations, 6 IPv6 addresses, fragments of 10 packets at once;
/// - packets for others are forwarded from one interface to another (IP_FORWARD 1, LWIP_IPV6_FORWARD 1), never back onto the one
///   that they came by: a host has one;
/// - no DHCP, no DNS, no SNMP; initial sequence numbers and ports from `rand`.
enum BuildFacts {
    /// - Returns: what is not as expected, or `nil`.
    static func check() -> HostError? {
        for (name, library, headers) in [
            ("a TCP control block", ringlight_library_tcp_pcb_size(), ringlight_tcp_pcb_size()),
            ("a UDP control block", ringlight_library_udp_pcb_size(), ringlight_udp_pcb_size()),
        ] where library != headers {
            return mismatch("\(name) has \(library) bytes, not \(headers)")
        }
        guard let pcb = unsafe tcp_new() else { return mismatch("it makes no connection") }
        defer { unsafe tcp_abort(pcb) }
        guard unsafe pcb.pointee.rcv_wnd == 65_535, unsafe pcb.pointee.snd_buf == 65_535 else {
            return mismatch(unsafe "its windows are \(pcb.pointee.rcv_wnd) and \(pcb.pointee.snd_buf) bytes, not 65535")
        }
        let before = ringlight_lwip_allocations()
        guard let packet = unsafe pbuf_alloc(PBUF_RAW, 1514, PBUF_RAM) else { return mismatch("it makes no packet") }
        defer { unsafe pbuf_free(packet) }
        guard ringlight_lwip_allocations() == before + 1 else { return mismatch("it does not take its memory where this program gives it") }
        guard unsafe packet.pointee.next == nil, unsafe packet.pointee.len == 1514 else { return mismatch("a frame takes several buffers") }
        return nil
    }

    private static func mismatch(_ why: String) -> HostError {
        HostError(.invalid, "lwIP", "\(why); install liblwip0 2.1.3, for which this program was built")
    }
}
