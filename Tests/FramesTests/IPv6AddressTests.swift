import Frames
import Testing

@Suite struct IPv6AddressTests {
    /// What is read, and its one form of RFC 5952.
    @Test(arguments: [
        ("::", "::"), ("::1", "::1"), ("1::", "1::"), ("2001:DB8::0:1", "2001:db8::1"), ("2001:0db8:0000:0000:0000:0000:0002:0001", "2001:db8::2:1"),
        // 4.2.2: one zero group is no run. 4.2.3: the longest run; of two equal ones, the first.
        ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"), ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"), ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
        ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"), ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"), ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"),
        ("0:0:0:0:0:0:0:0", "::"), ("1:0:0:0:0:0:0:0", "1::"),
        // 5: mixed notation.
        ("::ffff:192.0.2.1", "::ffff:192.0.2.1"), ("::ffff:c000:201", "::ffff:192.0.2.1"), ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
        ("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"), ("::1.2.3.4", "::102:304"),
    ])
    func texts(text: String, canonical: String) throws {
        let address = try #require(IPv6Address(text))
        #expect("\(address)" == canonical)
        #expect(IPv6Address(canonical) == address)
        #expect(IPv6Address(address.bytes) == address)
    }

    @Test(arguments: [
        "", ":", ":::", "1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", ":1:2:3:4:5:6:7", "1:2:3:4:5:6:7:", "1:2:3:4:5:6:7:8::",
        "::1:2:3:4:5:6:7:8", "12345::", "g::", "+1::", "-1::", "1::%eth0", " ::1", "::1 ", "1.2.3.4", "::1.2.3", "::1.2.3.256", "::1.2.3.4:5",
        "1:2:3:4:5:6:7:1.2.3.4", "::ffff:1.2.3.4.", "1:::2", "::1::", "0000000000::",
    ])
    func notAddresses(text: String) { #expect(IPv6Address(text) == nil) }

    @Test func kinds() throws {
        let mac = MACAddress(rawValue: 0x5254_0012_3456)
        #expect("\(IPv6Address.linkLocal(mac))" == "fe80::5054:ff:fe12:3456")
        #expect(IPv6Address.linkLocal(mac).isLinkLocal && !IPv6Address.linkLocal(mac).isMulticast)
        #expect("\(IPv6Address.linkLocal(mac).solicitedNode)" == "ff02::1:ff12:3456")
        #expect("\(IPv6Address.linkLocal(mac).solicitedNode.multicastMAC)" == "33:33:ff:12:34:56")
        #expect("\(IPv6Address.allNodes) \(IPv6Address.allRouters)" == "ff02::1 ff02::2")
        #expect(IPv6Address.allNodes.isMulticast && IPv6Address.any.rawValue == 0)
        #expect(IPv6Address([1, 2]) == nil)
        #expect(IPv6Address("::ffff:1.2.3.4")?.mappedIPv4 == IPv4Address("1.2.3.4") && IPv6Address.loopback.mappedIPv4 == nil)
        let febf = try #require(IPv6Address("febf::1"))
        let fec0 = try #require(IPv6Address("fec0::1"))
        #expect(febf.isLinkLocal && !fec0.isLinkLocal)
    }

    @Test func eitherVersion() {
        #expect(IPAddress("10.0.2.15") == .v4(IPv4Address(rawValue: 0x0a00_020f)))
        #expect(IPAddress("::1") == .v6(.loopback))
        for text in ["", "::g", "10.0.2", "example.com"] { #expect(IPAddress(text) == nil) }
        for text in ["10.0.2.15", "fe80::1"] { #expect(IPAddress(text)?.description == text) }
    }
}
