import DeviceAccess
@testable import E1000

/// Memory that plays DMA memory, and registers that remember what was written: enough of a device for a ring.
final class FakeMemory: RemoteRegisters {
    let base: UnsafeMutableRawPointer
    let size = 2 << 20
    var written: [(offset: UInt32, value: UInt32)] = []

    init() { base = .allocate(byteCount: size, alignment: 4096) }
    deinit { base.deallocate() }

    var memory: DMAMemory { DMAMemory(unsafeBase: base, size: size, busAddress: 0x4000_0000) }
    var registers: RegisterSpace { RegisterSpace(remote: self, size: 0x20000) }

    func read(_ offset: UInt32) throws(DeviceError) -> UInt32 { 0 }
    func write(_ offset: UInt32, _ value: UInt32) throws(DeviceError) { written.append((offset, value)) }

    /// Second word of the descriptor at a position of a ring that starts at `busAddress`.
    func status(of position: Int, ring busAddress: UInt64) -> UnsafeMutablePointer<UInt64> {
        (base + Int(busAddress - 0x4000_0000) + position * 16 + 8).assumingMemoryBound(to: UInt64.self)
    }
}
