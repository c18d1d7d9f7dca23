import CLWIP

/// Why the stack could not do what it was asked, or ended a connection.
public struct HostError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Kind: Sendable {
        /// Nobody listens there: the peer answered with a reset.
        case refused
        /// The peer ended the connection at once.
        case reset
        /// The peer did not answer, for as long as TCP tries (RFC 9293, 3.8.3).
        case timedOut
        /// No route, or no address of our own of that family.
        case unreachable
        /// The address is taken.
        case addressInUse
        /// No such address is this host's own.
        case addressNotAvailable
        /// There is no memory, or a queue is full: try again later.
        case wouldBlock
        /// The connection is not, or no longer, open for this.
        case notConnected
        /// The message is longer than the stack takes.
        case tooLong
        /// The stack is not what this program was built for, or refused for a reason of its own.
        case invalid
        /// The loop has ended, and the card with it.
        case stopped
    }

    public let kind: Kind
    public let what: String
    public let why: String

    public init(_ kind: Kind, _ what: String, _ why: String) { (self.kind, self.what, self.why) = (kind, what, why) }

    public var description: String { "\(what): \(why)" }

    /// - Parameter code: lwIP's (lwip/err.h).
    init(_ code: err_t, _ what: String) {
        let (kind, why): (Kind, String) =
            switch Int32(code) {
            case ERR_MEM.rawValue: (.wouldBlock, "no memory, or a full queue")
            case ERR_BUF.rawValue: (.addressInUse, "no port is free")
            case ERR_TIMEOUT.rawValue: (.timedOut, "no answer")
            case ERR_RTE.rawValue: (.unreachable, "no route to that address")
            case ERR_WOULDBLOCK.rawValue: (.wouldBlock, "it would have to wait")
            case ERR_USE.rawValue: (.addressInUse, "the address is in use")
            case ERR_ISCONN.rawValue, ERR_ALREADY.rawValue: (.invalid, "it is connected already")
            case ERR_CONN.rawValue: (.notConnected, "not connected")
            case ERR_ABRT.rawValue: (.timedOut, "the peer did not answer")
            case ERR_RST.rawValue: (.reset, "connection reset by peer")
            case ERR_CLSD.rawValue: (.notConnected, "closed")
            case ERR_VAL.rawValue: (.invalid, "the stack refuses it")
            default: (.invalid, "lwIP's error \(code)")
            }
        self.init(kind, what, why)
    }
}

/// - Throws: what lwIP's answer means.
func check(_ code: err_t, _ what: @autoclosure () -> String) throws(HostError) {
    guard Int32(code) == ERR_OK.rawValue else { throw HostError(code, what()) }
}
