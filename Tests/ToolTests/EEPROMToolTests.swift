import TestSupport
import Testing

/// `eeprom` on a simulated card, also a broken one.
@Suite("e1000-uio eeprom")
struct EEPROMToolTests {
    private func run(_ words: String) throws -> ToolResult {
        try runTool("e1000-uio", ["eeprom"] + words.split(separator: " ").map(String.init))
    }

    @Test("a wrong sum: words, meanings and the verdict all the same, and exit 1")
    func broken() throws {
        // One bit of word 5, which is all ones otherwise.
        let text = try run("--device sim:fault=eeprom")
        #expect(text.status == 1)
        let lines = text.text.split(separator: "\n")
        #expect(lines.first == "00: 5452 1200 5634 ffff ffff fffe ffff ffff", "\(text.text)")
        #expect(lines.contains { $0.hasPrefix("0x00-0x02") && $0.hasSuffix("52:54:00:12:34:56") })
        #expect(lines.contains { $0.hasPrefix("0x05") && $0.hasSuffix("version                   0xfffe") }, "\(text.text)")
        #expect(lines.last?.hasPrefix("0x00-0x3f") == true && lines.last?.hasSuffix("0xbab9, wrong: it should be 0xbaba") == true)
        let json = try run("--device sim:fault=eeprom --json")
        #expect(json.status == 1)
        #expect(json.text.contains("\"sum\" : \"0xbab9\"") && json.text.contains("\"good\" : false"), "\(json.text)")
        let good = try run("--device sim --json")
        #expect(good.status == 0)
        #expect(good.text.contains("\"sum\" : \"0xbaba\"") && good.text.contains("\"good\" : true"), "\(good.text)")
        // The others refuse it, and say where to look.
        let other = try runTool("e1000-uio", ["info", "--device", "sim:fault=eeprom"])
        #expect(other.status == 1 && other.errors.contains("checksum is 0xbab9, should be 0xbaba"), "\(other.errors)")
        #expect(other.errors.contains("'e1000-uio eeprom' shows its words"), "\(other.errors)")
    }

    @Test("control words are told in words where the model has them; what nobody has written is left out")
    func decoded() throws {
        let text = try run("--device sim").text
        // 0x4408: FD alone of what is known; 0x3040: both pause bits.
        #expect(text.contains("initialization control 1  0x4408, FD\n"), "\(text)")
        #expect(text.contains("initialization control 2  0x3040, pause frames both ways\n"), "\(text)")
        for blank in ["compatibility", "port lights", "version", "board number", "ffff ffff ffff ffff ffff ffff ffff ffff"] {
            #expect(!text.contains(blank), "\(blank): \(text)")
        }
        #expect(try run("--device sim:82574L").text.contains("initialization control 1  0x4408\n"))
    }
}
