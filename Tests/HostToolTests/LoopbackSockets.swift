import Glibc
import Testing

/// Somebody on this machine's loopback who listens.
final class LoopbackListener {
    let descriptor: Int32
    let port: UInt16

    init(type: __socket_type = SOCK_STREAM) throws {
        let descriptor = socket(AF_INET, Int32(type.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = loopback(port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.bind(descriptor, $0, length) | getsockname(descriptor, $0, &length) }
        }
        try #require(status == 0)
        self.descriptor = descriptor
        port = UInt16(bigEndian: address.sin_port)
        if type == SOCK_STREAM { listen(descriptor, 16) }
    }

    deinit { close(descriptor) }

    /// Sends something back to whom the next datagram came from, within 20 s.
    ///
    /// - Returns: the datagram.
    func answer(_ text: String) throws -> [UInt8] {
        var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        try #require(poll(&poller, 1, 20_000) == 1)
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var (address, length) = (sockaddr_storage(), socklen_t(MemoryLayout<sockaddr_storage>.size))
        return withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { peer in
                let count = recvfrom(descriptor, &buffer, buffer.count, 0, peer, &length)
                let bytes = Array(text.utf8)
                _ = sendto(descriptor, bytes, bytes.count, 0, peer, length)
                return Array(buffer.prefix(max(0, count)))
            }
        }
    }

    /// - Returns: the next who connects, within 20 s.
    func accept() throws -> LoopbackClient {
        var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        try #require(poll(&poller, 1, 20_000) == 1)
        return LoopbackClient(Glibc.accept(descriptor, nil, nil))
    }
}

/// A connection, or a UDP port, on the loopback.
final class LoopbackClient {
    let descriptor: Int32
    private(set) var received: [UInt8] = []
    var text: String { String(decoding: received, as: UTF8.self) }

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    init(to port: UInt16, type: __socket_type = SOCK_STREAM) throws {
        let descriptor = socket(AF_INET, Int32(type.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        self.descriptor = descriptor
        var address = loopback(port: port)
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
        try #require(status == 0)
    }

    deinit { close(descriptor) }

    func send(_ bytes: [UInt8]) { _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) }
    func send(_ text: String) { send(Array(text.utf8)) }

    /// - Returns: the next piece or datagram; `nil` after so many milliseconds; empty at the end.
    func receive(within milliseconds: Int32 = 10_000) -> [UInt8]? {
        var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&poller, 1, milliseconds) == 1 else { return nil }
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        let piece = Array(buffer.prefix(max(0, count)))
        received += piece
        return piece
    }

    /// Reads until a text has come.
    func waitFor(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) {
        while !self.text.contains(text) {
            guard let piece = receive(), !piece.isEmpty else {
                Issue.record("'\(text)' did not come, but '\(self.text)'", sourceLocation: sourceLocation)
                return
            }
        }
    }

    func closeOutput() { shutdown(descriptor, Int32(SHUT_WR)) }
}

func loopback(port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    return address
}
