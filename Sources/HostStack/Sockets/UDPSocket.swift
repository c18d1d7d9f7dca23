import CLWIP
import Frames

/// Who owns a UDP port is told what comes, on the loop's thread.
public protocol UDPSocketDelegate: AnyObject {
    func udpReceived(_ data: ReceivedData, from remote: HostEndpoint, _ socket: UDPSocket)
    /// The socket is no more: the loop ends.
    func udpFailed(_ error: HostError, _ socket: UDPSocket)
}

/// A UDP port (RFC 768).
@safe public final class UDPSocket: HostSocket {
    /// Bytes of the longest datagram: what IPv4 can carry (RFC 768, RFC 791), in fragments.
    public static let longest = 65_507

    /// Kept until it is closed.
    public var delegate: (any UDPSocketDelegate)?
    private let stack: HostStack
    private var pcb: UnsafeMutablePointer<udp_pcb>?
    private let reuseAddress: Bool
    private let isIPv6Only: Bool
    private var groups: Set<IPAddress> = []

    /// `local`: any IPv6 address (`::`) takes IPv4 as well, unless `isIPv6Only`; port 0: the stack chooses.
    /// - Throws: `.addressInUse`.
    public init(
        _ stack: HostStack, _ local: HostEndpoint, reuseAddress: Bool = false, isIPv6Only: Bool = false
    ) throws(HostError) {
        (self.stack, self.reuseAddress, self.isIPv6Only) = (stack, reuseAddress, isIPv6Only)
        guard stack.isFree(PortClaim(kind: .datagrams, local: local, isIPv6Only: isIPv6Only, reuses: reuseAddress)) else {
            throw HostError(.addressInUse, "\(local)", "another socket has it")
        }
        let (type, bound) = unsafe local.address.binding(on: stack.interface.netif, isDual: !isIPv6Only)
        guard let pcb = unsafe udp_new_ip_type(type) else { throw HostError(.wouldBlock, "UDP socket", "no memory") }
        // Who may share a port is decided above: lwIP takes any address of IPv6 for one of IPv4 too.
        unsafe ringlight_set_udp_option(pcb, UInt8(SOF_REUSEADDR), true)
        unsafe ringlight_set_multicast_hops(pcb, 1)
        var address = bound
        let status = unsafe udp_bind(pcb, &address, local.port)
        guard status == err_t(ERR_OK.rawValue) else {
            unsafe udp_remove(pcb)
            throw HostError(status, "\(local)")
        }
        unsafe self.pcb = pcb
        unsafe udp_recv(pcb, Self.onReceive, Unmanaged.passUnretained(self).toOpaque())
        stack.add(self)
    }

    /// From now on only this peer is heard, and sent to by default.
    public func connect(to remote: HostEndpoint) throws(HostError) {
        let pcb = try unsafe open()
        var address = unsafe remote.address.lwip(on: stack.interface.netif)
        try unsafe check(udp_connect(pcb, &address, remote.port), "\(remote)")
    }

    /// Sends a datagram.
    ///
    /// `remote`: `nil`: the peer of `connect`.
    /// - Throws: `.tooLong`, `.unreachable`, `.wouldBlock` when there is no memory or too much waits for the card.
    public func send(_ bytes: UnsafeRawBufferPointer, to remote: HostEndpoint? = nil) throws(HostError) {
        let pcb = try unsafe open()
        guard bytes.count <= Self.longest else {
            throw HostError(.tooLong, "UDP datagram", "\(bytes.count) bytes; at most \(Self.longest) can be sent")
        }
        guard let packet = unsafe pbuf_alloc(PBUF_TRANSPORT, UInt16(bytes.count), PBUF_RAM) else {
            throw HostError(.wouldBlock, "UDP datagram", "no memory")
        }
        defer { unsafe pbuf_free(packet) }
        if unsafe !bytes.isEmpty { unsafe pbuf_take(packet, bytes.baseAddress, UInt16(bytes.count)) }
        guard let remote else { return try unsafe check(udp_send(pcb, packet), "UDP datagram") }
        guard !isIPv6Only || remote.address.isIPv6 else { throw HostError(.unreachable, "\(remote)", "the socket is of IPv6 alone") }
        var address = unsafe remote.address.lwip(on: stack.interface.netif)
        try unsafe check(udp_sendto(pcb, packet, &address, remote.port), "\(remote)")
    }

    // MARK: Groups

    /// Hears what is sent to a group (RFC 1112, RFC 4291 2.7) as well, at this socket's port, if it has no address of its own.
    ///
    /// As on Linux (ip(7), IP_MULTICAST_ALL), a group that one socket is in is heard by every socket of that port.
    /// - Throws: `.addressInUse` when it is in it already, `.invalid` for what is no group, `.wouldBlock` without memory.
    public func join(_ group: IPAddress) throws(HostError) {
        _ = try unsafe open()
        guard group.isMulticast else { throw HostError(.invalid, "\(group)", "it is not a multicast address") }
        guard !groups.contains(group) else { throw HostError(.addressInUse, "\(group)", "the socket is in this group already") }
        var address = unsafe group.lwip(on: stack.interface.netif)
        try unsafe check(ringlight_join_group(stack.interface.netif, &address), "\(group)")
        groups.insert(group)
    }

    /// Leaves a group; a close leaves all.
    ///
    /// - Throws: `.addressNotAvailable` when it is not in it.
    public func leave(_ group: IPAddress) throws(HostError) {
        guard groups.remove(group) != nil else { throw HostError(.addressNotAvailable, "\(group)", "the socket is not in this group") }
        var address = unsafe group.lwip(on: stack.interface.netif)
        try unsafe check(ringlight_leave_group(stack.interface.netif, &address), "\(group)")
    }

    /// The time to live of what is sent to a group: 0 to 255; at first 1: no router passes it on (RFC 1112, 6.1).
    public var multicastHops: UInt8 {
        get { unsafe pcb.map { unsafe $0.pointee.mcast_ttl } ?? 1 }
        set { if let pcb = unsafe pcb { unsafe ringlight_set_multicast_hops(pcb, newValue) } }
    }

    public func close() {
        guard let pcb = unsafe pcb else { return }
        for group in groups { try? leave(group) }
        unsafe self.pcb = nil
        delegate = nil
        unsafe udp_remove(pcb)
        stack.remove(self)
    }

    func end(_ error: HostError) {
        let delegate = delegate
        close()
        delegate?.udpFailed(error, self)
    }

    private func open() throws(HostError) -> UnsafeMutablePointer<udp_pcb> {
        guard let pcb = unsafe pcb else { throw HostError(.notConnected, "UDP socket", "it is closed") }
        return unsafe pcb
    }

    public var localEndpoint: HostEndpoint? {
        unsafe pcb.map { unsafe HostEndpoint(IPAddress($0.pointee.local_ip), port: $0.pointee.local_port) }
    }
    public var remoteEndpoint: HostEndpoint? {
        unsafe pcb.flatMap { unsafe $0.pointee.remote_port == 0 ? nil : HostEndpoint(IPAddress($0.pointee.remote_ip), port: $0.pointee.remote_port) }
    }

    var claim: PortClaim? {
        localEndpoint.map { PortClaim(kind: .datagrams, local: $0, isIPv6Only: isIPv6Only, reuses: reuseAddress) }
    }

    var summary: SocketDescription { SocketDescription(kind: "udp", local: localEndpoint, remote: remoteEndpoint, state: "") }

    private static let onReceive: udp_recv_fn = { argument, _, packet, address, port in
        guard let packet = unsafe packet else { return }
        // Owned from here on.
        let data = unsafe ReceivedData(packet)
        guard let argument = unsafe argument, let address = unsafe address else { return }
        let socket = unsafe Unmanaged<UDPSocket>.fromOpaque(argument).takeUnretainedValue()
        unsafe socket.delegate?.udpReceived(data, from: HostEndpoint(IPAddress(address.pointee), port: port), socket)
    }
}
