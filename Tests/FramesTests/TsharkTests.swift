import Frames
import TestSupport
import Testing

/// What the builders make, as somebody else's decoder reads it.
@Suite struct TsharkTests {
    @Test func checksums() throws {
        let read = try Tshark.fields(
            ["ip.checksum.status", "icmp.checksum.status", "udp.checksum.status", "tcp.checksum.status", "icmpv6.checksum.status"],
            of: SampleFrames.all)
        #expect(read.count == SampleFrames.all.count)
        // Behind an error's header stands the header that it is about: two values, separated by a comma.
        for (index, statuses) in read.enumerated() {
            #expect(statuses.flatMap { $0.split(separator: ",") }.allSatisfy { $0 == "1" || $0 == "2" }, "frame \(index): \(statuses)")
        }
        #expect(read.contains { $0[1] == "1" } && read.contains { $0[2] == "1" } && read.contains { $0[3] == "1" } && read.contains { $0[4] == "1" })
    }

    @Test func dhcp() throws {
        let read = try Tshark.fields(
            [
                "dhcp.option.dhcp", "dhcp.id", "dhcp.hw.mac_addr", "dhcp.ip.your", "dhcp.option.subnet_mask",
                "dhcp.option.ip_address_lease_time", "dhcp.option.hostname",
            ],
            of: [SampleFrames.dhcpDiscover, SampleFrames.dhcpOffer])
        #expect(
            read == [
                ["1", "0x12345678", "52:54:00:12:34:56", "0.0.0.0", "", "", "ring"],
                ["2", "0x12345678", "52:54:00:12:34:56", "10.0.2.15", "255.255.255.0", "86400", ""],
            ])
    }

    @Test func dns() throws {
        let read = try Tshark.fields(
            ["dns.id", "dns.flags.response", "dns.qry.name", "dns.cname", "dns.a"], of: [SampleFrames.dnsQuery, SampleFrames.dnsAnswer])
        #expect(
            read == [
                ["0x1234", "0", "www.example.com", "", ""], ["0x1234", "1", "www.example.com", "b.example.com", "192.0.2.1"],
            ])
    }

    @Test func discoveryAndOptions() throws {
        let read = try Tshark.fields(
            ["icmpv6.type", "icmpv6.nd.ns.target_address", "icmpv6.nd.na.target_address", "icmpv6.opt.prefix", "tcp.options.mss_val"],
            of: [
                SampleFrames.solicitation, SampleFrames.advertisement, SampleFrames.routerAdvertisement,
                SampleFrames.tcp(.syn, options: SampleFrames.synOptions),
            ])
        #expect(
            read == [
                ["135", "fe80::2", "", "", ""], ["136", "", "fe80::5054:ff:fe12:3456", "", ""], ["134", "", "", "fec0::", ""],
                ["", "", "", "", "1460"],
            ])
    }

    /// The addresses of our text form, in tshark's.
    @Test func ipv6Text() throws {
        var random = SplitMix(seed: 6)
        let addresses = (0..<200).map { _ in
            var bytes = (0..<16).map { _ in UInt8.random(in: 0...255, using: &random) }
            for group in 0..<8 where Bool.random(using: &random) { (bytes[2 * group], bytes[2 * group + 1]) = (0, 0) }
            return IPv6Address(bytes)!
        }
        // Short addresses that begin with many zeros are written with a dotted end by tshark's inet_ntop.
        let plain = addresses.filter { $0.rawValue >> 48 != 0 }
        let read = try Tshark.fields(
            ["ipv6.dst"], of: plain.map { SampleFrames.ipv6(IPv6Packet.bytes(from: .any, to: $0, carrying: .noNextHeader, payload: [])) })
        #expect(read.map { $0[0] } == plain.map(\.description))
    }
}
