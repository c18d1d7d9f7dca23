import Glibc
import HostServices
import NIOCore
import NIOPosix

// The web server of 'e1000-uio serve' on Linux's own stack, on one thread: what the card's is measured against.

func say(_ line: String) { _ = write(STDERR_FILENO, line, line.utf8.count) }

guard CommandLine.arguments.count == 3, let port = UInt16(CommandLine.arguments[2]) else {
    say("usage: kernel-serve FOLDER PORT\n")
    exit(64)
}
let root = try FileRoot(CommandLine.arguments[1])
let server = try ServerBootstrap(group: MultiThreadedEventLoopGroup(numberOfThreads: 1))
    .serverChannelOption(.backlog, value: 1024)
    .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
    .childChannelOption(.allowRemoteHalfClosure, value: true)
    .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
    .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addFileServer(root) }
    }
    .bind(host: "0.0.0.0", port: Int(port)).wait()
say("serving\n")
try server.closeFuture.wait()
