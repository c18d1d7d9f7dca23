/// How a card is used through VFIO.
public struct VFIOOptions: Sendable {
    /// Bytes of DMA memory, a multiple of 4 KiB. It is locked in RAM: 8 MiB is what an ordinary user of Debian may lock.
    public var dmaSize = 8 << 20

    /// 8 MiB of DMA memory.
    public init() {}
}
