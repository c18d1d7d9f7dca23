@testable import CardSelection
import Clocks
import DeviceAccess
import E1000
import Glibc
import PCIBus
import Testing
import ToolSupport

/// A bench with a card of this machine: its cable leads to a second card of ours, or back into itself.
///
/// A test that asks for what such a bench does not have is cancelled, with the reason.
struct PCISlot {
    let address: String
    let peer: String?
    let withPeer: Bool
    let withLinkControl: Bool

    static let noLinkControl = "nobody can pull the cable of a card of this machine from here"
    static let noOtherEnd = "a card that is looped to itself has nobody at the other end of its cable"

    /// Opens the card, and waits for its link.
    func card(_ configuration: Configuration) throws -> Controller {
        if withLinkControl { try skip(Self.noLinkControl) }
        if withPeer { _ = try otherEnd }
        if peer != nil { try otherEnd.forget() }
        var card = try Controller(try Self.open(address, for: "RINGLIGHT_DEVICE"), configuration: configuration)
        guard try hasLink(&card) else {
            throw Problem(address, "no link within 10 s", remedy: "check the cable to \(peer ?? "itself: a plug, see the README")")
        }
        return card
    }

    /// Everything that the card sent.
    func wire() throws -> [[UInt8]] { try otherEnd.heard() }

    func deliver(_ frame: [UInt8]) throws -> Bool { try otherEnd.send(frame) }

    private var otherEnd: CableEnd {
        get throws {
            guard let peer else { try skip(Self.noOtherEnd) }
            guard PCIAddress(peer) == nil || PCIAddress(peer) != PCIAddress(address) else {
                throw Problem(
                    "RINGLIGHT_PEER", "\(peer) is the card under test", remedy: "leave it out when the card is looped to itself")
            }
            return try CableEnd.of(peer)
        }
    }

    /// A plug that leads a card's wires back to itself cannot negotiate: such a card is told its speed.
    private func hasLink(_ card: inout Controller) throws -> Bool {
        guard peer == nil else { return try becomes(within: 10) { try card.linkState().isUp && otherEnd.hasLink } }
        if try becomes(within: 5, { try card.linkState().isUp }) { return true }
        try card.setLink(.forced(speed: 100, fullDuplex: true))
        return try becomes(within: 5) { try card.linkState().isUp }
    }

    private func becomes(within seconds: Int64, _ condition: () throws -> Bool) throws -> Bool {
        let deadline = Clocks.monotonic + seconds * 1_000_000_000
        while Clocks.monotonic < deadline {
            if try condition() { return true }
            usleep(10_000)
        }
        return false
    }

    /// A card of this machine that was given to user space, by the driver that it was given to.
    ///
    /// - Parameter variable: who named the card.
    /// - Throws: what is missing: the address' form, the card, or `e1000-uio bind`.
    static func open(_ address: String, for variable: String) throws -> Device {
        guard PCIAddress(address) != nil else {
            throw Problem(variable, "'\(address)' is not a PCI address", remedy: "write it like 0000:03:00.0; see 'e1000-uio list'")
        }
        switch try CardChoice(address) {
        case .uio(let node): return try UIODevice.open(node)
        case .vfio(let address):
            var options = VFIOOptions()
            options.dmaSize = 16 << 20
            return try VFIODevice.open(address, options: options)
        case .qemu, .sim: throw Stuck()
        }
    }
}

/// Ends a test that cannot be on this bench.
func skip(_ reason: String) throws -> Never {
    // Swift 6.3 counts the test as passed, and says nothing.
    print("skipped: \(Test.current?.displayName ?? ""): \(reason)")
    // A line of its own, among those of the tests.
    fflush(nil)
    #if compiler(>=6.3)
        try Test.cancel("\(reason)")
    #else
        throw Problem("cannot be tested here", reason)
    #endif
}
