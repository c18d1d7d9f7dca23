import CVFIO
import Glibc

/// A card's PCI configuration space, as VFIO shows it (PCI Local Bus Specification 3.0, chapter 6).
struct VFIOConfiguration {
    private let descriptor: Int32
    private let address: String
    /// Of the configuration space in the device's descriptor.
    private let start: UInt64

    /// Command register (6.2.2).
    private static let command: UInt64 = 0x04
    private static let memorySpace: UInt16 = 1 << 1
    private static let busMaster: UInt16 = 1 << 2

    /// - Parameters:
    ///   - descriptor: the device's; stays the caller's.
    ///   - start: the offset of VFIO_PCI_CONFIG_REGION_INDEX.
    init(descriptor: Int32, address: String, start: UInt64) {
        (self.descriptor, self.address, self.start) = (descriptor, address, start)
    }

    /// Vendor and device identifiers (6.2.1).
    func identity() throws(DeviceError) -> (vendor: UInt16, device: UInt16) { (try read(0x00), try read(0x02)) }

    /// Lets the card answer to loads and stores and do DMA.
    func enable() throws(DeviceError) { try write(Self.command, try read(Self.command) | Self.memorySpace | Self.busMaster) }

    /// No more DMA.
    func stop() throws(DeviceError) { try write(Self.command, try read(Self.command) & ~Self.busMaster) }

    /// A PCI Express device: it has that capability (6.7; PCI Express Base Specification, 7.5.3).
    func isExpress() throws(DeviceError) -> Bool {
        // Status register, bit 4: there is a list.
        guard try read(0x06) & 0x10 != 0 else { return false }
        var next = UInt64(try read(0x34)) & 0xfc
        // A list that leads back would have no end: there is room for 48.
        for _ in 0..<48 where next >= 0x40 {
            let header = try read(next)
            if header & 0xff == 0x10 { return true }
            next = UInt64(header >> 8) & 0xfc
        }
        return false
    }

    private func read(_ offset: UInt64) throws(DeviceError) -> UInt16 {
        var value: UInt16 = 0
        guard unsafe pread(descriptor, &value, 2, Int(start + offset)) == 2 else { throw failure("read") }
        return UInt16(littleEndian: value)
    }

    private func write(_ offset: UInt64, _ value: UInt16) throws(DeviceError) {
        var value = value.littleEndian
        guard unsafe pwrite(descriptor, &value, 2, Int(start + offset)) == 2 else { throw failure("write") }
    }

    private func failure(_ action: String) -> DeviceError {
        DeviceError(.system, address, "\(action) of its configuration space: \(systemReason())")
    }
}
