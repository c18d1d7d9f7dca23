@testable import E1000
import DeviceAccess
import Frames
import Testing

@Suite("EEPROM")
struct EEPROMTests {
    private func words(_ first: [UInt16]) -> [UInt16] {
        var words = first + [UInt16](repeating: 0, count: 63 - first.count)
        words.append(EEPROM.checksum &- words.reduce(0, &+))
        return words
    }

    @Test("the address is words 0 to 2, low byte first")
    func address() throws {
        let eeprom = try EEPROM(words: words([0x5452, 0x1200, 0x5634]))
        #expect(eeprom.macAddress == MACAddress("52:54:00:12:34:56"))
    }

    @Test("one flipped bit anywhere is an error", arguments: [0, 1, 31, 63])
    func checksum(word: Int) {
        var words = words([0x5452, 0x1200, 0x5634])
        words[word] ^= 0x0100
        #expect(throws: DeviceError.self) { try EEPROM(words: words) }
    }

    /// What the words 0x03 to 0x0f say, others being blank, to a model.
    private func fields(_ some: [Int: UInt16], _ model: String) throws -> [String: String] {
        var words = [UInt16](repeating: EEPROM.blank, count: 63)
        for (index, word) in some { words[index] = word }
        words.append(EEPROM.checksum &- words.reduce(0, &+))
        let fields = try EEPROM(words: words).fields(of: try #require(CardModel.all.first { $0.name == model }))
        return Dictionary(uniqueKeysWithValues: fields.map { ($0.name, $0.value) })
    }

    @Test("blank words are no fields; half of a field may be blank")
    func blank() throws {
        #expect(try fields([:], "82540EM").keys.sorted() == ["checksum word"])
        #expect(try fields([0x08: 0x1234], "82540EM")["board number (PBA)"] == "1234ff-0ff")
    }

    @Test("bits of the control words, where the model has them", arguments: ["82540EM", "82574L"])
    func control(model: String) throws {
        let isPCI = model == "82540EM"
        var found = try fields([0x03: 0x0800, 0x0a: 0x0613, 0x0f: 0x0800], model)
        #expect(found["compatibility"] == "0x0800, on the motherboard")
        let identifiers = "0x0613, vendor and device id from here, subsystem ids from here"
        #expect(found["initialization control 1"] == identifiers + (isPCI ? ", ILOS, LRST, FD" : ""))
        #expect(found["initialization control 2"] == "0x0800, no pause frames" + (isPCI ? ", autonegotiation" : ""))
        found = try fields([0x03: 0, 0x0a: 0, 0x0f: 0x2000], model)
        #expect(found["compatibility"] == "0x0000" && found["initialization control 1"] == "0x0000")
        #expect(found["initialization control 2"] == "0x2000, pause frames sent only")
        #expect(try fields([0x0f: 0x1000], model)["initialization control 2"] == "0x1000, pause frames both ways")
    }

    @Test("port lights: four of four bits, lowest first; reserved values are told as such")
    func lights() throws {
        #expect(try fields([0x04: 0x9681], "82540EM")["port lights, mode 1/2"] == "0x9681, LED0 default/default LED1 off/on LED2 on/off LED3 off/off")
        #expect(try fields([0x04: 0x00a4], "82574L")["port lights, mode 1/2"] == "0x00a4, LED0 on/default LED1 - LED2 - LED3 -")
        #expect(try fields([0x04: 0x9681], "82544GC")["port lights, mode 1/2"] == "0x9681")
    }

    @Test("the board's number: digits, or where its text is")
    func boardNumber() throws {
        #expect(try fields([0x08: 0x1234, 0x09: 0x5603], "82540EM")["board number (PBA)"] == "123456-003")
        #expect(try fields([0x08: 0xfafa, 0x09: 0x0027], "82574L")["board number (PBA)"] == "text from word 0x0027 on")
    }

    @Test("a short EEPROM is an error even when its sum is right")
    func short() {
        #expect(throws: DeviceError.self) { try EEPROM(words: [EEPROM.checksum]) }
    }
}
