import Frames
import Glibc
import HostStack
import Synchronization
import TestSupport
import Testing

@Suite("A host that speaks with itself", .serialized, .enabled(if: LinuxPeer.missing == nil, "a network namespace needs root and /dev/net/tun"))
struct OwnAddressTests {
    /// Sends a line when it is connected, and keeps what comes back.
    private final class Client: TCPSocketDelegate, @unchecked Sendable {
        static let line = Array("to myself".utf8)
        /// The loop's.
        var socket: TCPSocket?
        private let text = Mutex<[UInt8]>([])
        var received: [UInt8] { text.withLock { $0 } }

        func tcpConnected(_ socket: TCPSocket) {
            _ = try? Self.line.withUnsafeBytes { bytes throws(HostError) in try socket.write(bytes) }
            socket.flush()
        }
        func tcpReceived(_ data: ReceivedData, _ socket: TCPSocket) {
            text.withLock { $0 += data.bytes }
            socket.consumed(data.count)
        }
        func tcpReceivedEnd(_ socket: TCPSocket) {}
        func tcpSent(_ count: Int, _ socket: TCPSocket) {}
        func tcpFailed(_ error: HostError, _ socket: TCPSocket) {}
    }

    @Test("It is connected when it ends, and the next host finds nothing of that", arguments: 1...3)
    func successive(number: Int) throws {
        let client = Client()
        try withServer { host in
            try host.loop.run { stack in
                let socket = try TCPSocket(stack, isIPv6: false)
                socket.delegate = client
                client.socket = socket
                try socket.connect(to: HostEndpoint(.v4(TestHost.address), port: 7))
            }
            #expect(eventually { client.received == Client.line })
            try echo(10_000, host)
        }
    }

    @Test("What it sends to itself as it ends comes home, and so does a socket that was made then")
    func lastWords() throws {
        let host = try TestHost()
        defer { host.close() }
        let isSent = Mutex(false)
        // A task that gives tasks is asked to the end: of the ten, some run when every socket has been closed.
        @Sendable func again(_ left: Int) {
            guard left > 0 else { return }
            isSent.withLock { $0 = true }
            if let port = try? UDPSocket(host.loop.stack, HostEndpoint(.anyIPv4, port: 0)) {
                let bytes = [UInt8](repeating: 1, count: 1000)
                bytes.withUnsafeBytes { try? port.send($0, to: HostEndpoint(.v4(TestHost.address), port: 9)) }
            }
            host.loop.execute { again(left - 1) }
        }
        host.loop.execute { host.loop.stop() }
        host.loop.execute { again(10) }
        _ = host.loop.wait()
        #expect(isSent.withLock { $0 })
    }
}
