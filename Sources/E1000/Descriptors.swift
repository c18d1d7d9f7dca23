/// Legacy transmit descriptor, second word (3.3.3): length, command and status. The first word is the buffer's bus address.
@usableFromInline enum TransmitDescriptor {
    /// Bytes of a descriptor.
    @inlinable static var size: Int { 16 }
    /// End of packet.
    @inlinable static var EOP: UInt64 { 1 << 24 }
    /// Insert the frame check sequence.
    @inlinable static var IFCS: UInt64 { 1 << 25 }
    /// Report status: write DD when done.
    @inlinable static var RS: UInt64 { 1 << 27 }
    /// Descriptor done.
    @inlinable static var DD: UInt64 { 1 << 32 }

    /// Insert the tag of the special field; needs CTRL.VME.
    @inlinable static var VLE: UInt64 { 1 << 30 }
    /// The interrupt waits for TIDV and TADV.
    static var IDE: UInt64 { 1 << 31 }

    /// One whole frame in one buffer: the lower half of the word, without the length.
    static func frame(isReported: Bool) -> UInt32 { UInt32(EOP | IFCS | (isReported ? RS : 0)) }

    /// The tag of VLE: the special field (3.3.3.3).
    @inlinable @inline(__always)
    static func special(_ tag: UInt16) -> UInt64 { UInt64(tag) << 48 }
}

/// Receive descriptor, second word (3.2.3): length, checksum, status, errors, special. The first word is the buffer's bus address.
///
/// Comes from the device: whatever it says is checked before it is used.
@usableFromInline struct ReceiveDescriptor {
    @inlinable static var size: Int { 16 }
    /// Descriptor done.
    @inlinable static var DD: UInt64 { 1 << 32 }
    /// End of packet.
    @inlinable static var EOP: UInt64 { 1 << 33 }
    /// The frame had an IEEE 802.1Q tag, which is in the special field.
    @inlinable static var VP: UInt64 { 1 << 35 }
    /// CRC, symbol, sequence, carrier extension or data error: bits 0, 1, 2, 4 and 7 of the errors field.
    @inlinable static var frameErrors: UInt64 { 0b1001_0111 << 40 }

    @usableFromInline let word: UInt64

    @inlinable @inline(__always) init(word: UInt64) { self.word = word }

    @inlinable @inline(__always) var isDone: Bool { word & Self.DD != 0 }
    @inlinable @inline(__always) var length: UInt32 { UInt32(truncatingIfNeeded: word & 0xffff) }
    /// Status, errors and special.
    @inlinable @inline(__always) var status: UInt32 { UInt32(truncatingIfNeeded: word >> 32) }
    /// Done, and a whole frame in this one buffer, without errors, of a possible length.
    @inlinable @inline(__always) var isGood: Bool {
        word & (Self.DD | Self.EOP | Self.frameErrors) == Self.DD | Self.EOP && length &- 1 < UInt32(PacketPool.bufferSize)
    }
    /// The tag that was stripped: the special field, valid with VP (3.2.3.1, 3.2.3.3).
    @inlinable static func tag(status: UInt32) -> UInt16? {
        status & UInt32(truncatingIfNeeded: VP >> 32) != 0 ? UInt16(truncatingIfNeeded: status >> 16) : nil
    }
    @inlinable @inline(__always) var isEndOfPacket: Bool { word & Self.EOP != 0 }
}
