import FoundationEssentials
import Frames
import Testing

/// Addresses in JSON are their text.
@Suite struct AddressCodingTests {
    private struct Addresses: Codable, Equatable {
        var v6: IPv6Address
        var either: [IPAddress]
    }

    @Test func thereAndBack() throws {
        let json = #"{"v6":"fe80::1","either":["10.0.2.15","::1"]}"#
        let read = try JSONDecoder().decode(Addresses.self, from: Data(json.utf8))
        #expect(read == Addresses(v6: IPv6Address("fe80::1")!, either: [.v4(IPv4Address("10.0.2.15")!), .v6(.loopback)]))
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        #expect(String(decoding: try encoder.encode(read), as: UTF8.self) == #"{"either":["10.0.2.15","::1"],"v6":"fe80::1"}"#)
    }

    @Test(arguments: [#"{"v6":"fe80::g","either":[]}"#, #"{"v6":"::","either":["10.0.2"]}"#])
    func notAddresses(json: String) { #expect(throws: DecodingError.self) { try JSONDecoder().decode(Addresses.self, from: Data(json.utf8)) } }
}
