import CLWIP
import E1000

/// The card's packets in lwIP's hands: a custom pbuf for each buffer of the pool, so that lending one allocates nothing.
@safe final class LentPackets {
    private let table: UnsafeMutablePointer<ringlight_lent_pbuf>
    private let count: Int
    private let start: UInt
    /// The interface that a packet comes home to.
    var owner: UnsafeMutableRawPointer? {
        didSet { for index in 0..<count { unsafe table[index].owner = owner } }
    }

    /// - Parameters:
    ///   - count: buffers of the pool.
    ///   - start: address of the first.
    init(count: Int, start: UInt) {
        (self.count, self.start) = (count, start)
        unsafe table = .allocate(capacity: count)
        for index in 0..<count {
            var entry = unsafe ringlight_lent_pbuf()
            unsafe entry.custom.custom_free_function = Self.comeHome
            unsafe (table + index).initialize(to: entry)
        }
    }

    func deallocate() { unsafe table.deallocate() }

    /// - Parameters:
    ///   - address: a lent buffer's, with the frame at its start.
    ///   - length: bytes of the frame.
    func packet(_ address: UnsafeMutableRawPointer, length: UInt16) -> UnsafeMutablePointer<pbuf>? {
        let entry = unsafe table + Int(UInt(bitPattern: address) - start) / PacketPool.bufferSize
        return unsafe ringlight_lent_pbuf_start(entry, address, length)
    }

    /// lwIP frees it. Its payload may have moved past headers, but lies in the buffer.
    private static let comeHome: pbuf_free_custom_fn = { packet in
        guard let packet = unsafe packet, let payload = unsafe packet.pointee.payload else { return }
        let lent = unsafe UnsafeMutableRawPointer(packet).assumingMemoryBound(to: ringlight_lent_pbuf.self)
        guard let owner = unsafe lent.pointee.owner else { return }
        unsafe Unmanaged<HostInterface>.fromOpaque(owner).takeUnretainedValue().takeBack(payload)
    }
}
