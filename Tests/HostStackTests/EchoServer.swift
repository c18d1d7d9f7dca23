import HostStack

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
