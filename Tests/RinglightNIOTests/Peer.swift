import NIOCore
import NIOPosix
import TestSupport

// SwiftNIO on Linux as a peer: a socket is of the network of the thread that makes it, so each is made on Linux's.

/// Makes a future on the peer's thread.
private func on<T: Sendable>(_ linux: LinuxPeer?, _ loop: any EventLoop, _ body: @escaping () -> EventLoopFuture<T>) -> EventLoopFuture<T> {
    guard let linux else { return body() }
    do {
        return try linux.run(body)
    } catch {
        return loop.makeFailedFuture(error)
    }
}

struct PeerServer {
    let bootstrap: ServerBootstrap
    let linux: LinuxPeer?

    func childChannelInitializer(_ initializer: @escaping Setup) -> Self {
        Self(bootstrap: bootstrap.childChannelInitializer(initializer), linux: linux)
    }
    func serverChannelOption<Option: ChannelOption>(_ option: Option, value: Option.Value) -> Self {
        Self(bootstrap: bootstrap.serverChannelOption(option, value: value), linux: linux)
    }
    func childChannelOption<Option: ChannelOption>(_ option: Option, value: Option.Value) -> Self {
        Self(bootstrap: bootstrap.childChannelOption(option, value: value), linux: linux)
    }
    func bind(host: String, port: Int) -> EventLoopFuture<any Channel> {
        on(linux, MultiThreadedEventLoopGroup.singleton.next()) { bootstrap.bind(host: host, port: port) }
    }
}

struct PeerClient: Connecting {
    let bootstrap: ClientBootstrap
    let linux: LinuxPeer?

    func channelInitializer(_ handler: @escaping Setup) -> Self { Self(bootstrap: bootstrap.channelInitializer(handler), linux: linux) }
    func channelOption<Option: ChannelOption>(_ option: Option, value: Option.Value) -> Self {
        Self(bootstrap: bootstrap.channelOption(option, value: value), linux: linux)
    }
    func connect(to address: SocketAddress) -> EventLoopFuture<any Channel> {
        on(linux, MultiThreadedEventLoopGroup.singleton.next()) { bootstrap.connect(to: address) }
    }
}

struct PeerDatagram {
    let bootstrap: DatagramBootstrap
    let linux: LinuxPeer?

    func channelInitializer(_ handler: @escaping Setup) -> Self { Self(bootstrap: bootstrap.channelInitializer(handler), linux: linux) }
    func channelOption<Option: ChannelOption>(_ option: Option, value: Option.Value) -> Self {
        Self(bootstrap: bootstrap.channelOption(option, value: value), linux: linux)
    }
    func bind(host: String, port: Int) -> EventLoopFuture<any Channel> {
        on(linux, MultiThreadedEventLoopGroup.singleton.next()) { bootstrap.bind(host: host, port: port) }
    }
}
