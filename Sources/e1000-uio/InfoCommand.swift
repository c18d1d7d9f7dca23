import ArgumentParser
import CardSelection
import Clocks
import DeviceAccess
import E1000
import Frames
import ToolSupport

struct Info: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show a card: model, address, PHY, link, rings.",
        discussion: """
            The card is reset and initialised for this, as for any use of it.

            Examples:
              sudo e1000-uio info --device 00:03.0
              e1000-uio info --device qemu --mac 52:54:00:12:34:56 --json
            """)

    @OptionGroup var card: CardOptions
    @Flag(help: "Print JSON.")
    var json = false

    private struct Report: Encodable {
        let device: String
        let wayIn: String
        let model: String
        let macAddress: MACAddress
        let eepromChecksum: String
        let phy: String
        let offloads: [String]
        /// In use.
        let interrupt: InterruptKind
        /// The most that the model has.
        let messageInterrupts: String
        let link: Bool
        let speed: Int?
        let fullDuplex: Bool?
        let transmitDescriptors: UInt32
        let receiveDescriptors: UInt32
    }

    func run() throws {
        let card = try card.open()
        let link = try Self.settledLink(of: card)
        let phy = try card.phyState()
        let report = Report(
            device: card.name, wayIn: card.wayIn, model: CardModel.name(of: card.deviceID), macAddress: card.macAddress,
            eepromChecksum: hex(UInt32(card.eeprom.sum), digits: 4), phy: hex(phy.identifier),
            offloads: Self.names(card.supportedOffloads), interrupt: card.interruptKind,
            messageInterrupts: "\(card.model.messageInterrupts)", link: link.isUp,
            speed: link.isUp ? link.speed : nil, fullDuplex: link.isUp ? link.isFullDuplex : nil,
            transmitDescriptors: card.transmitDescriptors, receiveDescriptors: card.receiveDescriptors)
        if json { return try Output.json(report) }
        let linkText = link.isUp ? "up, \(link.speed) Mb/s, \(link.isFullDuplex ? "full" : "half") duplex" : "down"
        Output.line(
            """
            device:     \(report.device)
            way in:     \(report.wayIn)
            model:      \(report.model)
            MAC:        \(report.macAddress)
            EEPROM:     checksum \(card.eeprom.verdict)
            PHY:        \(report.phy), \(phy.isAutonegotiating ? phy.isNegotiated ? "negotiated" : "negotiating" : "forced")
            can:        \(report.offloads.joined(separator: ", "))
            interrupts: \(Self.interrupts(card))
            link:       \(linkText)
            rings:      transmit \(report.transmitDescriptors), receive \(report.receiveDescriptors) descriptors
            """)
    }

    private static func names(_ offloads: CardModel.Offloads) -> [String] {
        let all: [(CardModel.Offloads, String)] = [
            (.checksum, "checksums"), (.segmentation, "TCP segmentation"), (.segmentationIPv6, "TCP segmentation over IPv6"), (.vlan, "VLAN"),
        ]
        return all.filter { offloads.contains($0.0) }.map(\.1)
    }

    /// What is in use, and what the model has beside that.
    private static func interrupts(_ card: borrowing Controller) -> String {
        let most = switch card.model.messageInterrupts {
        case .none: InterruptKind.line.rawValue
        case .msi: InterruptKind.message.rawValue
        case .msix: "MSI-X"
        }
        let used = card.interruptKind.rawValue
        return used == most ? "\(used) in use" : "\(used) in use; the card has \(most) too"
    }

    /// The PHY negotiates again after the reset: a link that is there is up within 3 s (IEEE 802.3, clause 28).
    private static func settledLink(of card: borrowing Controller) throws -> LinkState {
        let deadline = Clocks.monotonic + 3_000_000_000
        while true {
            let link = try card.linkState()
            if link.isUp || Clocks.monotonic > deadline || Interruption.requested { return link }
            Interruption.sleep(nanoseconds: 50_000_000)
        }
    }
}
