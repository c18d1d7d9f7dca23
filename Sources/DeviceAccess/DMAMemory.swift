/// Memory that the device reads and writes by itself, and where both sides see it.
///
/// Valid as long as the `Device` it comes from.
@safe public struct DMAMemory {
    /// Its first byte as the program sees it.
    public let base: UnsafeMutableRawPointer
    /// Bytes.
    public let size: Int
    /// The address of its first byte as the device sees it.
    public let busAddress: UInt64

    /// - Parameters:
    ///   - base: the first of `size` bytes, which stay mapped as long as this value is used.
    ///   - size: bytes.
    ///   - busAddress: where the device sees the first of them; all follow there as they do here.
    public init(unsafeBase base: UnsafeMutableRawPointer, size: Int, busAddress: UInt64) {
        unsafe self.base = base
        self.size = size
        self.busAddress = busAddress
    }
}

/// Hands out a device's DMA memory from its start to its end; nothing is given back before the device closes.
public struct DMAArena: ~Copyable {
    private let memory: DMAMemory
    private var used = 0

    /// All of it is to be handed out.
    public init(_ memory: DMAMemory) { self.memory = memory }

    /// A zeroed piece.
    ///
    /// - Parameters:
    ///   - size: bytes, at least 1.
    ///   - alignment: of the bus address; a power of two.
    /// - Throws: `.refused` when the rest is too small.
    public mutating func allocate(_ size: Int, alignment: UInt64) throws(DeviceError) -> DMAMemory {
        let misaligned = (memory.busAddress + UInt64(used)) & (alignment - 1)
        let start = used + (misaligned == 0 ? 0 : Int(alignment - misaligned))
        guard size > 0, start <= memory.size, size <= memory.size - start else {
            throw DeviceError(
                .refused, "DMA memory", "\(size) bytes do not fit in the \(memory.size - used) of \(memory.size) that are left",
                remedy: "use smaller rings, or load ringlight with a larger dma_size")
        }
        used = start + size
        let piece = unsafe memory.base + start
        unsafe piece.initializeMemory(as: UInt8.self, repeating: 0, count: size)
        return unsafe DMAMemory(unsafeBase: piece, size: size, busAddress: memory.busAddress + UInt64(start))
    }
}
