import Glibc
import NIOCore
import TestSupport

/// A TCP client made of system calls, so that what it does and does not do is the test's to say. Nothing takes longer than 20 s.
final class Peer {
    private let descriptor: Int32
    private var isOpen = true

    init(_ address: SocketAddress?, receiveBuffer: Int32? = nil) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        if var size = receiveBuffer { setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size)) }
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        let result = address?.withSockAddr { connect(descriptor, $0, socklen_t($1)) }
        guard result == 0 else { throw SystemError(doing: "connect", number: errno) }
    }

    deinit { hangUp() }

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) throws {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress! + done, bytes.count - done, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { throw SystemError(doing: "send", number: errno) }
            done += count
        }
    }

    /// Closes this half: the other end sees the end of the input.
    func finish() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Closes without a word about what has not been read.
    func hangUp() {
        guard isOpen else { return }
        isOpen = false
        close(descriptor)
    }

    /// Closes by a reset.
    func reset() {
        var now = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
        hangUp()
    }

    /// At least one byte, and at most `count`; empty at the end.
    func receive(_ count: Int = 65536) throws -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: count)
        let got = recv(descriptor, &buffer, count, 0)
        guard got >= 0 else { throw SystemError(doing: "receive", number: errno) }
        return Array(buffer[..<got])
    }

    func receiveAll() throws -> [UInt8] {
        var all: [UInt8] = []
        while case let part = try receive(), !part.isEmpty { all += part }
        return all
    }

    func receiveText() throws -> String { String(decoding: try receiveAll(), as: UTF8.self) }

    /// Everything up to where `text` ends.
    func receive(until text: String) throws -> String {
        var all = ""
        while !all.contains(text) {
            let part = try receive(1)
            if part.isEmpty { break }
            all += String(decoding: part, as: UTF8.self)
        }
        return all
    }

    /// Sends and receives at the same time, as far as either goes, and closes this half after the last byte.
    func exchange(_ bytes: [UInt8]) throws -> [UInt8] {
        var (sent, received) = (0, [UInt8]())
        while true {
            var poller = pollfd(fd: descriptor, events: Int16(POLLIN) | (sent < bytes.count ? Int16(POLLOUT) : 0), revents: 0)
            guard poll(&poller, 1, 20_000) == 1 else { throw SystemError(doing: "poll", number: ETIMEDOUT) }
            if poller.revents & Int16(POLLOUT) != 0 {
                let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
                let count = bytes.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress! + sent, min(65536, bytes.count - sent), flags) }
                sent += max(0, count)
                if sent == bytes.count { finish() }
            }
            if poller.revents & Int16(POLLIN | POLLHUP | POLLERR) != 0 {
                let part = try receive()
                if part.isEmpty { return received }
                received += part
            }
        }
    }
}
