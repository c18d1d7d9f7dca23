/// The receive buffers that the card owns, by ring position and by place.
struct OwnedBuffers: Sendable {
    private var byPosition: [UInt32: UInt64] = [:]
    /// No two buffers of one size that do not overlap start in the same stretch of that size.
    private var byStretch: [UInt64: UInt64] = [:]
    private var size: UInt64 = 2048

    subscript(_ position: UInt32) -> UInt64? { byPosition[position] }

    /// - Parameter size: bytes of a buffer.
    /// - Returns: false when it overlaps another.
    mutating func insert(_ address: UInt64, at position: UInt32, size: Int) -> Bool {
        if byPosition.isEmpty { self.size = UInt64(size) }
        let isAlone = !overlaps(address, count: size)
        byPosition[position] = address
        byStretch[address / self.size] = address
        return isAlone
    }

    mutating func remove(_ position: UInt32) {
        if let address = byPosition.removeValue(forKey: position) { byStretch[address / size] = nil }
    }

    mutating func removeAll() { (byPosition, byStretch) = ([:], [:]) }

    /// Whether any of these bytes lies in a buffer.
    func overlaps(_ address: UInt64, count: Int) -> Bool {
        guard !byPosition.isEmpty, count > 0 else { return false }
        let (last, isOverflow) = address.addingReportingOverflow(UInt64(count - 1))
        guard !isOverflow else { return false }
        let first = address / size
        return ((first > 0 ? first - 1 : 0)...last / size).contains { stretch in
            byStretch[stretch].map { $0 <= last && address < $0 + size } ?? false
        }
    }
}
