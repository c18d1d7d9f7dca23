/// How a card is set up.
public struct Configuration: Sendable {
    /// Descriptors of the transmit ring: a multiple of 8 from 8 to 4096.
    public var transmitDescriptors: UInt32 = 256
    /// Descriptors of the receive ring: a multiple of 8 from 8 to 4096.
    public var receiveDescriptors: UInt32 = 256
    /// Buffers beside those on the rings: how many received packets the program may hold at a time.
    public var spareBuffers: UInt32 = 64
    /// Bytes of the longest frame, both ways, without the CRC, and without an IEEE 802.1Q tag, whose 4 bytes come on top: from 1514
    /// to `CardModel.longestFrame` less these 4. Frames longer than a buffer of the pool are sent as chains, and received with
    /// `Controller.receiveChain`.
    public var maximumFrame: UInt32 = 1514
    /// The card takes the IEEE 802.1Q tag out of received frames: `Packet.vlanTag` has it then. One bit, CTRL.VME, does this and
    /// lets the card insert tags into frames to send (9.2): `TransmitOffload.vlanTag`.
    public var stripsVLANTags = false
    /// One of so many sent descriptors is reported by the card (RS), and the last one of every `commit`: with more than 1, the
    /// default, the card writes less to memory, and buffers come back some frames later. At most a quarter of the transmit ring,
    /// and at most 256, so that at 10 Mb/s a report comes twice a second.
    public var reportEvery: UInt32 = 1
    /// The card looks at the checksums of received frames: `Packet.checksums` has what it found.
    public var verifiesChecksums = true
    /// Which frames are received; can be changed later with `Controller.setFilters`.
    public var filters = ReceiveFilters()
    /// How long the card may hold interrupts back.
    public var moderation = InterruptModeration()
    /// How the link comes about; can be changed later with `Controller.setLink`.
    public var link = LinkMode.autonegotiate(.all)
    /// Which pause frames are used, whatever the other end offers; can be changed later with `Controller.setFlowControl`.
    public var flowControl: FlowControl = []

    /// Every frame on the wire is received, not only those for us.
    public var promiscuous: Bool {
        get { filters.promiscuous }
        set { filters.promiscuous = newValue }
    }

    /// 256 descriptors a ring, ordinary frames, interrupts at once, the link negotiated, no pause frames.
    public init() {}
}

/// How long the card may hold interrupts back, so that one stands for several frames (13.4.18, 13.4.30, 13.4.31, 13.4.41, 13.4.44).
///
/// In nanoseconds, rounded up to the register's unit; 0, the default of all: an interrupt at once for each frame. Intel recommends
/// `interval` over the delays. The 82544GC has neither `interval` nor the bounds; its `receiveDelay` counts from the first frame
/// (3.2.8).
public struct InterruptModeration: Sendable, Equatable {
    /// Least time between two interrupts of any cause: 0 to 16,776,960 in steps of 256 (ITR).
    public var interval: Int64 = 0
    /// After a received frame, as long as no other comes: 0 to 67,106,816 in steps of 1024 (RDTR).
    public var receiveDelay: Int64 = 0
    /// After a received frame, whatever comes: the bound of `receiveDelay`, which it needs (RADV).
    public var receiveBound: Int64 = 0
    /// After a frame was sent, as long as no other is (TIDV).
    public var transmitDelay: Int64 = 0
    /// After a frame was sent, whatever is: the bound of `transmitDelay`, which it needs (TADV).
    public var transmitBound: Int64 = 0

    /// Nothing is held back.
    public init() {}

    static var intervalUnit: Int64 { 256 }
    static var delayUnit: Int64 { 1024 }
}
