/// Memory as the card sees it: a bus master's loads and stores.
///
/// What the card may not touch is not touched: the access fails instead.
public protocol BusMemory {
    /// `count` bytes from a bus address; `nil` when not all of them may be read.
    func load(_ count: Int, at address: UInt64) -> [UInt8]?
    /// Stores bytes; false, and nothing is stored, when not all of them may be written.
    mutating func store(_ bytes: ArraySlice<UInt8>, at address: UInt64) -> Bool
    /// A little-endian 64-bit word.
    func loadWord(at address: UInt64) -> UInt64?
}

extension BusMemory {
    public func loadWord(at address: UInt64) -> UInt64? {
        load(8, at: address).map { bytes in bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) } }
    }

    mutating func storeWord(_ word: UInt64, at address: UInt64) -> Bool {
        store((0..<8).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) }[...], at: address)
    }
}

/// Which bus addresses are legal: one window, without the parts that were freed.
public struct BusWindow: Sendable {
    /// Bus address of the first byte.
    public let start: UInt64
    /// Bytes.
    public let size: Int
    private var freed: [Range<UInt64>] = []

    /// - Parameters:
    ///   - start: bus address of the first byte.
    ///   - size: bytes.
    public init(start: UInt64, size: Int) {
        (self.start, self.size) = (start, size)
    }

    /// The card may no longer touch these addresses: their owner has freed them.
    public mutating func free(_ range: Range<UInt64>) { freed.append(range) }

    /// The byte offset of an access; `nil` when any of its bytes is not legal.
    public func offset(of address: UInt64, count: Int) -> Int? {
        guard address >= start, count >= 0, count <= size, address - start <= UInt64(size - count) else { return nil }
        let end = address + UInt64(count)
        guard !freed.contains(where: { $0.lowerBound < end && address < $0.upperBound }) else { return nil }
        return Int(address - start)
    }
}

/// Memory that is a Swift value.
public struct ArrayMemory: BusMemory, Sendable {
    /// What it holds, from `window.start` on.
    public var bytes: [UInt8]
    /// Which of it the card may touch.
    public var window: BusWindow

    /// Zeroed.
    public init(start: UInt64, size: Int) {
        bytes = [UInt8](repeating: 0, count: size)
        window = BusWindow(start: start, size: size)
    }

    public func load(_ count: Int, at address: UInt64) -> [UInt8]? {
        window.offset(of: address, count: count).map { Array(bytes[$0..<$0 + count]) }
    }

    public mutating func store(_ new: ArraySlice<UInt8>, at address: UInt64) -> Bool {
        guard let offset = window.offset(of: address, count: new.count) else { return false }
        bytes.replaceSubrange(offset..<offset + new.count, with: new)
        return true
    }
}
