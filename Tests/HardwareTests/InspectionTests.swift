import Clocks
import E1000
import E1000Model
import Frames
import Glibc
import TestSupport
import Testing

@testable import e1000_uio

/// `regs`, `eeprom` and `stats` as a user runs them, on each model.
@Suite("Tools that show a card", .serialized)
struct InspectionTests {
    /// On one card where the words are the same for all.
    private func run(_ words: String, on card: TestCard = TestCard.all[0]) throws -> ToolResult {
        try runTool("e1000-uio", words.split(separator: " ").map(String.init) + card.toolOptions, bound: 60_000)
    }

    private struct Identity {
        let model: CardModel
        let address: MACAddress
    }

    /// What a tool must say about a card.
    private func identity(of card: TestCard) throws -> Identity {
        switch card {
        case .sim(let kind):
            return Identity(model: try #require(CardModel.find(vendor: CardModel.vendor, device: kind.rawValue)), address: TestCard.simAddress)
        case .qemu(let name):
            return Identity(model: try #require(CardModel.all.first { $0.qemuName == name }), address: TestCard.qemuAddress)
        case .pci:
            return try Self.identityOfPCI.get()
        }
    }

    /// Of a card of the machine only `info` knows it before; once, since a tool's start takes a second in an emulated guest.
    private static let identityOfPCI = Result {
        let text = try runTool("e1000-uio", ["info", "--json"] + TestCard.all[0].toolOptions).text
        func value(_ key: String) -> String? {
            text.split(separator: "\n").first { $0.contains("\"\(key)\" : ") }?.split(separator: "\"").dropFirst(3).first.map(String.init)
        }
        return Identity(
            model: try #require(CardModel.all.first { $0.name == value("model") }, "\(text)"),
            address: try #require(value("macAddress").flatMap { MACAddress($0) }, "\(text)"))
    }

    private func hex(_ number: some BinaryInteger, _ digits: Int) -> String {
        let text = String(number, radix: 16)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }

    @Test("regs: values of a card at work, decoded; nothing that a read changes", arguments: TestCard.all)
    func registers(of card: TestCard) throws {
        let identity = try identity(of: card)
        let (model, address) = (identity.model, identity.address)
        let result = try run("regs", on: card)
        #expect(result.status == 0, "\(result.errors)")
        let lines = result.text.split(separator: "\n").map(String.init)
        let status = try #require(lines.firstIndex { $0.hasPrefix("00008 STATUS ") })
        // A real card has no link yet.
        #expect(lines[status + 1].contains("FD") && (card.isPCI || lines[status + 1].contains("LU")))
        let bytes = address.bytes.map(UInt32.init)
        let (low, high) = (bytes[0] | bytes[1] << 8 | bytes[2] << 16 | bytes[3] << 24, 0x8000_0000 | bytes[4] | bytes[5] << 8)
        #expect(lines.contains { $0.hasPrefix("05400 RAL[0] ") && $0.contains("0x\(hex(low, 8))") })
        #expect(lines.contains { $0.hasPrefix("05404 RAH[0] ") && $0.contains("0x\(hex(high, 8))") })
        #expect(lines.contains { $0.hasPrefix("05200 MTA[0-127] ") && $0.contains("0x00000000") })
        #expect(lines.contains { $0.contains(" TARC0 ") } == (model.family == .pcie))
        #expect(!lines.contains { $0.contains(" ICR ") || $0.contains(" GPRC ") })
    }

    @Test("regs: by name, raw, JSON, what a read changes when it is asked for", .needsNoSlot)
    func registersAsked() throws {
        let raw = try run("regs --raw rctl TCTL")
        #expect(raw.text.split(separator: "\n").map { $0.split(separator: " ")[1] } == ["RCTL", "TCTL"])
        let effects = try run("regs --effects ICR GPRC --json")
        #expect(effects.text.contains("\"access\" : \"read, clears\"") && effects.text.contains("\"name\" : \"GPRC\""), "\(effects.text)")
        #expect(try run("regs ICR").text.contains("Interrupt Cause Read"))
        let json = try run("regs STATUS --json")
        #expect(json.text.contains("\"LU\" : 1") && json.text.contains("\"section\" : \"13.4.2\""), "\(json.text)")
        let unknown = try run("regs BOGUS")
        #expect(unknown.status == 64 && unknown.errors.contains("'BOGUS': no register of that name"), "\(unknown.errors)")
        #expect(try run("regs --watch 0").status == 64)
    }

    @Test("regs --watch: all once, then only what has changed", .needsNoSlot)
    func registersWatched() throws {
        let result = try runTool(
            "/usr/bin/timeout",
            ["--preserve-status", "-s", "INT", "2", "\(productFolder)/e1000-uio", "regs", "--raw", "--watch", "0.2", "RDH", "RDT", "STATUS",
                "--device", "sim:traffic=100"])
        #expect(result.status == 0, "\(result.errors)")
        let names = result.text.split(separator: "\n").map { String($0.split(separator: " ")[1]) }
        #expect(names.prefix(3).sorted() == ["RDH", "RDT", "STATUS"], "\(result.text)")
        // Nobody takes the frames that come in: the card's head alone moves.
        #expect(names.count >= 6 && names.dropFirst(3).allSatisfy { $0 == "RDH" }, "\(result.text)")
        let values = result.text.split(separator: "\n").filter { $0.contains(" RDH ") }.map { $0.split(separator: " ")[2] }
        #expect(zip(values, values.dropFirst()).allSatisfy { $0 < $1 }, "\(values)")
    }

    @Test("eeprom: words, their meaning, the sum; JSON", arguments: TestCard.all)
    func eeprom(of card: TestCard) throws {
        let identity = try identity(of: card)
        let (model, address) = (identity.model, identity.address)
        let result = try run("eeprom", on: card)
        #expect(result.status == 0, "\(result.errors)")
        let lines = result.text.split(separator: "\n").map(String.init)
        let words = [0, 2, 4].map { hex(UInt16(address.bytes[$0]) | UInt16(address.bytes[$0 + 1]) << 8, 4) }.joined(separator: " ")
        #expect(lines[0].hasPrefix("00: \(words) "))
        #expect(lines.contains { $0.hasPrefix("0x00-0x02") && $0.hasSuffix("\(address)") })
        #expect(lines.contains { $0.contains("device id") && $0.hasSuffix("0x\(hex(model.device, 4))") }, "\(result.text)")
        #expect(lines.last?.hasSuffix("0xbaba, good") == true)
        let json = try run("eeprom --json", on: card)
        #expect(json.text.contains("\"macAddress\" : \"\(address)\"") && json.text.contains("\"sum\" : \"0xbaba\""))
    }

    @Test("stats: once, all, JSON; --watch prints until interrupted")
    func stats() throws {
        let quiet = try run("stats --seconds 0.1")
        #expect(quiet.status == 0 && !quiet.text.contains("GPRC"), "\(quiet.errors)\(quiet.text)")
        let all = try run("stats --seconds 0 --all")
        for counter in Counter.allCases where counter.cards == .all {
            #expect(all.text.contains(counter.meaning), "\(counter)")
        }
        let json = try run("stats --seconds 0 --json")
        #expect(json.text.contains("\"GPRC\" : 0") && json.text.contains("\"refillMisses\" : 0"), "\(json.text)")
        // A counter that only the 82574L has.
        #expect(try json.text.contains("IAC") == (identity(of: TestCard.all[0]).model.family == .pcie))
        let watched = try RunningTool(["stats", "--watch", "0.1", "--json"] + TestCard.all[0].toolOptions)
        let deadline = Clocks.monotonic + 30_000_000_000
        while watched.text.split(separator: "\n").count < 2, Clocks.monotonic < deadline { usleep(50_000) }
        watched.signal(SIGINT)
        #expect(watched.wait() == 0, "\(watched.errors)")
        #expect(watched.text.split(separator: "\n").count >= 2, "\(watched.text)")
    }

    @Test("selftest: every check passes on each model, and nothing goes out", arguments: TestCard.all)
    func selftest(of card: TestCard) throws {
        let capture = scratchDescriptor()
        defer { close(capture) }
        // Nobody watches the cable of another card.
        let witness = card.isQEMU ? " --wire-pcap /proc/\(getpid())/fd/\(capture)" : ""
        let result = try run("selftest --json --ring-size 64\(witness)", on: card)
        #expect(result.status == 0, "\(result.errors)\(result.text)")
        #expect(result.text.split(separator: "\n").filter { $0.contains("\"verdict\" : \"passed\"") }.count == 9, "\(result.text)")
        #expect(result.text.contains("\"\(try offloads(of: card))\""), "\(result.text)")
        #expect(result.text.contains("\"passed\" : true"))
        guard card.isQEMU else { return }
        var reader = CaptureReader(descriptor: capture, name: "wire")
        #expect(try reader.rest().isEmpty)
    }

    /// What the self-test says of them: each model does what QEMU does right, silicon everything (Quirks).
    private func offloads(of card: TestCard) throws -> String {
        switch card.qemuModel {
        case "e1000e"?: "checksums of IPv4 and IPv6, tag, checksum status; QEMU's e1000e does not segment"
        case "e1000-82544gc"?:
            "checksums of IPv4 and IPv6, segments of IPv4, tag; the 82544GC makes no segments of IPv6; "
                + "QEMU's e1000-82544gc looks at no received checksum"
        case let model?:
            "checksums of IPv4 and IPv6, segments of IPv4, tag; QEMU's \(model) makes wrong segments of IPv6; "
                + "QEMU's \(model) looks at no received checksum"
        case nil where card == .sim(.i82544GC):
            "checksums of IPv4 and IPv6, segments of IPv4, tag, checksum status; the 82544GC makes no segments of IPv6; "
                + "the 82544GC looks at no received checksum of IPv6"
        case nil: "checksums of IPv4 and IPv6, segments of IPv4 and IPv6, tag, checksum status"
        }
    }

    @Test("identify blinks, and leaves the lights as they were, however it ends", arguments: ModelKind.allCases, [false, true])
    func identifyRestores(kind: ModelKind, isReset: Bool) throws {
        var options = SimDevice.Options()
        options.kind = kind
        let sim = SimDevice(options)
        var card = try Controller(sim.device())
        let register = kind == .i82544GC ? "CTRL" : "LEDCTL"
        let before = try lights(register, of: card)
        if isReset { sim.after(200_000_000) { $0.card.loseState() } }
        sim.forgetAccesses()
        try Identify.blink(&card, for: 0.6)
        #expect(try lights(register, of: card) == before)
        // On, off, on; and as before.
        #expect(sim.accesses[kind == .i82544GC ? 0 : 0xe00, default: .init()].writes >= 4)
        #expect(card.driverCounters.recoveries == (isReset ? 1 : 0))
    }

    private func lights(_ register: String, of card: borrowing Controller) throws -> UInt32 {
        try #require(card.readRegisters().first { $0.entry.name == register }).values[0]
    }

    @Test("identify ends after its time, and at once when interrupted", .needsNoSlot)
    func identify() throws {
        let start = Clocks.monotonic
        let result = try run("identify --seconds 0.3")
        #expect(result.status == 0 && Clocks.monotonic - start >= 300_000_000, "\(result.errors)")
        #expect(try run("identify --seconds 0").status == 64)
        let stopped = try runTool(
            "/usr/bin/timeout", ["--preserve-status", "-s", "INT", "1", "\(productFolder)/e1000-uio", "identify", "--seconds", "600"]
                + TestCard.all[0].toolOptions, bound: 60_000)
        #expect(stopped.status == 0, "\(stopped.errors)")
    }
}
