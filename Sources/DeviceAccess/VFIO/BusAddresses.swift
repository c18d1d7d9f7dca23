/// The bus addresses that an IOMMU can translate for a group (I/O virtual addresses), and the choice among them.
struct BusAddresses: Equatable {
    let ranges: [ClosedRange<UInt64>]

    /// - Parameter ranges: inclusive, in bytes.
    init(_ ranges: [ClosedRange<UInt64>]) { self.ranges = ranges }

    /// Reads them from the answer to VFIO_IOMMU_GET_INFO: a `vfio_iommu_type1_info` and a chain of capabilities behind it.
    ///
    /// A kernel that names no ranges has none to exclude (before Linux 5.4).
    ///
    /// - Parameter info: the whole answer, in the byte order of the machine (VFIO's PCI platforms are little-endian).
    init(info: [UInt8]) {
        let flags: UInt32 = Self.number(info, 4) ?? 0
        // VFIO_IOMMU_INFO_CAPS.
        var offset = flags & 2 != 0 ? Int(Self.number(info, 16) as UInt32? ?? 0) : 0
        var ranges: [ClosedRange<UInt64>]?
        // A chain that leads back would have no end.
        for _ in 0..<32 where offset != 0 {
            guard let identity: UInt16 = Self.number(info, offset), let next: UInt32 = Self.number(info, offset + 4)
            else { break }
            if identity == 1, let count: UInt32 = Self.number(info, offset + 8) {
                ranges = (0..<min(Int(count), info.count)).compactMap { index in
                    let place = offset + 16 + 16 * index
                    guard let first: UInt64 = Self.number(info, place), let last: UInt64 = Self.number(info, place + 8),
                        first <= last
                    else { return nil }
                    return first...last
                }
            }
            offset = Int(next)
        }
        self.ranges = ranges ?? [0...UInt64.max]
    }

    /// The lowest address for `size` bytes, from 16 MiB to 4 GiB, at a multiple of 2 MiB; `nil` when there is no room.
    ///
    /// Not 0, which cards take for "no buffer". Below 4 GiB because conventional PCI has no more; low, because below 4 GiB
    /// PCI devices have their own windows, and what a card sends to one of those a bridge may not forward to the IOMMU.
    func place(_ size: UInt64) -> UInt64? {
        let granule: UInt64 = 2 << 20
        return ranges.compactMap { range in
            let lowest = max(range.lowerBound, 16 << 20)
            guard lowest < 1 << 32, size > 0, size < 1 << 32 else { return nil }
            let start = (lowest + granule - 1) & ~(granule - 1)
            let last = start + size - 1
            return last <= range.upperBound && last < 1 << 32 ? start : nil
        }.min()
    }

    private static func number<Number: FixedWidthInteger & UnsignedInteger>(_ bytes: [UInt8], _ offset: Int) -> Number? {
        let size = MemoryLayout<Number>.size
        guard offset >= 0, offset + size <= bytes.count else { return nil }
        return bytes[offset..<offset + size].reversed().reduce(0) { $0 << 8 | Number($1) }
    }
}
