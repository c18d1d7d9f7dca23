/// What went wrong with a device: what, why, what to do; and a kind for code that reacts to it.
public struct DeviceError: Error, CustomStringConvertible, Sendable {
    /// What kind of failure it is, whatever its words.
    public enum Kind: Sendable {
        /// No such node, device or file.
        case notFound
        /// Another process has it.
        case busy
        /// The process may not.
        case permission
        /// It was there and is gone: unplugged, or its QEMU ended.
        case vanished
        /// It did not answer within the bound.
        case timeout
        /// It answers, and no longer does what it was told: it can be initialised anew.
        case stopped
        /// It, or QEMU, does not accept what was asked.
        case refused
        /// What it says cannot be true: a wrong checksum, an impossible length.
        case invalid
        /// Any other failure of a system call.
        case system
    }

    /// For code that reacts to it; people get the other three.
    public let kind: Kind
    /// Which device, or which part of it.
    public let what: String
    /// What is wrong with it.
    public let why: String
    /// What a person can do about it; empty: nothing is known.
    public let remedy: String

    /// One failure, in words for a person: "what: why (remedy)".
    public init(_ kind: Kind, _ what: String, _ why: String, remedy: String = "") {
        (self.kind, self.what, self.why, self.remedy) = (kind, what, why, remedy)
    }

    public var description: String { remedy.isEmpty ? "\(what): \(why)" : "\(what): \(why) (\(remedy))" }
}
