import ArgumentParser
import HostServices
import NIOCore
import RinglightNIO
import ToolSupport

struct EchoServer: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "echo",
        abstract: "Send back what comes, on TCP and UDP (RFC 862).",
        discussion: """
            Until Ctrl-C.

            Examples:
              e1000-uio echo -d qemu --netdev user,hostfwd=tcp:127.0.0.1:7007-:7     (then: nc 127.0.0.1 7007)
              sudo e1000-uio echo -d 00:03.0 --ip 192.0.2.2/24
            """)

    @OptionGroup var host: HostOptions
    @Option(name: .shortAndLong, help: "The port, of TCP and of UDP.")
    var port: UInt16 = 7
    @OptionGroup var most: ConnectionOptions
    @Option(help: ArgumentHelp("Seconds without a byte after which a connection is closed.", valueName: "seconds"))
    var idle: Double = 600

    func validate() throws {
        guard idle > 0, idle <= 86_400 else { throw Problem.usage("--idle", "\(idle) seconds", remedy: "use more than 0, up to 86400") }
    }

    func run() throws {
        let time = TimeAmount.nanoseconds(Int64(idle * 1e9))
        try HostSession.run(host) { session in
            let group = HostEventLoopGroup(session.loop)
            let limit = most.limit
            let server = try HostServerBootstrap(group: group)
                .childChannelOption(.allowRemoteHalfClosure, value: true)
                .childChannelInitializer { channel in
                    limit.admit(channel) { try $0.pipeline.syncOperations.addHandlers([IdleStateHandler(allTimeout: time), EchoHandler()]) }
                }
                .bind(host: "::", port: Int(port)).wait()
            let datagrams = try HostDatagramBootstrap(group: group)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(DatagramEchoHandler()) }
                }
                .bind(host: "::", port: Int(port)).wait()
            Output.note("echo: TCP and UDP port \(port)")
            session.waitForInterruption()
            try? server.close().wait()
            try? datagrams.close().wait()
        }
    }
}
