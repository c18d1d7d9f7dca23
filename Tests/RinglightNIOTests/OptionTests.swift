import Glibc
import NIOCore
import NIOPosix
import Testing

extension Channels {
    @Suite("Options")
    struct OptionTests {
        @Test("A connection's options have SwiftNIO's defaults, and keep what they are set to", arguments: Side.here, Role.allCases)
        func connection(side: Side, role: Role) throws {
            try withWorld(side) { world in
                let channel = try world.pair(role).tested
                #expect(try channel.getOption(.autoRead).result())
                #expect(try !channel.getOption(.allowRemoteHalfClosure).result())
                #expect(try channel.getOption(.maxMessagesPerRead).result() == 4)
                #expect(try channel.getOption(.writeSpin).result() == 16)
                #expect(try channel.getOption(.connectTimeout).result() == nil)
                #expect(try channel.getOption(.bufferedWritableBytes).result() == 0)
                let mark = try channel.getOption(.writeBufferWaterMark).result()
                #expect(mark.low == 32 * 1024 && mark.high == 64 * 1024)
                #expect(try channel.getOption(.tcpOption(.tcp_nodelay)).result() != 0)
                #expect(try channel.getOption(.socketOption(.so_keepalive)).result() == 0)
                #expect(try channel.getOption(.socketOption(.so_error)).result() == 0)

                try channel.setOption(.tcpOption(.tcp_nodelay), value: 0).result()
                #expect(try channel.getOption(.tcpOption(.tcp_nodelay)).result() == 0)
                try channel.setOption(.socketOption(.so_keepalive), value: 1).result()
                #expect(try channel.getOption(.socketOption(.so_keepalive)).result() != 0)
                try channel.setOption(.connectTimeout, value: .seconds(3)).result()
                #expect(try channel.getOption(.connectTimeout).result() == .seconds(3))
                try channel.setOption(.maxMessagesPerRead, value: 9).result()
                #expect(try channel.getOption(.maxMessagesPerRead).result() == 9)
                try channel.setOption(.allocator, value: ByteBufferAllocator()).result()
                let isSynchronous = try world.loop.submit { try channel.syncOptions?.getOption(.autoRead) }.result()
                #expect(isSynchronous == true)
                try channel.close().result()
            }
        }

        @Test("A server's options", arguments: Side.here)
        func server(side: Side) throws {
            try withWorld(side) { world in
                let server = try world.server().serverChannelOption(.backlog, value: 17)
                    .serverChannelOption(.socketOption(.so_reuseaddr), value: 1).bind(host: world.address, port: 0).result()
                #expect(try server.getOption(.backlog).result() == 17)
                #expect(try server.getOption(.socketOption(.so_reuseaddr)).result() != 0)
                #expect(!server.isWritable)
                #expect(server.writeAndFlush(bytes("x")).error() as? ChannelError == .operationUnsupported)
                try server.close().result()
            }
        }

        @Test("What this stack has not is an error, not a crash", .needsCard)
        func unsupported() throws {
            try withWorld(.host) { world in
                let channel = try world.pair().tested
                #expect(channel.setOption(.socketOption(.so_rcvbuf), value: 1).error() as? ChannelError == .operationUnsupported)
                #expect(channel.getOption(.socketOption(.so_timestamp)).error() as? ChannelError == .operationUnsupported)
                #expect(channel.setOption(.backlog, value: 1).error() as? ChannelError == .operationUnsupported)
                #expect(channel.setOption(.explicitCongestionNotification, value: true).error() as? ChannelError == .operationUnsupported)
                #expect(channel.getOption(.datagramSegmentSize).error() as? ChannelError == .operationUnsupported)
                try channel.close().result()
            }
        }
    }
}
