import CLinux
import Glibc

/// A connection to a UNIX stream socket, or `nil` and errno.
func connected(to path: String) -> Int32? {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    if ringlight_connect(descriptor, path) == 0 { return descriptor }
    let number = errno
    close(descriptor)
    errno = number
    return nil
}

/// Prints what a UNIX stream socket says to whoever connects, until it closes. Ends with status 1 when nobody listens.
func probeSocket(_ path: String) {
    guard let descriptor = connected(to: path) else {
        print("guest-probe: socket: \(path): \(String(cString: strerror(errno)))")
        exit(1)
    }
    var bytes = [UInt8](repeating: 0, count: 65536)
    while true {
        let count = read(descriptor, &bytes, bytes.count)
        guard count > 0 else { break }
        print(String(decoding: bytes[..<count], as: UTF8.self), terminator: "")
    }
}
