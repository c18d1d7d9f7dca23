import CLWIP
import E1000
import Frames

/// A host on a card: its addresses, its sockets, its frames. Used on its loop's thread only (`HostLoop.stack`).
public final class HostStack {
    let interface: HostInterface
    private var sockets: [ObjectIdentifier: any HostSocket] = [:]
    /// By whether it is IPv6's; made for the first who asks.
    private var echoPorts: [Bool: EchoPort] = [:]

    init(_ interface: HostInterface) { self.interface = interface }

    /// The card's, from its EEPROM.
    public var macAddress: MACAddress { interface.macAddress }

    // MARK: Addresses

    /// Gives the host its IPv4 address; connections of another one before are reset.
    ///
    /// `prefixLength`: bits of the network, 0 to 32.
    /// `gateway`: where everything outside it goes.
    public func setIPv4(_ address: IPv4Address, prefixLength: Int, gateway: IPv4Address? = nil) {
        precondition(0...32 ~= prefixLength)
        let mask = prefixLength == 0 ? 0 : UInt32.max << (32 - UInt32(prefixLength))
        unsafe ringlight_netif_set_ip4(interface.netif, address.rawValue, mask, gateway?.rawValue ?? 0)
    }

    /// Takes the IPv4 address away; its connections are reset.
    public func clearIPv4() { unsafe ringlight_netif_set_ip4(interface.netif, 0, 0, 0) }

    /// The link-local address (RFC 4862, 5.3), and those that routers announce (5.5); checked for duplicates before they are used.
    public func useIPv6() { unsafe ringlight_netif_use_ip6(interface.netif) }

    /// A further IPv6 address, of a network of 64 bits; checked for duplicates before it is used (`HostConfiguration.note` is told of one).
    ///
    /// - Throws: `.addressNotAvailable` when there are six already.
    public func addIPv6(_ address: IPv6Address) throws(HostError) {
        guard unsafe ringlight_netif_add_ip6(interface.netif, address.bytes) >= 0 else {
            throw HostError(.addressNotAvailable, "\(address)", "the stack has room for six IPv6 addresses")
        }
    }

    /// The addresses that can be used now.
    public var addresses: [IPAddress] {
        let v4 = unsafe ringlight_netif_ip4(interface.netif)
        var result: [IPAddress] = v4 == 0 ? [] : [.v4(IPv4Address(rawValue: v4))]
        for index in 0..<UInt32(6) {
            var bytes = [UInt8](repeating: 0, count: 16)
            var state: UInt8 = 0
            if unsafe ringlight_netif_ip6(interface.netif, index, &bytes, &state), ringlight_is_usable(state), let address = IPv6Address(bytes) {
                result.append(.v6(address))
            }
        }
        return result
    }

    // MARK: Frames and the card

    public var counters: HostCounters { interface.counters }

    /// Is shown each frame before the stack sees it, and before the card has it (`true`). Not to be kept.
    public var frameObserver: ((RawSpan, Bool) -> Void)? {
        get { interface.observer }
        set { interface.observer = newValue }
    }

    /// Has each received frame shown to somebody who speaks a protocol that the stack does not; the stack sees it too. Not to be kept.
    public func addFrameHandler(_ owner: AnyObject, _ handler: @escaping (RawSpan) -> Void) {
        interface.addHandler(owner, handler)
    }

    public func removeFrameHandler(_ owner: AnyObject) { interface.removeHandler(owner) }

    /// Sends a frame that the stack did not make: 14 to 1514 bytes, from the destination address on.
    ///
    /// - Throws: `.wouldBlock` when too much waits already.
    public func send(frame: [UInt8]) throws(HostError) { try interface.send(frame: frame) }

    /// The card itself, to be asked. Frames are the stack's business.
    public func withCard<R>(_ body: (inout Controller) throws -> R) rethrows -> R { try body(&interface.card) }

    // MARK: Sockets

    func add(_ socket: any HostSocket) { sockets[ObjectIdentifier(socket)] = socket }
    func remove(_ socket: any HostSocket) { sockets[ObjectIdentifier(socket)] = nil }

    /// Whether nobody takes what this one would take.
    func isFree(_ claim: PortClaim) -> Bool { claim.local.port == 0 || !sockets.values.contains { $0.claim?.collides(with: claim) ?? false } }

    /// - Throws: `.wouldBlock` without memory.
    func echoPort(isIPv6: Bool) throws(HostError) -> EchoPort {
        if let port = echoPorts[isIPv6] { return port }
        let port = try EchoPort(isIPv6: isIPv6)
        echoPorts[isIPv6] = port
        return port
    }

    /// Sockets that are open.
    public var socketCount: Int { sockets.count }

    /// Connections, listeners and ports, in no order.
    public var socketDescriptions: [SocketDescription] { sockets.values.map(\.summary) }

    /// Ends every socket, each of which tells its owner.
    func closeAll(_ error: HostError) {
        while let (key, socket) = sockets.first {
            sockets[key] = nil
            socket.end(error)
        }
    }

    func removeInterface() {
        for port in echoPorts.values { port.close() }
        echoPorts = [:]
        interface.remove()
    }
}

/// A socket for people.
public struct SocketDescription: Sendable {
    /// `tcp` or `udp`.
    public let kind: String
    public let local: HostEndpoint?
    public let remote: HostEndpoint?
    /// TCP's state (RFC 9293, 3.3.2); empty for UDP.
    public let state: String
}

/// What every socket can do at the end.
protocol HostSocket: AnyObject {
    var summary: SocketDescription { get }
    /// Of one that takes whatever comes to its port; `nil`: it does not.
    var claim: PortClaim? { get }
    /// Ends it at once, and tells its owner why.
    func end(_ error: HostError)
}

extension HostSocket {
    var claim: PortClaim? { nil }
}
