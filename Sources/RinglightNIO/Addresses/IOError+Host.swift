import Glibc
import HostStack
import NIOCore

extension HostError {
    /// As a channel reports it: the error that the kernel's socket would have given.
    var asChannelError: any Error {
        let code: CInt =
            switch kind {
            case .refused: ECONNREFUSED
            case .reset: ECONNRESET
            case .timedOut: ETIMEDOUT
            case .unreachable: EHOSTUNREACH
            case .addressInUse: EADDRINUSE
            case .addressNotAvailable: EADDRNOTAVAIL
            case .wouldBlock: ENOBUFS
            case .notConnected: ENOTCONN
            case .tooLong: EMSGSIZE
            case .invalid: EINVAL
            case .stopped: 0
            }
        return code == 0 ? EventLoopError.shutdown : IOError(errnoCode: code, reason: description)
    }
}

/// Calls the stack; what it throws becomes what a channel throws.
func translated<T>(_ body: () throws(HostError) -> T) throws -> T {
    do {
        return try body()
    } catch {
        throw error.asChannelError
    }
}
