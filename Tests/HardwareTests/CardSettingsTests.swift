import ArgumentParser
import Clocks
import DeviceAccess
import E1000
import E1000Model
import Frames
import Glibc
import TestSupport
import Testing

@testable import CardSelection

/// The options by which a tool sets its card up, from the command line to the registers.
@Suite("Card settings", .serialized)
struct CardSettingsTests {
    /// A simulated 82574L, which has all of them, set up so.
    private func card(_ words: String) throws -> Controller {
        var options = SimDevice.Options()
        options.kind = .i82574L
        return try Controller(SimDevice(options).device(), configuration: try configuration(words))
    }

    private func configuration(_ words: String) throws -> Configuration {
        var configuration = Configuration()
        try CardSettings.parse(words.split(separator: " ").map(String.init)).apply(to: &configuration, promiscuous: false)
        return configuration
    }

    private func value(_ name: String, _ index: Int = 0, of card: borrowing Controller) throws -> UInt32 {
        try #require(card.readRegisters().first { $0.entry.name == name }).values[index]
    }

    struct Offer: Sendable, CustomTestStringConvertible {
        let words: String
        /// ANAR and GTCR.
        let link: UInt16
        let gigabit: UInt16
        var testDescription: String { words }
    }

    @Test(
        "what is offered to the other end",
        arguments: [
            Offer(words: "--link-speed 10", link: 0x0061, gigabit: 0), Offer(words: "--link-speed 100", link: 0x0181, gigabit: 0),
            Offer(words: "--link-speed 100 --duplex half", link: 0x0081, gigabit: 0),
            Offer(words: "--link-speed 1000", link: 0x0001, gigabit: 0x0200), Offer(words: "--duplex full", link: 0x0141, gigabit: 0x0200),
            Offer(words: "--pause rx", link: 0x0de1, gigabit: 0x0200), Offer(words: "--pause tx", link: 0x09e1, gigabit: 0x0200),
            Offer(words: "--pause both", link: 0x05e1, gigabit: 0x0200),
        ])
    func negotiated(offer: Offer) throws {
        let card = try card(offer.words)
        #expect(try card.readPHY(.ANAR) == offer.link && card.readPHY(.GTCR) == offer.gigabit)
        #expect(try card.readPHY(.BMCR) & BMCR.ANE != 0)
    }

    @Test("a forced link, pause frames, interrupts and filters are in the registers, also after a recovery")
    func registers() throws {
        var card = try card("--link-speed 100 --duplex half --no-autoneg --pause both --rx-usecs 512 --vlan 7 --vlan 40 --unicast 02:00:00:00:00:07")
        // TFCE and RFCE, FRCDPLX and FRCSPD; speed and duplex.
        let (forced, link): (UInt32, UInt32) = (0b11 << 27 | 0b11 << 11, 0b11 << 8 | 1)
        for _ in 0..<2 {
            #expect(try value("CTRL", of: card) & (forced | link) == forced | 0b01 << 8)
            #expect(try card.readPHY(.BMCR) & (BMCR.ANE | BMCR.SPEED_100 | BMCR.FULL_DUPLEX) == BMCR.SPEED_100)
            #expect(try value("FCT", of: card) == 0x8808 && value("FCRTH", of: card) > 0)
            // In units of 256 ns.
            #expect(try value("ITR", of: card) & 0xffff == 2000)
            #expect(try value("RCTL", of: card) >> 18 & 1 == 1 && value("VFTA", 0, of: card) == 1 << 7 && value("VFTA", 1, of: card) == 1 << 8)
            #expect(try value("RAL", 1, of: card) == 0x0000_0002 && value("RAH", 1, of: card) == 0x8000_0700)
            try card.recover()
        }
    }

    @Test("the next program finds nothing of them", arguments: ["--link-speed 10", "--link-speed 10 --no-autoneg", "--pause both --vlan 7"])
    func leftovers(words: String) throws {
        let sim = SimDevice()
        do { _ = try Controller(sim.device(), configuration: try configuration(words)) }
        let card = try Controller(sim.device())
        #expect(try card.readPHY(.ANAR) & 0x01e0 == 0x01e0 && card.readPHY(.GTCR) & 0x0200 != 0 && card.readPHY(.BMCR) & BMCR.ANE != 0)
        let forced: UInt32 = 0b11 << 27 | 0b11 << 11
        #expect(try value("CTRL", of: card) & forced == 0 && value("RCTL", of: card) >> 18 & 1 == 0)
    }

    @Test("filters that would have nothing to do are refused", arguments: ["--vlan 7", "--unicast 02:00:00:00:00:07"])
    func everyFrame(words: String) throws {
        let settings = try CardSettings.parse(words.split(separator: " ").map(String.init))
        #expect(throws: (any Error).self) { try settings.check(promiscuous: true) }
        try settings.check(promiscuous: false)
    }

    @Test("top --json shows the link that was asked for")
    func speed() throws {
        for (words, says) in [
            ("--link-speed 100 --duplex half", #""fullDuplex":false,"isUp":true,"speed":100}"#),
            ("--link-speed 10 --no-autoneg", #""fullDuplex":true,"isUp":true,"speed":10}"#),
            ("", #""fullDuplex":true,"isUp":true,"speed":1000}"#),
        ] {
            let result = try runTool(
                "e1000-uio", ["top", "--device", "sim", "--json", "--interval", "0.2", "-n", "2"] + words.split(separator: " ").map(String.init))
            #expect(result.status == 0 && result.text.split(separator: "\n").last?.contains(says) == true, "\(words): \(result.text)\(result.errors)")
        }
    }

    @Test("e1000d keeps the link that was asked for, also when it has mended the card", .needsQEMU("it is about e1000d, not about cards"))
    func daemon() throws {
        let daemon = try RunningDaemon("sim:traffic=200,fault=reset@0.2", ["-p", "--link-speed", "100", "--no-autoneg"])
        try daemon.waitUntilReady()
        let deadline = Clocks.monotonic + 20_000_000_000
        while try daemon.counters()["e1000_recoveries_total"] != 1 {
            guard Clocks.monotonic < deadline else { throw Stuck() }
            usleep(100_000)
        }
        #expect(try daemon.counters()["e1000_link_speed_bits_per_second"] == 1e8)
        daemon.tool.signal(SIGTERM)
        #expect(daemon.tool.wait() == 0, "\(daemon.tool.errors)")
    }

    @Test(
        "recv --vlan and --unicast: QEMU's card lets these in and no others",
        .needsQEMU("the other end of the tool's cable is a socket of QEMU's"))
    func received() throws {
        let wire = try ToolWire()
        let filters = ["--vlan", "7", "--unicast", "02:00:00:00:00:07", "--unicast", "02:00:00:00:00:08"]
        let tool = try RunningTool(["recv", "--device", "qemu", "--netdev", wire.netdev, "-c", "4", "-x", "--json"] + filters)
        try tool.wait(for: "ready")
        func frame(_ last: UInt8, vlan: UInt8?) -> [UInt8] {
            let tag: [UInt8] = vlan.map { [0x81, 0x00, 0x00, $0] } ?? []
            return [2, 0, 0, 0, 0, last, 2, 0, 0, 0, 0, 99] + tag + [0x88, 0xb5] + [UInt8](repeating: last, count: 60)
        }
        for last: UInt8 in 6...9 { for vlan: UInt8? in [nil, 6, 7] { try wire.send(frame(last, vlan: vlan)) } }
        #expect(tool.wait() == 0, "\(tool.errors)")
        let hex = tool.text.split(separator: "\n").compactMap { $0.split(separator: #""hex":""#).dropFirst().first?.prefix { $0 != "\"" } }
        let expected = [frame(7, vlan: nil), frame(7, vlan: 7), frame(8, vlan: nil), frame(8, vlan: 7)]
        #expect(hex.map(String.init) == expected.map { $0.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }, "\(tool.text)")
    }
}
