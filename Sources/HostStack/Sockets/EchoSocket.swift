import CLWIP
import Frames

/// Who owns an echo socket is told of each answer, on the loop's thread.
public protocol EchoSocketDelegate: AnyObject {
    /// An answer to anybody's request on this host: whose, its identifier says.
    ///
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
    /// `nil`: closed.
    private var port: EchoPort?

    /// - Throws: `.wouldBlock` without memory.
    public init(_ stack: HostStack, isIPv6: Bool) throws(HostError) {
        self.stack = stack
        let port = try stack.echoPort(isIPv6: isIPv6)
        self.port = port
        port.add(self)
        stack.add(self)
    }

    /// Sends a request.
    ///
    /// `message`: from its type on; ICMPv6's checksum is filled in, ICMP's is not.
    /// - Throws: `.unreachable`, `.wouldBlock`, `.tooLong` above 65,515 bytes.
    public func send(_ message: [UInt8], to remote: IPAddress) throws(HostError) {
        guard let port else { throw HostError(.notConnected, "ICMP socket", "it is closed") }
        guard message.count <= 65_515 else { throw HostError(.tooLong, "ICMP message", "\(message.count) bytes; at most 65515 can be sent") }
        guard let packet = unsafe pbuf_alloc(PBUF_IP, UInt16(message.count), PBUF_RAM) else {
            throw HostError(.wouldBlock, "ICMP message", "no memory")
        }
        defer { unsafe pbuf_free(packet) }
        _ = unsafe message.withUnsafeBytes { unsafe pbuf_take(packet, $0.baseAddress, UInt16($0.count)) }
        try unsafe check(port.send(packet, to: remote.lwip(on: stack.interface.netif)), "\(remote)")
    }

    /// Nothing is told from now on, also within the delegate's own call.
    public func close() {
        guard let port else { return }
        self.port = nil
        delegate = nil
        port.remove(self)
        stack.remove(self)
    }

    func end(_ error: HostError) {
        let delegate = delegate
        close()
        delegate?.echoFailed(error, self)
    }

    var summary: SocketDescription { SocketDescription(kind: "icmp", local: nil, remote: nil, state: "") }

    func received(_ message: ReceivedData, hops: UInt8, from remote: IPAddress) { delegate?.echoReceived(message, hops: hops, from: remote, self) }
}
