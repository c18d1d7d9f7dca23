import Clocks
import DeviceAccess
import Glibc

/// Does to a card what the driver never does. Registers by their offsets in the manual (table 13-2).
func probeCard(_ what: String, _ name: String) {
    do throws(DeviceError) {
        if what == "reset" { return try probeReset(name) }
        let card = name.hasPrefix("uio") ? try UIODevice.open(name) : try VFIODevice.open(name)
        if what == "stray" { try probeStrayAddress(card) } else { try probeInterrupt(card) }
        try card.registers.write(0x100, 0)
        try card.registers.write(0x400, 0)
        try card.registers.write(0xd8, .max)
    } catch {
        fail("\(error)")
    }
}

/// Says what a register has after a process left a number in it, gave the card up and opened it again: 0 where the card can be
/// reset alone.
private func probeReset(_ name: String) throws(DeviceError) {
    // RDTR: read and written alike on all cards, without effect while nothing is received, 0 after a reset.
    let (register, number): (UInt32, UInt32) = (0x2820, 0x5a5a)
    func look(at card: borrowing Device, write value: UInt32? = nil) throws(DeviceError) -> UInt32 {
        if let value { try card.registers.write(register, value) }
        return try card.registers.read(register)
    }
    let left = try look(at: VFIODevice.open(name), write: number)
    let found = try look(at: VFIODevice.open(name))
    print("left 0x\(String(left, radix: 16)), found 0x\(String(found, radix: 16))")
}

/// Raises LSC twice (ICS): says whether an interrupt came; whether a second came before ICR was read; whether one came after
/// that; and what Linux calls a VFIO interrupt of this process (`vfio-intx(…)`, `vfio-msi[0](…)`).
private func probeInterrupt(_ card: borrowing Device) throws(DeviceError) {
    let (registers, cause): (RegisterSpace, UInt32) = (card.registers, 4)
    try registers.write(0xd8, .max)
    _ = try registers.read(0xc0)
    try card.enableInterrupt()
    while try card.waitForInterrupt(nanoseconds: 0) {}
    try registers.write(0xd0, cause)
    try registers.write(0xc8, cause)
    let first = try card.waitForInterrupt(nanoseconds: 5_000_000_000)
    let storm = try card.waitForInterrupt(nanoseconds: 500_000_000)
    _ = try registers.read(0xc0)
    try card.enableInterrupt()
    try registers.write(0xc8, cause)
    let second = try card.waitForInterrupt(nanoseconds: 5_000_000_000)
    var bytes = [UInt8](repeating: 0, count: 65536)
    let file = open("/proc/interrupts", O_RDONLY | O_CLOEXEC)
    let count = read(file, &bytes, bytes.count)
    close(file)
    let words = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self).split { $0.isWhitespace }
    print("first \(first), storm \(storm), second \(second), \(words.first { $0.hasPrefix("vfio-") } ?? "-")")
}

/// Lets the card write to, and read from, a page of this process at its physical address: a bus address that the card was
/// never given. Frames go from the card to itself (PHY loopback).
private func probeStrayAddress(_ card: borrowing Device) throws(DeviceError) {
    let canary = UnsafeMutableRawPointer.allocate(byteCount: 4096, alignment: 4096)
    canary.initializeMemory(as: UInt8.self, repeating: 0xa5, count: 4096)
    guard mlock(canary, 4096) == 0, let physical = physicalAddress(of: canary) else { fail("no physical address") }
    let (registers, dma) = (card.registers, card.dma)
    guard !(dma.busAddress..<dma.busAddress + UInt64(dma.size)).contains(physical) else { fail("the page is the card's own") }

    for (offset, value) in [(0xd8, UInt32.max), (0x100, 0), (0x400, 0)] as [(UInt32, UInt32)] { try registers.write(offset, value) }
    try registers.write(0, try registers.read(0) | 0x40)
    try wait("link") { () throws(DeviceError) in try registers.read(8) & 2 != 0 }
    try setPHYControl(registers, 0x4140)

    // Rings of 8: transmit at 0, receive at 4096; a frame at 8192, receive buffers from 16384.
    let words = dma.base.assumingMemoryBound(to: UInt64.self)
    (dma.base + 8192).initializeMemory(as: UInt8.self, repeating: 0x3c, count: 64)
    for index in 0..<8 { words[512 + 2 * index] = dma.busAddress + 16384 + UInt64(index) * 2048 }
    // Received into the page, then sent from it. 64 bytes; EOP, IFCS, RS.
    words[512] = physical
    (words[0], words[1], words[2], words[3]) = (dma.busAddress + 8192, 0x0b00_0040, physical + 2048, 0x0b00_0040)
    for (ring, place) in [(0x3800, 0), (0x2800, 4096)] as [(UInt32, UInt64)] {
        try registers.write(ring, UInt32(truncatingIfNeeded: dma.busAddress + place))
        try registers.write(ring + 4, 0)
        try registers.write(ring + 8, 128)
        try registers.write(ring + 0x10, 0)
        try registers.write(ring + 0x18, 0)
    }
    try registers.write(0x2818, 7)
    // EN, UPE, MPE, BAM, SECRC; QEMU receives nothing for a second after that.
    try registers.write(0x100, 0x0400_801a)
    usleep(1_200_000)
    try registers.write(0x400, 0x0004_00fa)
    // One by one: an IOMMU reports nothing about a device whose last fault the kernel has not seen.
    try registers.write(0x3818, 1)
    try wait("first frame") { () in words[513] >> 32 & 1 != 0 }
    try registers.write(0x3818, 2)
    try wait("second frame") { () in words[515] >> 32 & 1 != 0 }

    // No reset of the card ends the loopback.
    try setPHYControl(registers, 0x1140)

    let page = UnsafeRawBufferPointer(start: canary, count: 4096)
    let received = UnsafeRawBufferPointer(start: dma.base + 16384 + 2048, count: 64)
    print("bus address 0x\(String(physical, radix: 16))")
    print(page.allSatisfy { $0 == 0xa5 } ? "memory intact" : "memory overwritten")
    print(received.contains(0xa5) ? "memory read" : "nothing read")
}

/// MII register 0, through MDIC: loopback is bit 14.
private func setPHYControl(_ registers: RegisterSpace, _ value: UInt32) throws(DeviceError) {
    try registers.write(0x20, value | 1 << 21 | 1 << 26)
    try wait("PHY") { () throws(DeviceError) in try registers.read(0x20) & 1 << 28 != 0 }
}

private func wait(_ what: String, until condition: () throws(DeviceError) -> Bool) throws(DeviceError) {
    let deadline = Clocks.monotonic + 5_000_000_000
    while try !condition() {
        guard Clocks.monotonic < deadline else { fail("no \(what) within 5 s") }
        usleep(1000)
    }
}

private func physicalAddress(of pointer: UnsafeRawPointer) -> UInt64? { physicalAddresses(of: pointer, pages: 1).first }

/// From /proc/self/pagemap (Linux, Documentation/admin-guide/mm/pagemap.rst): bits 0 to 54 are the frame; none for others
/// than root, and for pages that are not in memory.
func physicalAddresses(of pointer: UnsafeRawPointer, pages: Int) -> [UInt64] {
    let file = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC)
    defer { close(file) }
    var entries = [UInt64](repeating: 0, count: pages)
    guard pread(file, &entries, pages * 8, Int(bitPattern: pointer) / 4096 * 8) == pages * 8 else { return [] }
    return entries.map { ($0 & (1 << 55 - 1)) * 4096 }.filter { $0 != 0 }
}
