import CLWIP
import Frames

/// Who owns an echo socket is told of each answer, on the loop's thread.
public protocol EchoSocketDelegate: AnyObject {
    /// `message`: ICMP's, from its type on, with a good checksum.
    /// `hops`: its remaining hops (TTL).
    func echoReceived(_ message: ReceivedData, hops: UInt8, from remote: IPAddress, _ socket: EchoSocket)
    func echoFailed(_ error: HostError, _ socket: EchoSocket)
}

/// ICMP echo, IPv4 (RFC 792) or IPv6 (RFC 4443, 4): requests out, and every answer in.
public final class EchoSocket: HostSocket {
    /// Kept until it is closed.
    public var delegate: (any EchoSocketDelegate)?
    private let stack: HostStack
    private let isIPv6: Bool
    private var pcb: UnsafeMutablePointer<raw_pcb>?

    /// - Throws: `.wouldBlock` without memory.
    public init(_ stack: HostStack, isIPv6: Bool) throws(HostError) {
        (self.stack, self.isIPv6) = (stack, isIPv6)
        let type = isIPv6 ? IPADDR_TYPE_V6 : IPADDR_TYPE_V4
        let number = isIPv6 ? IP6_NEXTH_ICMP6 : IP_PROTO_ICMP
        guard let pcb = raw_new_ip_type(UInt8(type.rawValue), UInt8(number)) else { throw HostError(.wouldBlock, "ICMP socket", "no memory") }
        self.pcb = pcb
        ringlight_raw_setup(pcb, isIPv6)
        raw_recv(pcb, Self.onReceive, Unmanaged.passUnretained(self).toOpaque())
        stack.add(self)
    }

    /// Sends a request.
    ///
    /// `message`: from its type on; ICMPv6's checksum is filled in, ICMP's is not.
    /// - Throws: `.unreachable`, `.wouldBlock`, `.tooLong` above 65,515 bytes.
    public func send(_ message: [UInt8], to remote: IPAddress) throws(HostError) {
        guard let pcb else { throw HostError(.notConnected, "ICMP socket", "it is closed") }
        guard message.count <= 65_515 else { throw HostError(.tooLong, "ICMP message", "\(message.count) bytes; at most 65515 can be sent") }
        guard let packet = pbuf_alloc(PBUF_IP, UInt16(message.count), PBUF_RAM) else {
            throw HostError(.wouldBlock, "ICMP message", "no memory")
        }
        defer { pbuf_free(packet) }
        _ = message.withUnsafeBytes { pbuf_take(packet, $0.baseAddress, UInt16($0.count)) }
        var address = remote.lwip(on: stack.interface.netif)
        try check(raw_sendto(pcb, packet, &address), "\(remote)")
    }

    public func close() {
        guard let pcb else { return }
        self.pcb = nil
        delegate = nil
        raw_remove(pcb)
        stack.remove(self)
    }

    func end(_ error: HostError) {
        let delegate = delegate
        close()
        delegate?.echoFailed(error, self)
    }

    var summary: SocketDescription { SocketDescription(kind: "icmp", local: nil, remote: nil, state: "") }

    /// Answers 1 for a packet that is taken; requests are lwIP's to answer.
    private static let onReceive: raw_recv_fn = { argument, _, packet, address in
        guard let argument, let packet, let address else { return 0 }
        let socket = Unmanaged<EchoSocket>.fromOpaque(argument).takeUnretainedValue()
        // The IP header comes first; lwIP has checked it.
        let hops = pbuf_get_at(packet, socket.isIPv6 ? 7 : 8)
        let header = socket.isIPv6 ? 40 : UInt16(pbuf_get_at(packet, 0) & 0xf) * 4
        let type = pbuf_get_at(packet, header)
        guard type == (socket.isIPv6 ? 129 : 0), pbuf_remove_header(packet, Int(header)) == 0 else { return 0 }
        socket.delegate?.echoReceived(ReceivedData(packet), hops: hops, from: IPAddress(address.pointee), socket)
        return 1
    }
}
