/// Why bytes are not the header that they should be.
public enum HeaderFault: Error, Hashable, Sendable {
    /// The bytes end before the header does: a capture cut it, or the sender did.
    case cut
    /// A field that cannot be true; which one, in words.
    case bad(String)
}

extension HeaderFault: CustomStringConvertible {
    public var description: String {
        switch self {
        case .cut: "the bytes end before the header does"
        case .bad(let what): what
        }
    }
}
