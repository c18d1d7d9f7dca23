/// Legacy transmit descriptor, second word (3.3.3): length, command and status. The first word is the buffer's bus address.
enum TransmitDescriptor {
    /// Bytes of a descriptor.
    static var size: Int { 16 }
    /// End of packet.
    static var EOP: UInt64 { 1 << 24 }
    /// Insert the frame check sequence.
    static var IFCS: UInt64 { 1 << 25 }
    /// Report status: write DD when done.
    static var RS: UInt64 { 1 << 27 }
    /// Descriptor done.
    static var DD: UInt64 { 1 << 32 }

    /// One whole frame in one buffer, reported when done.
    @inline(__always)
    static func frame(length: UInt32) -> UInt64 { UInt64(length) | EOP | IFCS | RS }
}

/// Receive descriptor, second word (3.2.3): length, checksum, status, errors, special. The first word is the buffer's bus address.
///
/// Comes from the device: whatever it says is checked before it is used.
struct ReceiveDescriptor {
    static var size: Int { 16 }
    /// Descriptor done.
    static var DD: UInt64 { 1 << 32 }
    /// End of packet.
    static var EOP: UInt64 { 1 << 33 }
    /// CRC, symbol, sequence, carrier extension or data error: bits 0, 1, 2, 4 and 7 of the errors field.
    static var frameErrors: UInt64 { 0b1001_0111 << 40 }

    let word: UInt64

    @inline(__always) var isDone: Bool { word & Self.DD != 0 }
    @inline(__always) var length: UInt32 { UInt32(truncatingIfNeeded: word & 0xffff) }
    /// A whole frame in this one buffer, without errors, of a possible length.
    @inline(__always) var isGood: Bool {
        word & (Self.EOP | Self.frameErrors) == Self.EOP && length > 0 && length <= PacketPool.bufferSize
    }
    @inline(__always) var isEndOfPacket: Bool { word & Self.EOP != 0 }
}
