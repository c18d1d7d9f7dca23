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

    @Test("a short EEPROM is an error even when its sum is right")
    func short() {
        #expect(throws: DeviceError.self) { try EEPROM(words: [EEPROM.checksum]) }
    }
}
