import CLWIP

/// Bytes that came, in the card's own packets: given back when the value goes.
///
/// On the loop's thread only, to its last reference.
@safe public final class ReceivedData {
    private let packet: UnsafeMutablePointer<pbuf>
    /// Bytes.
    public let count: Int

    init(_ packet: UnsafeMutablePointer<pbuf>) {
        unsafe self.packet = packet
        count = unsafe Int(packet.pointee.tot_len)
    }

    deinit { unsafe pbuf_free(packet) }

    /// Calls with each piece, in order.
    public func forEachPart(_ body: (UnsafeRawBufferPointer) -> Void) {
        var part: UnsafeMutablePointer<pbuf>? = unsafe packet
        while let piece = unsafe part {
            unsafe body(UnsafeRawBufferPointer(start: piece.pointee.payload, count: Int(piece.pointee.len)))
            unsafe part = piece.pointee.next
        }
    }

    /// A copy of some of the bytes.
    ///
    /// - Returns: bytes copied: the buffer's size, or up to the end.
    public func copy(from offset: Int = 0, to buffer: UnsafeMutableRawBufferPointer) -> Int {
        let length = min(buffer.count, count - offset)
        guard length > 0 else { return 0 }
        return unsafe Int(pbuf_copy_partial(packet, buffer.baseAddress, UInt16(length), UInt16(offset)))
    }

    public var bytes: [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, length in length = unsafe copy(to: UnsafeMutableRawBufferPointer(buffer)) }
    }
}
