/// Memory that driver and model share: the driver by its address, the model within its window only.
///
/// Between two guards whose bytes must never change: a driver that writes past its memory is found. Who may touch the buffers
/// in it can be told as well (MappedMemory+Buffers.swift).
@safe public final class MappedMemory: BusMemory {
    private static let guardSize = 4096
    private static let guardByte: UInt8 = 0xc3

    private let allocation: UnsafeMutableRawPointer
    /// Which bus addresses the card may touch.
    public var window: BusWindow
    /// `nil`: the card may touch whatever is in its window.
    var buffers: WatchedBuffers?

    /// Filled with a pattern, so that a driver that relies on zeros is found.
    public init(start: UInt64, size: Int) {
        window = BusWindow(start: start, size: size)
        unsafe allocation = .allocate(byteCount: size + 2 * Self.guardSize, alignment: 4096)
        unsafe allocation.initializeMemory(as: UInt8.self, repeating: Self.guardByte, count: size + 2 * Self.guardSize)
    }

    deinit {
        endWatch()
        unsafe allocation.deallocate()
    }

    /// Where the driver finds its first byte.
    public var base: UnsafeMutableRawPointer { unsafe allocation + Self.guardSize }

    /// Whether nobody wrote before or behind the memory.
    public var guardsAreIntact: Bool {
        let whole = unsafe UnsafeRawBufferPointer(start: allocation, count: window.size + 2 * Self.guardSize)
        return unsafe whole.prefix(Self.guardSize).allSatisfy { $0 == Self.guardByte }
            && whole.suffix(Self.guardSize).allSatisfy { $0 == Self.guardByte }
    }

    public func load(_ count: Int, at address: UInt64) -> [UInt8]? {
        guard let offset = window.offset(of: address, count: count) else { return nil }
        return touch(.cardReads, offset..<offset + count) { unsafe Array(UnsafeRawBufferPointer(start: base + offset, count: count)) }
    }

    public func loadWord(at address: UInt64) -> UInt64? {
        guard let offset = window.offset(of: address, count: 8) else { return nil }
        return touch(.cardReads, offset..<offset + 8) { unsafe base.loadUnaligned(fromByteOffset: offset, as: UInt64.self).littleEndian }
    }

    public func store(_ bytes: ArraySlice<UInt8>, at address: UInt64) -> Bool {
        guard let offset = window.offset(of: address, count: bytes.count) else { return false }
        let isStored: Void? = touch(.cardWrites, offset..<offset + bytes.count) {
            unsafe bytes.withUnsafeBytes { source in
                if let start = source.baseAddress { unsafe (base + offset).copyMemory(from: start, byteCount: source.count) }
            }
        }
        return isStored != nil
    }
}
