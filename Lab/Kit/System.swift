import Clocks
import Glibc

/// Two connected sockets, close-on-exec.
func socketPair(_ type: __socket_type = SOCK_STREAM) throws(GuestError) -> (ours: Int32, theirs: Int32) {
    var ends: [Int32] = [-1, -1]
    guard socketpair(AF_UNIX, Int32(type.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
        throw .cannotStart("socketpair", String(cString: strerror(errno)))
    }
    return (ends[0], ends[1])
}

/// Sends all bytes, waiting for room until `deadline`; a descriptor goes along with the first byte.
func sendAll(_ bytes: [UInt8], to socket: Int32, descriptor: Int32? = nil, until deadline: Int64) -> Bool {
    var sent = 0
    while sent < bytes.count {
        let count = bytes.withUnsafeBytes { buffer in
            let rest = UnsafeMutableRawPointer(mutating: buffer.baseAddress.map { $0 + sent })
            var vector = iovec(iov_base: rest, iov_len: buffer.count - sent)
            return withUnsafeMutablePointer(to: &vector) { vector in
                var message = msghdr()
                message.msg_iov = vector
                message.msg_iovlen = 1
                guard let descriptor, sent == 0 else {
                    return sendmsg(socket, &message, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
                }
                // struct cmsghdr with one int (cmsg(3)): length, SOL_SOCKET, SCM_RIGHTS, the descriptor; padded to 8.
                return withUnsafeTemporaryAllocation(byteCount: 24, alignment: 8) { control in
                    control.storeBytes(of: 20, as: Int.self)
                    control.storeBytes(of: SOL_SOCKET, toByteOffset: 8, as: Int32.self)
                    control.storeBytes(of: Int32(SCM_RIGHTS), toByteOffset: 12, as: Int32.self)
                    control.storeBytes(of: descriptor, toByteOffset: 16, as: Int32.self)
                    control.storeBytes(of: 0, toByteOffset: 20, as: Int32.self)
                    message.msg_control = control.baseAddress
                    message.msg_controllen = 24
                    return sendmsg(socket, &message, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
                }
            }
        }
        if count >= 0 {
            sent += count
            continue
        }
        if errno == EINTR { continue }
        guard errno == EAGAIN else { return false }
        let left = deadline - Clocks.monotonic
        var poller = pollfd(fd: socket, events: Int16(POLLOUT), revents: 0)
        guard left > 0, poll(&poller, 1, Int32(clamping: left / 1_000_000 + 1)) >= 0 else { return false }
    }
    return true
}

/// The bytes of a file from `offset` on, at most `limit`.
func readFile(_ descriptor: Int32, from offset: Int = 0, limit: Int = .max) -> [UInt8] {
    var status = stat()
    fstat(descriptor, &status)
    let count = min(max(0, Int(status.st_size) - offset), limit)
    guard count > 0 else { return [] }
    return [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
        filled = max(0, pread(descriptor, buffer.baseAddress, count, off_t(offset)))
    }
}
