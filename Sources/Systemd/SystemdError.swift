import Glibc

/// What libsystemd refused.
public struct SystemdError: Error, Equatable, CustomStringConvertible {
    public let what: String
    public let action: String
    /// A number of errno(3).
    public let number: Int32

    public init(what: String, action: String, number: Int32) {
        (self.what, self.action, self.number) = (what, action, number)
    }

    public var description: String { "\(what): cannot \(action): \(String(cString: strerror(number)))" }
}

/// libsystemd's way of telling errors: a negative number of errno(3).
@discardableResult
func check(_ result: Int32, _ what: @autoclosure () -> String, _ action: @autoclosure () -> String) throws(SystemdError) -> Int32 {
    guard result < 0 else { return result }
    throw SystemdError(what: what(), action: action(), number: -result)
}
