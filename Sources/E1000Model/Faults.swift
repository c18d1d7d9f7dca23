/// What the card does wrong, on demand. All off: it does what the manual says.
public struct Faults: Sendable, Equatable {
    /// When a descriptor's done bit is written.
    public enum WriteBack: Sendable, Equatable {
        /// With the frame, as the manual has it.
        case atOnce
        /// So many nanoseconds after the frame was sent or stored; in order.
        case late(Int64)
        /// The descriptor stays as the driver left it.
        case never
    }

    /// What a received frame's descriptor says instead of the truth; `nil`: the truth.
    public struct ReceiveLie: Sendable, Equatable {
        /// Bytes, 0 to 65,535: more than the buffer has, for one.
        public var length: UInt16?
        /// Beside DD.
        public var status: UInt8?
        /// All eight bits (3.2.3.2).
        public var errors: UInt8?

        /// What is `nil` stays true.
        public init(length: UInt16? = nil, status: UInt8? = nil, errors: UInt8? = nil) {
            (self.length, self.status, self.errors) = (length, status, errors)
        }
    }

    /// It has left the bus: each read is all ones, writes go nowhere, it neither sends nor receives.
    public var isGone = false
    /// CTRL.RST never clears.
    public var resetHangs = false
    /// EERD.DONE never comes.
    public var eepromHangs = false
    /// MDIC.R never comes.
    public var mdioHangs = false
    /// The transmitter takes nothing off its ring.
    public var transmitterHangs = false
    /// When the descriptors of sent frames are.
    public var transmitDone = WriteBack.atOnce
    /// Bits that are set beside DD in a written-back transmit descriptor's second word.
    public var transmitNoise: UInt64 = 0
    /// When the descriptors of received frames are.
    public var receiveDone = WriteBack.atOnce
    /// What the descriptors of received frames say; `nil`: the truth.
    public var receiveLie: ReceiveLie?
    /// Bits that change in the last byte of a frame that the PHY sends back.
    public var loopbackFlips: UInt8 = 0
    /// Bits that change in each checksum that the card inserts.
    public var checksumFlips: UInt16 = 0
    /// The same, in packets of IPv6 alone.
    public var checksumFlipsIPv6: UInt16 = 0
    /// Bytes too many in the payload length of each segment of IPv6; QEMU's `e1000` says 40.
    public var segmentExcessIPv6: UInt16 = 0
    /// So many interrupts that are due do not arrive; the cause stays in ICR.
    public var interruptsToLose = 0

    /// CTRL.RST ends all of this.
    public var endWithReset = false

    /// None: the card does what the manual says.
    public init() {}
}

/// What a driver did that no driver may do.
public enum Violation: Sendable, Equatable {
    /// A descriptor or buffer where the card may not read.
    case illegalRead(address: UInt64, count: Int)
    /// A descriptor or buffer where the card may not write: freed, or never the device's.
    case illegalWrite(address: UInt64, count: Int)
    /// A tail or head that is not on the ring.
    case beyondRing(register: ModelRegister, value: UInt32)
    /// A head was written while its unit runs (13.4.28, 13.4.39).
    case headWrittenWhileRunning(ModelRegister)
    /// A buffer on two receive descriptors at a time.
    case sharedBuffer(address: UInt64)
    /// A frame to send lies in a buffer that the card may write at any time.
    case sentFromReceiveBuffer(address: UInt64)
    /// A receive descriptor's buffer address changed while the card owned it.
    case descriptorChanged(position: UInt32)
    /// A register was accessed within 1 µs of CTRL.RST (13.4.1).
    case accessDuringReset(offset: UInt32)
}
