/// Where a device is on the PCI buses: domain, bus, device, function.
public struct PCIAddress: Hashable, Sendable {
    public let domain: UInt32
    public let bus: UInt8
    /// 0...31.
    public let device: UInt8
    /// 0...7.
    public let function: UInt8

    /// `nil` when the device or function number is too large.
    public init?(domain: UInt32 = 0, bus: UInt8, device: UInt8, function: UInt8) {
        guard device < 32, function < 8 else { return nil }
        (self.domain, self.bus, self.device, self.function) = (domain, bus, device, function)
    }
}

extension PCIAddress: LosslessStringConvertible {
    /// `0000:00:03.0`, or `00:03.0` in domain 0; hexadecimal as in lspci.
    public init?(_ text: String) {
        var parts = text.split(separator: ":", omittingEmptySubsequences: false)
        if parts.count == 2 { parts.insert("0000", at: 0) }
        guard parts.count == 3 else { return nil }
        let last = parts[2].split(separator: ".", omittingEmptySubsequences: false)
        guard last.count == 2, let domain = Self.number(parts[0], digits: 4...8), let bus = Self.number(parts[1], digits: 2...2),
            let device = Self.number(last[0], digits: 2...2), let function = Self.number(last[1], digits: 1...1)
        else { return nil }
        self.init(domain: domain, bus: UInt8(bus), device: UInt8(device), function: UInt8(function))
    }

    public var description: String {
        "\(Self.text(domain, digits: 4)):\(Self.text(UInt32(bus), digits: 2)):\(Self.text(UInt32(device), digits: 2)).\(function)"
    }

    private static func number(_ text: Substring, digits: ClosedRange<Int>) -> UInt32? {
        // The initialiser alone would take a sign.
        digits.contains(text.utf8.count) && text.allSatisfy(\.isHexDigit) ? UInt32(text, radix: 16) : nil
    }

    private static func text(_ value: UInt32, digits: Int) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
}

extension PCIAddress: Comparable {
    public static func < (one: Self, other: Self) -> Bool {
        (one.domain, one.bus, one.device, one.function) < (other.domain, other.bus, other.device, other.function)
    }
}

extension PCIAddress: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let address = PCIAddress(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(text): not a PCI address")
        }
        self = address
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
