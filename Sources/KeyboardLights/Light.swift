/// One kind of keyboard light, shared by all keyboards that have it.
public struct Light: Sendable, Hashable {
    /// Its name: `capslock`, `numlock` or `scrolllock`.
    public let name: String
    /// The path of its node, which need not exist.
    public let node: String

    public init(name: String, node: String) {
        (self.name, self.node) = (name, node)
    }

    /// The lights that `ringlight.ko` knows, in the order in which they are listed.
    public static let names = ["capslock", "numlock", "scrolllock"]
}
