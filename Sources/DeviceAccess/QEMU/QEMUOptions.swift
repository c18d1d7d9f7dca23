/// What QEMU's bare device is made of.
public struct QEMUOptions: Sendable {
    /// QEMU's name of the card: `e1000` (82540EM), `e1000-82545em`, `e1000-82544gc`, `e1000e` (82574L).
    public var model = "e1000"
    /// The address that goes into the card's EEPROM, `52:54:00:12:34:56`; `nil`: QEMU's default.
    public var macAddress: String?
    /// The network behind the card, as for QEMU's `-netdev`, without an id: `user`, `dgram,…`, `stream,…`, `tap,…`.
    public var netdev = "user"
    /// A pcap file that QEMU writes of every frame on the wire, both ways.
    public var wireCapture: String?
    /// QEMU's program: a name found in PATH, or a path.
    public var program = "qemu-system-x86_64"
    /// Bytes of DMA memory, a multiple of 1 MiB.
    public var dmaSize = 8 << 20
    /// Further words for QEMU's command line.
    public var extraArguments: [String] = []
    /// Descriptors that QEMU inherits, as `firstExtraDescriptor`, + 1, …, for words that name them.
    public var extraDescriptors: [Int32] = []

    /// The number of the first of `extraDescriptors` in QEMU.
    public static let firstExtraDescriptor = 6

    /// An 82540EM on QEMU's user-mode network.
    public init() {}
}
