import Frames
import TestSupport
import HostClients

/// A client, its time, and a server's messages.
struct DHCPScene {
    static let mac = MACAddress(rawValue: 0x5254_0012_3456)
    static let address = IPv4Address("10.0.2.15")!
    static let server = IPv4Address("10.0.2.2")!
    static let second: Int64 = 1_000_000_000

    var client: DHCPClient
    /// Some time after the machine's start.
    var now: Int64 = 1_000 * second
    /// All that has been sent, and when.
    var sent: [(time: Int64, message: Sent, destination: DHCPClient.Destination)] = []

    /// A message of the client's, read.
    struct Sent: Equatable {
        var kind: DHCPMessage.Kind?
        var transaction: UInt32
        var seconds: UInt16
        var wantsBroadcast: Bool
        var clientAddress: IPv4Address
        var requested: [UInt8]?
        var server: [UInt8]?
        var identifier: [UInt8]?
        var hostName: [UInt8]?
        var hasParameterList: Bool
        var length: Int
    }

    init(seed: UInt64 = 1, _ change: (inout DHCPClient.Configuration) -> Void = { _ in }) {
        var configuration = DHCPClient.Configuration(hardwareAddress: Self.mac)
        change(&configuration)
        client = DHCPClient(configuration, random: SplitMix(seed: seed))
    }

    /// Hands in an event now.
    @discardableResult
    mutating func handle(_ event: DHCPClient.Event) -> [DHCPClient.Action] {
        let actions = client.handle(event, at: now)
        for case .send(let bytes, let destination) in actions {
            guard let message = DHCPMessage(checking: bytes.span.bytes) else { continue }
            sent.append(
                (
                    now,
                    Sent(
                        kind: message.kind, transaction: message.transaction, seconds: message.seconds, wantsBroadcast: message.wantsBroadcast,
                        clientAddress: message.clientAddress, requested: message.value(.requestedAddress), server: message.value(.serverIdentifier),
                        identifier: message.value(.clientIdentifier), hostName: message.value(.hostName),
                        hasParameterList: message.value(.parameterRequestList) != nil, length: bytes.count), destination
                ))
        }
        return actions
    }

    /// Lets the time go on to the next deadline; its actions.
    @discardableResult
    mutating func pass() -> [DHCPClient.Action] {
        now = max(now, client.nextDeadline ?? now)
        return handle(.timer)
    }

    /// Lets the time go on until the client is in a state, but not for ever; the last actions.
    @discardableResult
    mutating func pass(until state: DHCPClient.State) -> [DHCPClient.Action] {
        var last: [DHCPClient.Action] = []
        for _ in 0..<1_000 where client.state != state { last = pass() }
        return last
    }

    var transaction: UInt32 { sent.last?.message.transaction ?? 0 }

    /// A reply that makes sense, changed.
    func reply(_ kind: DHCPMessage.Kind, lease: UInt32? = 3600, _ change: (inout DHCPMessageBuilder) -> Void = { _ in }) -> [UInt8] {
        var message = DHCPMessageBuilder(kind, transaction: transaction, hardwareAddress: Self.mac)
        if kind != .nak {
            message.yourAddress = Self.address
            message.add(.subnetMask, IPv4Address(rawValue: 0xffff_ff00))
            message.add(.router, Self.server)
            message.add(.domainNameServer, IPv4Address("10.0.2.3")!)
            if let lease { message.add(.leaseTime, number: lease) }
        }
        message.add(.serverIdentifier, Self.server)
        change(&message)
        return message.bytes
    }

    /// To BOUND.
    mutating func bind(lease: UInt32? = 3600, _ change: (inout DHCPMessageBuilder) -> Void = { _ in }) {
        handle(.start)
        handle(.received(reply(.offer, lease: lease, change)))
        handle(.received(reply(.ack, lease: lease, change)))
        handle(.isFree(Self.address))
    }
}
