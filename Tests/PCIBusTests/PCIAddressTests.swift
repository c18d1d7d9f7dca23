import PCIBus
import Testing

@Suite struct PCIAddressTests {
    @Test func withAndWithoutDomain() throws {
        let address = try #require(PCIAddress("0000:00:03.0"))
        #expect(address == PCIAddress("00:03.0"))
        #expect("\(address)" == "0000:00:03.0")
        #expect("\(try #require(PCIAddress("10000:fF:1f.7")))" == "10000:ff:1f.7")
    }

    @Test(arguments: [
        "", "3.0", "00:03", "00:03.8", "00:20.0", "0:03.0", "00:3.0", "000:00:03.0", "00:03.0.0", "0000:00:03.0 ", "+0:03.0",
        "00:0-1.0",
        "0000:00:00:03.0", "100:03.0", "zz:03.0",
    ])
    func notAddresses(text: String) { #expect(PCIAddress(text) == nil) }

    @Test func order() {
        let sorted = ["0000:00:03.0", "0000:00:03.1", "0000:00:04.0", "0000:01:00.0", "0001:00:00.0"].compactMap {
            PCIAddress($0)
        }
        #expect(sorted.reversed().sorted() == sorted)
        #expect(sorted.count == 5)
    }
}
