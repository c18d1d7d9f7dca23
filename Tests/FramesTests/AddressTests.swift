import Frames
import Testing

@Suite struct AddressTests {
    @Test func macAddresses() throws {
        let mac = try #require(MACAddress("52:54:00:12:34:Ff"))
        #expect(mac.rawValue == 0x5254_0012_34ff)
        #expect("\(mac)" == "52:54:00:12:34:ff")
        #expect(MACAddress("52-54-00-12-34-ff") == mac)
        #expect(MACAddress(mac.bytes) == mac)
        #expect(!mac.isMulticast && mac.isLocallyAdministered)
        #expect(MACAddress("01:00:5e:00:00:01")?.isMulticast == true)
        #expect(MACAddress.broadcast.isBroadcast && MACAddress.broadcast.isMulticast)
        #expect("\(MACAddress.zero)" == "00:00:00:00:00:00")
    }

    @Test(arguments: [
        "", "52:54:00:12:34", "52:54:00:12:34:56:78", "5:54:00:12:34:56", "+1:54:00:12:34:56", "52:54:00-12:34:56",
        "gg:54:00:12:34:56",
        "525400123456", "52:54:00:12:34:56 ",
    ])
    func notMACAddresses(text: String) { #expect(MACAddress(text) == nil) }

    @Test func ipv4Addresses() throws {
        let address = try #require(IPv4Address("10.0.2.15"))
        #expect(address.rawValue == 0x0a00_020f)
        #expect("\(address)" == "10.0.2.15")
        #expect(IPv4Address("0.0.0.0") == .any)
        #expect(IPv4Address("255.255.255.255") == .broadcast)
    }

    @Test(arguments: ["", "10.0.2", "10.0.2.256", "10.0.2.015", "10.0.2.-1", "10.0.2.+1", "10..2.15", "10.0.2.15.", " 10.0.2.15"])
    func notIPv4Addresses(text: String) { #expect(IPv4Address(text) == nil) }

    @Test func etherTypes() {
        #expect(EtherType("0x88B5") == .localExperimental)
        #expect(EtherType("88b5") == .localExperimental)
        #expect(EtherType("arp") == .arp)
        #expect("\(EtherType.arp)" == "0x0806")
        for text in ["", "0x", "0x12345", "+123", "xyz"] { #expect(EtherType(text) == nil) }
    }
}
