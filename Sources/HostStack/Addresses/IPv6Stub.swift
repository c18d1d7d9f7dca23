import Glibc

/// Stands in for Frames' own until that is merged.
public struct IPv6Address: Hashable, Sendable, LosslessStringConvertible {
    public let bytes: [UInt8]
    public static let any = IPv6Address(bytes: [UInt8](repeating: 0, count: 16))
    public init(bytes: [UInt8]) { self.bytes = bytes }
    public init?(_ text: String) {
        var bytes = [UInt8](repeating: 0, count: 16)
        guard inet_pton(AF_INET6, text, &bytes) == 1 else { return nil }
        self.bytes = bytes
    }
    public var description: String {
        var text = [CChar](repeating: 0, count: 64)
        _ = bytes.withUnsafeBytes { inet_ntop(AF_INET6, $0.baseAddress, &text, 64) }
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
