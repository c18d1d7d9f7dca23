import CVolatile

/// Mapped registers whose size was checked once: for a store in the packet path that needs no look at anything else.
///
/// Valid as long as the `Device` they come from.
@safe @frozen public struct MappedRegisters {
    @usableFromInline let base: UnsafeMutableRawPointer

    /// Bytes that are there at least: BAR0 of the e1000 family (4.1).
    @inlinable public static var size: UInt32 { 0x20000 }

    /// - Returns: `nil` when the registers are remote, or fewer than `size` bytes.
    public init?(_ registers: RegisterSpace) {
        guard let base = unsafe registers.base, registers.size >= Int(Self.size) else { return nil }
        unsafe self.base = unsafe base
    }

    /// One 32-bit store; stores to DMA memory made before are visible to the device first.
    @inlinable @inline(__always)
    public func write(_ offset: UInt32, _ value: UInt32) {
        precondition(offset < Self.size && offset & 3 == 0)
        dma_store_fence()
        unsafe volatile_store_u32(base + Int(offset), value)
    }
}
