import E1000
import E1000Model
import Frames
import Glibc
import HostServices
import HostStack
import NIOConcurrencyHelpers
import NIOCore
import RinglightNIO

/// A host on a simulated card, which frames are thrown at; a new one now and then, when the old one must have all its packets.
final class VictimHost {
    static let address = IPv4Address("10.77.0.2")!
    /// Of the simulated card's address.
    static let addressV6 = IPv6Address("fe80::5054:ff:fe12:3456")!
    private static let inputsEach = 10_000
    private nonisolated(unsafe) static var current: VictimHost?

    private let group: HostEventLoopGroup
    private let loop: HostLoop
    private let children = NIOLockedValueBox<[any Channel]>([])
    /// The cable's two ends.
    private let (near, far): (Int32, Int32)
    private var inputs = 0
    let macAddress: MACAddress

    static func running() -> VictimHost {
        if let current, current.inputs < inputsEach { return current }
        current?.close()
        let new = VictimHost()
        current = new
        return new
    }

    private init() {
        var pair: [Int32] = [0, 0]
        require(socketpair(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0, &pair) == 0, "a pair of sockets")
        (near, far) = (pair[0], pair[1])
        do {
            let far = far
            var configuration = HostConfiguration()
            configuration.idleTime = 0
            loop = try HostLoop(configuration) {
                let sim = SimDevice()
                sim.wire = far
                return try Controller(sim.device(), configuration: HostConfiguration.card())
            }
            macAddress = loop.macAddress
            group = HostEventLoopGroup(loop)
            try loop.run { stack in
                stack.setIPv4(Self.address, prefixLength: 24)
                stack.useIPv6()
            }
            try serve()
            try waitForIPv6()
        } catch {
            fatalError("\(error)")
        }
    }

    /// Two seconds, until nobody else has the address: IPv6's inputs would be nobody's before.
    private func waitForIPv6() throws {
        for _ in 0..<2_000 {
            if try loop.run({ $0.addresses.contains(.v6(Self.addressV6)) }) { return }
            usleep(5_000)
        }
        fatalError("the host has no IPv6 address")
    }

    private func serve() throws {
        let children = children
        func server(_ port: Int, _ add: @escaping @Sendable (any Channel) throws -> Void) throws {
            _ = try HostServerBootstrap(group: group)
                // Connections of the host before this one may linger in the stack.
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelOption(.allowRemoteHalfClosure, value: true)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        children.withLockedValue { $0.append(channel) }
                        try add(channel)
                    }
                }
                .bind(host: "::", port: port).wait()
        }
        try server(7) { try $0.pipeline.syncOperations.addHandler(EchoHandler()) }
        try server(80) { try $0.pipeline.syncOperations.addFileServer(Site.root, Site.configuration) }
        _ = try HostDatagramBootstrap(group: group)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(DatagramEchoHandler()) }
            }
            .bind(host: "::", port: 7).wait()
    }

    /// The host knows where we are.
    func begin() {
        inputs += 1
        put(ARPPacket.request(for: Self.address, from: StackScript.mac, ip: StackScript.address).frame)
        let question = ICMPv6Message.bytes(
            .neighborSolicitation, from: StackScript.addressV6, to: Self.addressV6, fields: [0, 0, 0, 0] + Self.addressV6.bytes,
            payload: [1, 1] + StackScript.mac.bytes)
        let packet = IPv6Packet.bytes(from: StackScript.addressV6, to: Self.addressV6, carrying: .icmpv6, hopLimit: 255, payload: question)
        put(EthernetFrame.bytes(to: macAddress, from: StackScript.mac, type: .ipv6, payload: packet))
        _ = answers()
    }

    func put(_ frame: [UInt8]) { _ = Glibc.write(near, frame, frame.count) }

    /// What the host has sent since, when it has dealt with what came.
    func answers() -> [[UInt8]] {
        // Its turn may have begun before the frame was there; the next one has seen it, and what follows from it.
        for _ in 0..<3 {
            do { try loop.run { _ in } } catch { fatalError("the host ended: \(loop.wait().error.map { "\($0)" } ?? "")") }
        }
        var frames: [[UInt8]] = []
        var buffer = [UInt8](repeating: 0, count: 2048)
        while true {
            let count = read(near, &buffer, buffer.count)
            guard count > 0 else { return frames }
            frames.append(Array(buffer.prefix(count)))
        }
    }

    /// Every connection goes, so that the next input finds the host as this one did.
    func finish() {
        do {
            try loop.run { [children] _ in
                for channel in children.withLockedValue({ $0 }) {
                    // By a reset: nothing of it is left.
                    let options = channel as? any SocketOptionProvider
                    options?.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenComplete { _ in channel.close(promise: nil) }
                }
                children.withLockedValue { $0.removeAll() }
            }
            _ = answers()
            let left = try loop.run { $0.socketDescriptions }
            require(left.count == 3, "\(left)")
        } catch {
            fatalError("\(error)")
        }
    }

    private func close() {
        try? group.syncShutdownGracefully()
        let end = loop.wait()
        require(end.error == nil && end.missingPackets == 0, "\(end)")
        Glibc.close(near)
        Glibc.close(far)
    }
}
