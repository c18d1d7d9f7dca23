import DeviceAccess
import Glibc

/// After the death of a card's user: the card is quiet, and memory that was the dead one's belongs to its next owner alone. Run
/// while frames come in. Two owners in turn: the next opener of the card, for whom bus mastering is on again, and, after an
/// unbind, a process that was given the very pages (by /proc/self/pagemap).
///
/// Ends with status 1 and what is wrong; else prints how much memory was watched. The card is bound again afterwards.
func probeCanary(_ address: String) {
    let folder = "/sys/bus/pci/devices/\(address)"
    // PCI Local Bus Specification 3.0, 6.2.2: bus master is bit 2 of the command register.
    guard let configuration = bytes(of: "\(folder)/config", count: 64), configuration[4] & 4 == 0 else { wrong("bus mastering is on") }
    guard let node = entries(of: "\(folder)/uio").first else { wrong("\(address) has no node") }
    let old = watchNextOpener(node)
    write(address, to: "/sys/bus/pci/drivers/ringlight/unbind")
    let pages = watchNextOwner(old)
    write(address, to: "/sys/bus/pci/drivers/ringlight/bind")
    print("\(old.upperBound - old.lowerBound) bytes of the next opener and \(pages) pages of another process are intact")
}

/// - Returns: the physical addresses of the card's memory.
private func watchNextOpener(_ node: String) -> Range<UInt64> {
    do throws(DeviceError) {
        let card = try UIODevice.open(node)
        // RCTL, TCTL, IMS.
        for (name, offset) in [("RCTL", 0x100), ("TCTL", 0x400), ("IMS", 0xd0)] as [(String, UInt32)] {
            let value = try card.registers.read(offset)
            guard value == 0 else { wrong("\(name) is 0x\(String(value, radix: 16))") }
        }
        let memory = UnsafeMutableRawBufferPointer(start: card.dma.base, count: card.dma.size)
        guard holds(memory, 0) else { wrong("the next opener finds what the last one left") }
        watch(memory, "the next opener's memory")
        return card.dma.busAddress..<card.dma.busAddress + UInt64(card.dma.size)
    } catch {
        wrong("\(error)")
    }
}

/// Takes memory until nearly all of `old` is this process's. The kernel gives out what was its own (unmovable) last, so this needs
/// a machine with little free memory; what the rest of it needs is left.
///
/// - Returns: pages of `old` that were watched.
private func watchNextOwner(_ old: Range<UInt64>) -> Int {
    let piece = 1 << 20
    let (wanted, limit) = ((old.upperBound - old.lowerBound) / 4096, freeMemory() - (6 << 20))
    var pieces: [UnsafeMutableRawBufferPointer] = []
    var owned = 0
    while owned < wanted * 9 / 10, (pieces.count + 1) * piece <= limit {
        let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE
        guard let start = mmap(nil, piece, PROT_READ | PROT_WRITE, flags, -1, 0), start != MAP_FAILED else { break }
        pieces.append(UnsafeMutableRawBufferPointer(start: start, count: piece))
        owned += physicalAddresses(of: start, pages: piece / 4096).filter(old.contains).count
    }
    for piece in pieces { _ = memset(piece.baseAddress!, 0x5a, piece.count) }
    usleep(30_000)
    for piece in pieces where !holds(piece, 0x5a) { wrong("another process's memory changed") }
    for piece in pieces { munmap(piece.baseAddress, piece.count) }
    return owned
}

private func watch(_ memory: UnsafeMutableRawBufferPointer, _ whose: String) {
    memset(memory.baseAddress!, 0xa5, memory.count)
    // Some frames long.
    usleep(30_000)
    guard holds(memory, 0xa5) else { wrong("\(whose) changed") }
}

private func holds(_ memory: UnsafeMutableRawBufferPointer, _ byte: UInt8) -> Bool {
    // Compared with itself, a byte further on.
    memory[0] == byte && memcmp(memory.baseAddress!, memory.baseAddress! + 1, memory.count - 1) == 0
}

private func freeMemory() -> Int {
    let text = bytes(of: "/proc/meminfo", count: 4096).map { String(decoding: $0, as: UTF8.self) } ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("MemFree:") }
    return (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 1024
}

private func bytes(of path: String, count: Int) -> [UInt8]? {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: count)
    let found = read(file, &bytes, count)
    return found > 4 ? Array(bytes[..<found]) : nil
}

private func entries(of path: String) -> [String] {
    guard let folder = opendir(path) else { return [] }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
        let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        if !name.hasPrefix(".") { names.append(name) }
    }
    return names
}

private func write(_ text: String, to path: String) {
    let file = open(path, O_WRONLY | O_CLOEXEC)
    defer { close(file) }
    guard Glibc.write(file, text, text.utf8.count) == text.utf8.count else { wrong("\(path): \(String(cString: strerror(errno)))") }
}

private func wrong(_ words: String) -> Never {
    print("guest-probe: canary: \(words)")
    exit(1)
}
