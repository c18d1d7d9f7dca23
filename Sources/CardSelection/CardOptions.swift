import ArgumentParser
import DeviceAccess
import E1000
import Frames
import Glibc
import PCIBus
import ToolSupport

/// The options by which every tool chooses its card.
public struct CardOptions: ParsableArguments {
    @Option(
        name: [.short, .long],
        help: ArgumentHelp(
            "The card: a PCI address ('00:03.0', '0000:00:03.0', 'vfio:00:03.0'), a UIO node ('uio0'), 'qemu' or 'sim'.",
            discussion: "'sim' is a model of a card in this process, with nobody on its wire; to see what a program does with a card "
                + "that misbehaves: 'sim:82574L,traffic=100,fault=hang@2' (frames a second that come in; a fault after 2 s: hang, dead, "
                + "reset, vanish, crc, flood, eeprom, phy, interrupt, loopback, checksum; the first six after 0.5 s, the others at once). Without"
                + " --device, the environment's RINGLIGHT_DEVICE, else the only card that is bound to ringlight or vfio-pci."))
    public var device: String?

    @Option(name: .long, help: ArgumentHelp("With 'qemu': QEMU's name of the card.", valueName: "model"))
    public var qemuModel: String = "e1000"

    @Option(name: .long, help: ArgumentHelp("With 'qemu': the MAC address in the card's EEPROM.", valueName: "address"))
    public var mac: String?

    @Option(
        name: .long,
        help: ArgumentHelp("With 'qemu': the network behind the card, as for QEMU's -netdev, without an id.", valueName: "string"))
    public var netdev: String = "user"

    @Option(name: .long, help: ArgumentHelp("With 'qemu': a pcap file that QEMU writes of every frame on the wire.", valueName: "file"))
    public var wirePcap: String?

    @Option(name: .long, help: ArgumentHelp("With 'qemu': QEMU's program.", valueName: "path"))
    public var qemu: String = "qemu-system-x86_64"

    @Option(name: .long, help: ArgumentHelp("Descriptors of each ring: a multiple of 8 from 8 to 4096.", valueName: "count"))
    public var ringSize: UInt32 = 256

    public init() {}

    public mutating func validate() throws {
        guard ringSize >= 8, ringSize <= 4096, ringSize.isMultiple(of: 8) else {
            throw Problem.usage("--ring-size", "\(ringSize) descriptors", remedy: "use a multiple of 8 from 8 to 4096")
        }
        if let mac {
            guard let address = MACAddress(mac) else {
                throw Problem.usage("--mac", "'\(mac)' is not a MAC address", remedy: "write six bytes like 52:54:00:12:34:56")
            }
            guard !address.isMulticast else {
                throw Problem.usage("--mac", "\(mac) is a multicast address", remedy: "a card's first byte is even")
            }
        }
    }

    /// Options for QEMU's bare device.
    private var qemuOptions: QEMUOptions {
        var options = QEMUOptions()
        options.model = qemuModel
        options.macAddress = mac
        options.netdev = netdev
        options.wireCapture = wirePcap
        options.program = qemu
        return options
    }

    /// Opens the chosen card and brings it up.
    ///
    /// - Parameters:
    ///   - settings: how the user wants it set up.
    ///   - prepare: what the program wants beside the user's choices, which it is given.
    /// - Throws: `Problem` when the choice is not clear, `DeviceError` when the card cannot be had.
    public func open(
        _ settings: CardSettings? = nil, promiscuous: Bool = false, stripsVLANTags: Bool = false,
        prepare: (Configuration) -> Configuration = { $0 }
    ) throws -> Controller {
        var configuration = Configuration()
        try settings?.apply(to: &configuration, promiscuous: promiscuous)
        configuration.stripsVLANTags = stripsVLANTags
        configuration.transmitDescriptors = ringSize
        configuration.receiveDescriptors = ringSize
        configuration.promiscuous = promiscuous
        return try Controller(try openDevice(), configuration: prepare(configuration))
    }

    /// QEMU plays the card, for this process alone.
    public var isQEMU: Bool { chosenDevice == "qemu" }

    /// Where the chosen card is on the bus, whoever has it; `nil` for one that is not, and where the choice is not clear.
    public var address: PCIAddress? { CardChoice.address(of: chosenDevice) }

    private var chosenDevice: String? { device ?? getenv("RINGLIGHT_DEVICE").map { String(cString: $0) } }

    /// Opens the chosen card and leaves it as it is.
    ///
    /// - Throws: as `open`.
    public func openDevice() throws -> Device {
        switch try CardChoice(chosenDevice) {
        case .qemu:
            return try QEMUDevice.start(qemuOptions)
        case .sim(let choice):
            return choice.device()
        case .uio(let node):
            // A card that is pulled while mapped is a SIGBUS at the next access.
            VanishedCard.reportOnBusError()
            return try UIODevice.open(node)
        case .vfio(let address):
            VanishedCard.reportOnBusError()
            return try VFIODevice.open(address)
        }
    }
}
