import E1000
import Frames
import Glibc
import HostStack
import Synchronization
import TestSupport
import Testing

/// Answers everything with itself.
final class EchoServer: TCPListenerDelegate, TCPSocketDelegate, UDPSocketDelegate, @unchecked Sendable {
    private var sockets: [ObjectIdentifier: TCPSocket] = [:]
    private var pending: [ObjectIdentifier: [UInt8]] = [:]
    private var ended: Set<ObjectIdentifier> = []
    var listener: TCPListener?
    var port: UDPSocket?

    func tcpAccepted(_ socket: TCPSocket, by listener: TCPListener) {
        socket.delegate = self
        sockets[ObjectIdentifier(socket)] = socket
    }
    func tcpListenerFailed(_ error: HostError, _ listener: TCPListener) {}
    func tcpConnected(_ socket: TCPSocket) {}
    func tcpReceived(_ data: ReceivedData, _ socket: TCPSocket) {
        pending[ObjectIdentifier(socket), default: []] += data.bytes
        socket.consumed(data.count)
        push(socket)
    }
    func tcpReceivedEnd(_ socket: TCPSocket) {
        ended.insert(ObjectIdentifier(socket))
        push(socket)
    }
    func tcpSent(_ count: Int, _ socket: TCPSocket) { push(socket) }
    func tcpFailed(_ error: HostError, _ socket: TCPSocket) { forget(socket) }

    private func push(_ socket: TCPSocket) {
        let key = ObjectIdentifier(socket)
        if let bytes = pending[key], !bytes.isEmpty {
            let taken = (try? bytes.withUnsafeBytes { bytes in try socket.write(bytes) }) ?? 0
            pending[key] = Array(bytes.dropFirst(taken))
            socket.flush()
        }
        if ended.contains(key), pending[key]?.isEmpty ?? true {
            socket.close()
            forget(socket)
        }
    }

    private func forget(_ socket: TCPSocket) {
        let key = ObjectIdentifier(socket)
        (sockets[key], pending[key]) = (nil, nil)
        ended.remove(key)
    }

    func udpReceived(_ data: ReceivedData, from remote: HostEndpoint, _ socket: UDPSocket) {
        data.bytes.withUnsafeBytes { try? socket.send($0, to: remote) }
    }
    func udpFailed(_ error: HostError, _ socket: UDPSocket) {}
}

@Suite("A host with Linux as its peer", .serialized, .enabled(if: LinuxPeer.missing == nil, "a network namespace needs root and /dev/net/tun"))
struct EchoTests {
    private func withServer(_ body: (TestHost) throws -> Void) throws {
        let host = try TestHost()
        defer { host.close() }
        let server = EchoServer()
        try host.loop.run { stack in
            let endpoint = HostEndpoint(.anyIPv6, port: 7)
            server.listener = try TCPListener(stack, endpoint)
            server.listener?.delegate = server
            server.port = try UDPSocket(stack, endpoint)
            server.port?.delegate = server
            try stack.addIPv6(IPv6Address("fd77::2")!)
        }
        try body(host)
        try host.loop.run { _ in
            server.listener?.close()
            server.port?.close()
        }
    }

    @Test("Linux's ping is answered, IPv4 and IPv6, in order")
    func ping() throws {
        try withServer { host in
            let text = try host.peer.command("ping -n -c 5 -i 0.01 -W 5 10.77.0.2")
            #expect(text.contains("5 received, 0% packet loss"), "\(text)")
            #expect(try eventually { try host.loop.run { $0.addresses.contains(.v6(IPv6Address("fd77::2")!)) } })
            let text6 = try host.peer.command("ping -n -c 5 -i 0.01 -W 5 fd77::2")
            #expect(text6.contains("5 received, 0% packet loss"), "\(text6)")
        }
    }

    @Test("TCP echo is exact, both families", arguments: ["10.77.0.2", "fd77::2"])
    func tcp(address: String) throws {
        try withServer { host in
            _ = try eventually { try host.loop.run { $0.addresses.count > 1 } }
            let text = try host.peer.command(
                "head -c 3000000 /dev/urandom > /tmp/rl-echo.$$; (cat /tmp/rl-echo.$$) | timeout 20 nc -N \(address) 7 | cmp - /tmp/rl-echo.$$ && echo same; rm /tmp/rl-echo.$$")
            #expect(text.contains("same"), "\(text)")
            let counters = try host.loop.run { $0.counters }
            #expect(counters.transmitCopies < counters.sentFrames / 2, "\(counters)")
        }
    }
}
