import CVolatile

/// Registers that are reached by messages instead of loads and stores.
public protocol RemoteRegisters: AnyObject {
    /// One 32-bit load at a byte offset into BAR0.
    func read(_ offset: UInt32) throws(DeviceError) -> UInt32
    /// One 32-bit store at a byte offset into BAR0.
    func write(_ offset: UInt32, _ value: UInt32) throws(DeviceError)
}

/// The 32-bit registers of one device (its BAR0): mapped memory, or messages to whoever holds the device.
///
/// One concrete type for every way in, so that the rings need no generic and no existential: the cost is a
/// branch at each access, and there is one access a batch.
///
/// Valid as long as the `Device` it comes from.
@safe public struct RegisterSpace {
    /// `nil`: remote.
    let base: UnsafeMutableRawPointer?
    private let remote: (any RemoteRegisters)?
    /// Bytes.
    public let size: Int

    /// - Parameters:
    ///   - base: mapped BAR; stays mapped as long as this value is used.
    ///   - size: its bytes; an access beyond is a programming error and traps.
    public init(unsafeMapped base: UnsafeMutableRawPointer, size: Int) {
        unsafe self.base = base
        remote = nil
        self.size = size
    }

    /// - Parameters:
    ///   - remote: does each access, and may fail.
    ///   - size: bytes; an access beyond is a programming error and traps.
    public init(remote: any RemoteRegisters, size: Int) {
        unsafe base = nil
        self.remote = remote
        self.size = size
    }

    /// One 32-bit load. A vanished mapped device reads all ones.
    public func read(_ offset: UInt32) throws(DeviceError) -> UInt32 {
        precondition(Int(offset) + 4 <= size && offset & 3 == 0)
        if let base = unsafe base { return unsafe volatile_load_u32(base + Int(offset)) }
        guard let remote else { preconditionFailure("a register space is mapped or remote") }
        return try remote.read(offset)
    }

    /// One 32-bit store; stores to DMA memory made before are visible to the device first.
    public func write(_ offset: UInt32, _ value: UInt32) throws(DeviceError) {
        precondition(Int(offset) + 4 <= size && offset & 3 == 0)
        dma_store_fence()
        if let base = unsafe base { return unsafe volatile_store_u32(base + Int(offset), value) }
        guard let remote else { preconditionFailure("a register space is mapped or remote") }
        try remote.write(offset, value)
    }
}
