import CardBench
import FoundationEssentials
import Lab
import ToolSupport

/// The same runs in a booted guest, through UIO: this program is in the guest's image. Two cards, on one hub.
struct GuestRuns {
    private let guest: Guest
    private let cards = [Guest.address(ofCard: 0), Guest.address(ofCard: 1)]

    init() throws {
        Output.note("booting a guest")
        var options = Guest.Options(cards: 2)
        for number in 0..<2 { options.cards[number].network = .netdev("hubport,hubid=0") }
        guest = try Guest(options)
        try guest.output(of: "modprobe ringlight && e1000-uio bind \(cards[0]) && e1000-uio bind \(cards[1])")
    }

    func end() { guest.end() }

    func run(_ mode: PacketRun.Mode, batch: UInt32, frames: UInt64) throws -> PacketRun {
        let second = mode == .io ? "--to \(cards[1])" : ""
        let text = try guest.output(
            of: "e1000-uio bench --mode \(mode.rawValue) --device \(cards[0]) \(second) --batch \(batch) --frames \(frames) --json",
            within: .seconds(300))
        return try JSONDecoder().decode(PacketRun.self, from: Data(text.utf8))
    }
}
