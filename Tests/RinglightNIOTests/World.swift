import E1000
import E1000Model
import Frames
import Glibc
import HostStack
import NIOCore
import NIOPosix
import RinglightNIO
import TestSupport
import Testing

/// Whose channels are tested: SwiftNIO's on the kernel's sockets, or ours.
enum Side: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case posix, host

    /// Both. Where this machine cannot have ours, each of its cases is skipped, and says why (`World`).
    static let here = allCases
    var testDescription: String { self == .posix ? "the kernel's" : "the card's" }
}

extension Trait where Self == ConditionTrait {
    /// Of the card's side only.
    static var needsCard: Self { .enabled(if: LinuxPeer.missing == nil, Comment(rawValue: LinuxPeer.missing ?? "")) }
}

/// Ends a test that cannot be on this machine.
private func skipWithoutCard() throws {
    guard let reason = LinuxPeer.missing else { return }
    // Swift 6.3 counts the test as passed, and says nothing.
    print("skipped: the card's side of '\(Test.current?.displayName ?? "")': \(reason)")
    // A line of its own, among those of the tests.
    fflush(nil)
    #if compiler(>=6.3)
        try Test.cancel("\(reason)")
    #else
        throw TimedOut(description: "cannot be tested here: \(reason)")
    #endif
}

/// A network with a side that is tested and a peer that is SwiftNIO on Linux.
final class World {
    let side: Side
    /// Of the side that is tested.
    let address: String
    let peerAddress: String
    let group: any EventLoopGroup
    let peerGroup: MultiThreadedEventLoopGroup
    let linux: LinuxPeer?
    let host: HostLoop?

    init(_ side: Side, isIPv6: Bool = false) throws {
        self.side = side
        switch side {
        case .posix:
            address = isIPv6 ? "::1" : "127.0.0.1"
            peerAddress = address
            (linux, host) = (nil, nil)
            group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
            peerGroup = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        case .host:
            try skipWithoutCard()
            (address, peerAddress) = isIPv6 ? ("fd77::2", "fd77::1") : ("10.77.0.2", "10.77.0.1")
            let linux = try LinuxPeer(addresses: ["10.77.0.1/24", "fd77::1/64"])
            let cable = linux.cable
            let host = try HostLoop {
                let sim = SimDevice()
                sim.wire = cable
                return try Controller(sim.device(), configuration: HostConfiguration.card())
            }
            try host.run { stack in
                stack.setIPv4(IPv4Address("10.77.0.2")!, prefixLength: 24)
                if isIPv6 { try stack.addIPv6(IPv6Address("fd77::2")!) }
            }
            let own = HostEventLoopGroup(host)
            if isIPv6 { try Self.waitForIPv6(own.eventLoop) }
            group = own
            // Threads that are started in the network stay in it.
            peerGroup = try linux.run { MultiThreadedEventLoopGroup(numberOfThreads: 1) }
            (self.linux, self.host) = (linux, host)
        }
    }

    /// Duplicates are looked for first.
    private static func waitForIPv6(_ loop: HostEventLoop) throws {
        let found = loop.makePromise(of: Void.self)
        loop.scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(5)) { task in
            guard loop.host.stack.addresses.contains(where: { $0.isIPv6 }) else { return }
            task.cancel()
            found.succeed()
        }
        try found.futureResult.result()
    }

    /// Ends everything. Nothing may be missing.
    func close(sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(throws: Never.self, sourceLocation: sourceLocation) { try peerGroup.syncShutdownGracefully() }
        #expect(throws: Never.self, sourceLocation: sourceLocation) { try group.syncShutdownGracefully() }
        if let end = host?.wait() { #expect(end.missingPackets == 0, sourceLocation: sourceLocation) }
        linux?.close()
    }

    var loop: any EventLoop { group.next() }

    /// The IPv4 address of the side that is tested, which it has beside IPv6's.
    func ipv4(port: Int) throws -> SocketAddress { try SocketAddress(ipAddress: side == .posix ? "127.0.0.1" : "10.77.0.2", port: port) }

    // MARK: What is tested

    func server() -> any ServerMaking { side == .posix ? ServerBootstrap(group: group) : HostServerBootstrap(group: group) }
    func client() -> any ClientMaking { side == .posix ? ClientBootstrap(group: group) : HostClientBootstrap(group: group) }
    func datagram() -> any DatagramMaking { side == .posix ? DatagramBootstrap(group: group) : HostDatagramBootstrap(group: group) }

    // MARK: Its peer

    func peerServer() -> PeerServer {
        PeerServer(bootstrap: ServerBootstrap(group: peerGroup).serverChannelOption(.socketOption(.so_reuseaddr), value: 1), linux: linux)
    }
    func peerClient() -> PeerClient { PeerClient(bootstrap: ClientBootstrap(group: peerGroup), linux: linux) }
    func peerDatagram() -> PeerDatagram { PeerDatagram(bootstrap: DatagramBootstrap(group: peerGroup), linux: linux) }
}

/// Makes a world, and ends it.
func withWorld(_ side: Side, isIPv6: Bool = false, sourceLocation: SourceLocation = #_sourceLocation, _ body: (World) throws -> Void) throws {
    let world = try World(side, isIPv6: isIPv6)
    defer { world.close(sourceLocation: sourceLocation) }
    try body(world)
}

/// What both server bootstraps have.
protocol ServerMaking {
    func serverChannelInitializer(_ initializer: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>) -> Self
    func childChannelInitializer(_ initializer: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>) -> Self
    func serverChannelOption<Option: ChannelOption>(_ option: Option, value: Option.Value) -> Self
    func childChannelOption<Option: ChannelOption>(_ option: Option, value: Option.Value) -> Self
    func bind(host: String, port: Int) -> EventLoopFuture<any Channel>
    func bind<Output: Sendable>(
        to address: SocketAddress, serverBackPressureStrategy: NIOAsyncSequenceProducerBackPressureStrategies.HighLowWatermark?,
        childChannelInitializer: @escaping @Sendable (any Channel) -> EventLoopFuture<Output>
    ) async throws -> NIOAsyncChannel<Output, Never>
}
extension ServerBootstrap: ServerMaking {}
extension HostServerBootstrap: ServerMaking {}

/// What all client bootstraps have.
protocol Connecting {
    func channelInitializer(_ handler: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>) -> Self
    func connect(to address: SocketAddress) -> EventLoopFuture<any Channel>
}

/// What both client bootstraps have.
protocol ClientMaking: NIOClientTCPBootstrapProtocol, Connecting {
    func bind(to address: SocketAddress) -> Self
    func connect<Output: Sendable>(
        to address: SocketAddress, channelInitializer: @escaping @Sendable (any Channel) -> EventLoopFuture<Output>
    ) async throws -> Output
}
extension ClientBootstrap: ClientMaking {}
extension HostClientBootstrap: ClientMaking {}

/// What both datagram bootstraps have.
protocol DatagramMaking {
    func channelInitializer(_ handler: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>) -> Self
    func channelOption<Option: ChannelOption>(_ option: Option, value: Option.Value) -> Self
    func bind(host: String, port: Int) -> EventLoopFuture<any Channel>
    func connect(to address: SocketAddress) -> EventLoopFuture<any Channel>
}
extension DatagramBootstrap: DatagramMaking {}
extension HostDatagramBootstrap: DatagramMaking {}
