extension Guest {
    /// What the virtual machine has, and how it boots.
    public struct Options: Sendable {
        /// By default the image that belongs to this program.
        public var image: GuestImage?
        /// MiB.
        public var memory = 512
        public var processors = 1
        /// QEMU's machine type. Unplugging cards needs `pc`; an IOMMU needs `q35`.
        public var machine = "pc"
        /// Network cards, in PCI slots 3, 4, …; each has a capture of its own. At most 5.
        public var cards: [Card] = []
        /// A USB controller (`usb.0`) and its drivers, for keyboards that come and go.
        public var usb = false
        /// Kernel modules that are loaded before the guest is ready.
        public var modules: [String] = []
        public var kernelArguments: [String] = []
        public var qemuArguments: [String] = []
        /// QEMU's program: a path, or a name in PATH.
        public var qemu = "qemu-system-x86_64"
        /// From the start of QEMU to the first command. Seconds, but a kernel that watches itself takes a busy machine its time.
        public var bootBound: Duration = .seconds(180)
        /// A descriptor that becomes readable when the owner wants to stop: QEMU is ended, and every wait throws
        /// `GuestError.ended`. It stays the owner's.
        public var interruption: Int32 = -1

        /// - Parameter count: e1000 cards, each on a network of its own with nobody else.
        public init(cards count: Int = 0, usb: Bool = false, modules: [String] = []) {
            cards = (0..<count).map { Card(network: .netdev("hubport,hubid=\($0)")) }
            self.usb = usb
            self.modules = modules
        }
    }

    /// A network card of the guest.
    public struct Card: Sendable {
        /// What the card's cable leads to.
        public enum Network: Sendable {
            /// A QEMU back end, as after `-netdev` but without `id`.
            case netdev(String)
            /// A datagram socket of ours, one frame a datagram. QEMU gets a copy of the descriptor.
            case peer(Int32)
        }

        public var network: Network
        /// QEMU's device name.
        public var model: String
        /// `nil`: QEMU's own choice (52:54:00:12:34:56, …57, …).
        public var mac: String?

        public init(network: Network = .netdev("hubport,hubid=0"), model: String = "e1000", mac: String? = nil) {
            (self.network, self.model, self.mac) = (network, model, mac)
        }
    }
}
