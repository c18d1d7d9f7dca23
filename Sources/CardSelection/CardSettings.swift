import ArgumentParser
import E1000
import Frames
import ToolSupport

/// The options by which a tool that moves frames sets its card up; what ethtool(8) calls `-s`, `-A`, `-C` and `-K`.
public struct CardSettings: ParsableArguments {
    public enum Duplex: String, CaseIterable, ExpressibleByArgument, Sendable { case half, full }
    public enum Pause: String, CaseIterable, ExpressibleByArgument, Sendable { case rx, tx, both, off }

    @Option(help: ArgumentHelp("The link's speed, 10, 100 or 1000: the only one that is offered to the other end.", valueName: "Mb/s"))
    public var linkSpeed: Int?
    @Option(help: ArgumentHelp("The link's duplex, half or full; 1000 Mb/s are full.", valueName: "duplex"))
    public var duplex: Duplex?
    @Flag(name: .customLong("no-autoneg"), help: "Negotiate nothing: the speed of --link-speed, 10 or 100, whatever the other end does.")
    public var withoutNegotiation = false
    @Option(
        help: ArgumentHelp(
            "Pause frames: rx obeys those that come in, tx sends some when the card's memory fills; offered to the other end.",
            valueName: "rx|tx|both|off"))
    public var pause: Pause = .off
    @Option(help: ArgumentHelp("Least time between two interrupts, 0 to 16776; the 82544GC has none.", valueName: "microseconds"))
    public var rxUsecs: UInt32 = 0
    @Option(help: ArgumentHelp("Of frames with a VLAN tag receive only those of this VLAN, 0 to 4095; can be repeated.", valueName: "id"))
    public var vlan: [UInt16] = []
    @Option(help: ArgumentHelp("Receive frames for this address too; can be repeated, 15 times at most.", valueName: "address"))
    public var unicast: [String] = []

    public init() {}

    public func validate() throws {
        guard rxUsecs <= 16776 else {
            throw Problem.usage("--rx-usecs", "\(rxUsecs) microseconds", remedy: "use 0 to 16776")
        }
        if let id = vlan.first(where: { $0 > 4095 }) { throw Problem.usage("--vlan", "VLAN \(id)", remedy: "use 0 to 4095") }
        guard unicast.count <= 15 else { throw Problem.usage("--unicast", "\(unicast.count) addresses", remedy: "give at most 15") }
        _ = try unicast.map(Self.address)
        _ = try link()
    }

    /// Whether the user has left all of them away.
    public var areUsual: Bool {
        linkSpeed == nil && duplex == nil && !withoutNegotiation && pause == .off && rxUsecs == 0 && vlan.isEmpty && unicast.isEmpty
    }

    /// For a command's `validate`, before it does anything.
    ///
    /// - Parameter promiscuous: every frame is received.
    /// - Throws: `ValidationError` for filters that would have nothing to do.
    public func check(promiscuous: Bool) throws {
        guard promiscuous, !vlan.isEmpty || !unicast.isEmpty else { return }
        throw Problem.usage(
            vlan.isEmpty ? "--unicast" : "--vlan", "the card receives every frame", remedy: "have it filter: add -p, or leave --promiscuous away")
    }

    /// - Throws: as `check`.
    func apply(to configuration: inout Configuration, promiscuous: Bool) throws {
        try check(promiscuous: promiscuous)
        configuration.filters.unicast = try unicast.map(Self.address)
        configuration.filters.vlans = vlan.isEmpty ? nil : vlan
        configuration.moderation.interval = Int64(rxUsecs) * 1000
        configuration.link = try link()
        configuration.flowControl = flowControl
    }

    private var flowControl: FlowControl {
        switch pause {
        case .rx: .receive
        case .tx: .transmit
        case .both: [.receive, .transmit]
        case .off: []
        }
    }

    /// What says so in autonegotiation (IEEE 802.3, table 28B-2).
    private var pauseAbilities: LinkAbilities {
        switch pause {
        case .rx: [.pause, .asymmetricPause]
        case .tx: .asymmetricPause
        case .both: .pause
        case .off: []
        }
    }

    private func link() throws -> LinkMode {
        if withoutNegotiation {
            guard let linkSpeed else { throw Problem.usage("--no-autoneg", "there is no speed", remedy: "give --link-speed 10 or 100 too") }
            guard linkSpeed == 10 || linkSpeed == 100 else {
                throw Problem.usage(
                    "--link-speed", "\(linkSpeed) Mb/s cannot be had without autonegotiation", remedy: "use 10 or 100, or leave --no-autoneg away")
            }
            return .forced(speed: linkSpeed, fullDuplex: duplex != .half)
        }
        let bySpeed: LinkAbilities = switch linkSpeed {
        case nil: .all
        case 10: [.half10, .full10]
        case 100: [.half100, .full100]
        case 1000: .full1000
        case let speed?: throw Problem.usage("--link-speed", "\(speed) Mb/s", remedy: "use 10, 100 or 1000")
        }
        let byDuplex: LinkAbilities = switch duplex {
        case nil: .all
        case .half: [.half10, .half100]
        case .full: [.full10, .full100, .full1000]
        }
        let speeds = bySpeed.intersection(byDuplex)
        guard !speeds.isEmpty else { throw Problem.usage("--duplex", "1000 Mb/s have no half duplex", remedy: "use 10 or 100 Mb/s") }
        return .autonegotiate(speeds.union(pauseAbilities))
    }

    private static func address(_ text: String) throws -> MACAddress {
        guard let address = MACAddress(text) else {
            throw Problem.usage("--unicast", "'\(text)' is not a MAC address", remedy: "write six bytes like 52:54:00:12:34:56")
        }
        guard !address.isMulticast else {
            throw Problem.usage("--unicast", "\(text) is a group's address", remedy: "the first byte is even")
        }
        return address
    }
}
