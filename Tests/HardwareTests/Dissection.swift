import TestSupport
import Testing

/// A frame as Wireshark sees it: an independent judge of what a card made of it.
struct Dissection {
    private static let names = [
        "vlan.id", "vlan.priority", "ip.len", "ip.id", "ip.checksum.status", "ipv6.plen",
        "tcp.seq_raw", "tcp.flags", "tcp.checksum.status", "tcp.payload", "udp.checksum.status", "udp.payload",
    ]
    private let values: [String: String]

    /// All frames of a capture file.
    static func all(_ capture: [UInt8]) throws -> [Dissection] {
        try Tshark.fields(names, of: capture).map { Dissection(values: Dictionary(uniqueKeysWithValues: zip(names, $0))) }
    }

    private func number(_ name: String) -> Int? {
        guard let text = values[name], !text.isEmpty else { return nil }
        return text.hasPrefix("0x") ? Int(text.dropFirst(2), radix: 16) : Int(text)
    }

    private func bytes(_ name: String) -> [UInt8]? {
        guard let digits = values[name].map({ Array($0.utf8) }) else { return nil }
        return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(String(decoding: digits[$0...$0 + 1], as: UTF8.self), radix: 16) ?? 0 }
    }

    var vlan: Int? { number("vlan.id") }
    var priority: Int? { number("vlan.priority") }
    /// IPv4's total length; IPv6's payload length.
    var ipLength: Int? { number("ip.len") ?? number("ipv6.plen") }
    var identification: Int? { number("ip.id") }
    var sequence: Int? { number("tcp.seq_raw") }
    var flags: Int? { number("tcp.flags") }
    var payload: [UInt8] { (values["tcp.payload"] == "" ? bytes("udp.payload") : bytes("tcp.payload")) ?? [] }

    /// Of IPv4, TCP and UDP, those that are there: 1, good; 0, bad; 2, not to be verified.
    var checksums: [Int] {
        ["ip.checksum.status", "tcp.checksum.status", "udp.checksum.status"].compactMap(number)
    }
}
