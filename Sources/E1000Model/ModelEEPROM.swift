/// The card's EEPROM (5.6): 64 words, of which the last makes the sum 0xBABA.
public struct ModelEEPROM: Sendable, Equatable {
    /// From word 0x00 on; `seal` makes their sum right after a change.
    public var words: [UInt16]

    /// - Parameters:
    ///   - address: six bytes.
    ///   - deviceID: PCI device id.
    public init(address: [UInt8], deviceID: UInt16) {
        precondition(address.count == 6)
        words = [UInt16](repeating: 0xffff, count: 64)
        for index in 0..<3 { words[index] = UInt16(address[index * 2]) | UInt16(address[index * 2 + 1]) << 8 }
        // Initialization control 1 (5.6.6), subsystem and its vendor, device, vendor, initialization control 2 (5.6.11).
        words[0x0a] = 0x4408
        words[0x0b] = 0x001e
        words[0x0c] = 0x8086
        words[0x0d] = deviceID
        words[0x0e] = 0x8086
        words[0x0f] = 0x3040
        seal()
    }

    /// Makes the checksum right.
    public mutating func seal() { words[63] = 0xbaba &- words[..<63].reduce(0, &+) }

    /// The station address, six bytes.
    var address: [UInt8] { words[..<3].flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] } }
}
