import CLWIP
import Frames

/// The one place where answers to echo requests of an address family come in, for every socket that asks.
///
/// lwIP gives a packet to the first control block that takes it, and walks on from one that its callback may have freed: so there is one,
/// and it stays as long as the host.
@safe final class EchoPort {
    private let isIPv6: Bool
    private let pcb: UnsafeMutablePointer<raw_pcb>
    private var sockets: [EchoSocket] = []

    /// - Throws: `.wouldBlock` without memory.
    init(isIPv6: Bool) throws(HostError) {
        self.isIPv6 = isIPv6
        let type = isIPv6 ? IPADDR_TYPE_V6 : IPADDR_TYPE_V4
        let number = isIPv6 ? IP6_NEXTH_ICMP6 : IP_PROTO_ICMP
        guard let pcb = unsafe raw_new_ip_type(UInt8(type.rawValue), UInt8(number)) else { throw HostError(.wouldBlock, "ICMP socket", "no memory") }
        unsafe self.pcb = pcb
        unsafe ringlight_raw_setup(pcb, isIPv6)
        unsafe raw_recv(pcb, Self.onReceive, Unmanaged.passUnretained(self).toOpaque())
    }

    /// lwIP forgets it. Not within one of its calls.
    func close() { unsafe raw_remove(pcb) }

    func add(_ socket: EchoSocket) { sockets.append(socket) }
    func remove(_ socket: EchoSocket) { sockets.removeAll { $0 === socket } }

    func send(_ packet: UnsafeMutablePointer<pbuf>, to address: ip_addr_t) -> err_t {
        var address = address
        return unsafe raw_sendto(pcb, packet, &address)
    }

    /// - Returns: whether anybody was there for it.
    private func receive(_ packet: UnsafeMutablePointer<pbuf>, from remote: ip_addr_t) -> Bool {
        guard !sockets.isEmpty else { return false }
        // The IP header comes first; lwIP has checked it.
        let hops = unsafe pbuf_get_at(packet, isIPv6 ? 7 : 8)
        let header = unsafe isIPv6 ? 40 : UInt16(pbuf_get_at(packet, 0) & 0xf) * 4
        let type = unsafe pbuf_get_at(packet, header)
        guard type == (isIPv6 ? 129 : 0), unsafe pbuf_remove_header(packet, Int(header)) == 0 else { return false }
        let message = unsafe ReceivedData(packet)
        // A copy: whoever is told may close his own, or another one.
        let told = sockets
        for socket in told { socket.received(message, hops: hops, from: IPAddress(remote)) }
        return true
    }

    /// Answers 1 for a packet that is taken; requests are lwIP's to answer.
    private static let onReceive: raw_recv_fn = { argument, _, packet, address in
        guard let argument = unsafe argument, let packet = unsafe packet, let address = unsafe address else { return 0 }
        return unsafe Unmanaged<EchoPort>.fromOpaque(argument).takeUnretainedValue().receive(packet, from: address.pointee) ? 1 : 0
    }
}
