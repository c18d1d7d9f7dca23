import Clocks
import E1000
import Frames
import Glibc
import TestSupport
import Testing

/// `regs`, `eeprom` and `stats` as a user runs them, on each model.
@Suite("Tools that show a card", .serialized)
struct InspectionTests {
    private func run(_ words: String, model: String = "e1000") throws -> ToolResult {
        try runTool(
            "e1000-uio",
            words.split(separator: " ").map(String.init) + [
                "--device", "qemu", "--netdev", QEMUBench.deadEnd, "--qemu-model", model, "--mac", "02:00:00:00:be:ef",
            ], bound: 20_000)
    }

    @Test("regs: values of a card at work, decoded; nothing that a read changes", arguments: allModels)
    func registers(model: String) throws {
        let result = try run("regs", model: model)
        #expect(result.status == 0, "\(result.errors)")
        let lines = result.text.split(separator: "\n").map(String.init)
        let status = try #require(lines.firstIndex { $0.hasPrefix("00008 STATUS ") })
        #expect(lines[status + 1].contains("FD") && lines[status + 1].contains("LU"))
        #expect(lines.contains { $0.hasPrefix("05400 RAL[0] ") && $0.contains("0x00000002") })
        #expect(lines.contains { $0.hasPrefix("05404 RAH[0] ") && $0.contains("0x8000efbe") })
        #expect(lines.contains { $0.hasPrefix("05200 MTA[0-127] ") && $0.contains("0x00000000") })
        #expect(lines.contains { $0.contains(" TARC0 ") } == (model == "e1000e"))
        #expect(!lines.contains { $0.contains(" ICR ") || $0.contains(" GPRC ") })
    }

    @Test("regs: by name, raw, JSON, what a read changes when it is asked for")
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

    @Test("eeprom: words, their meaning, the sum; JSON", arguments: allModels)
    func eeprom(model: String) throws {
        let result = try run("eeprom", model: model)
        #expect(result.status == 0, "\(result.errors)")
        let lines = result.text.split(separator: "\n").map(String.init)
        #expect(lines[0].hasPrefix("00: 0002 0000 efbe "))
        #expect(lines.contains { $0.hasPrefix("0x00-0x02") && $0.hasSuffix("02:00:00:00:be:ef") })
        let device = try #require(CardModel.all.first { $0.qemuName == model }).device
        #expect(lines.contains { $0.contains("device id") && $0.hasSuffix("0x\(String(device, radix: 16))") }, "\(result.text)")
        #expect(lines.last?.hasSuffix("0xbaba, good") == true)
        let json = try run("eeprom --json", model: model)
        #expect(json.text.contains("\"macAddress\" : \"02:00:00:00:be:ef\"") && json.text.contains("\"sum\" : \"0xbaba\""))
    }

    @Test("stats: once, all, JSON; --watch prints until interrupted")
    func stats() throws {
        let quiet = try run("stats --seconds 0.1")
        #expect(quiet.status == 0 && !quiet.text.contains("GPRC"), "\(quiet.errors)\(quiet.text)")
        let all = try run("stats --seconds 0 --all")
        for counter in Counter.allCases where counter.family == nil {
            #expect(all.text.contains(counter.meaning), "\(counter)")
        }
        let json = try run("stats --seconds 0 --json")
        #expect(json.text.contains("\"GPRC\" : 0") && json.text.contains("\"refillMisses\" : 0"), "\(json.text)")
        #expect(!json.text.contains("IAC"))
        let watched = try runTool(
            "/usr/bin/timeout", ["--preserve-status", "-s", "INT", "2", "\(productFolder)/e1000-uio", "stats", "--device", "qemu", "--netdev",
                QEMUBench.deadEnd, "--watch", "0.1", "--json"], bound: 20_000)
        #expect(watched.status == 0, "\(watched.errors)")
        #expect(watched.text.split(separator: "\n").count >= 2, "\(watched.text)")
    }

    @Test("selftest: every check passes on each model, and nothing goes out", arguments: allModels)
    func selftest(model: String) throws {
        let capture = scratchDescriptor()
        defer { close(capture) }
        let result = try run("selftest --json --ring-size 64 --wire-pcap /proc/\(getpid())/fd/\(capture)", model: model)
        #expect(result.status == 0, "\(result.errors)\(result.text)")
        #expect(result.text.split(separator: "\n").filter { $0.contains("\"verdict\" : \"passed\"") }.count == 8, "\(result.text)")
        #expect(result.text.contains("\"passed\" : true"))
        var reader = CaptureReader(descriptor: capture, name: "wire")
        #expect(try reader.rest().isEmpty)
    }

    @Test("identify ends after its time, and at once when interrupted")
    func identify() throws {
        let start = Clocks.monotonic
        let result = try run("identify --seconds 0.3")
        #expect(result.status == 0 && Clocks.monotonic - start >= 300_000_000, "\(result.errors)")
        #expect(try run("identify --seconds 0").status == 64)
        let stopped = try runTool(
            "/usr/bin/timeout", ["--preserve-status", "-s", "INT", "1", "\(productFolder)/e1000-uio", "identify", "--device", "qemu", "--netdev",
                QEMUBench.deadEnd, "--seconds", "600"], bound: 20_000)
        #expect(stopped.status == 0, "\(stopped.errors)")
    }
}
