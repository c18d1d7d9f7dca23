/// A TCP or UDP packet in an Ethernet frame, with checksums that nobody has computed.
struct TestPacket: Hashable, Sendable {
    var isIPv4 = true
    var isTCP = true
    /// 802.1Q tag in the frame.
    var tag: UInt16?
    /// Bytes of IPv4 options or of IPv6 destination options; multiples of 8.
    var options = 0
    var flags: UInt8 = 0x18
    var payload = 100

    static let identification = 0x1234
    static let sequence = 0xffff_f000

    var headerLength: Int { 14 + (tag == nil ? 0 : 4) + (isIPv4 ? 20 : 40) + options + (isTCP ? 20 : 8) }
    var transportStart: Int { headerLength - (isTCP ? 20 : 8) }
    var data: [UInt8] { (0..<payload).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 8) } }

    var frame: [UInt8] {
        func big(_ value: Int) -> [UInt8] { [UInt8(truncatingIfNeeded: value >> 8), UInt8(truncatingIfNeeded: value)] }
        var frame: [UInt8] = [0x52, 0x54, 0, 0x12, 0x34, 0x57, 2, 0, 0, 0, 0, 1]
        if let tag { frame += [0x81, 0] + big(Int(tag)) }
        let transport = isTCP ? 20 : 8
        let number: UInt8 = isTCP ? 6 : 17
        if isIPv4 {
            // A packet that is to be cut may be too long for its length field.
            let total = (20 + options + transport + payload) & 0xffff
            frame += [0x08, 0, 0x40 | UInt8(5 + options / 4), 0] + big(total) + big(Self.identification)
            frame += [0x40, 0, 64, number, 0xde, 0xad, 10, 0, 0, 1, 10, 0, 0, 2]
            // No operation.
            frame += [UInt8](repeating: 1, count: options)
        } else {
            frame += [0x86, 0xdd, 0x60, 0, 0, 0] + big((options + transport + payload) & 0xffff) + [options > 0 ? 60 : number, 64]
            frame += [0xfd] + [UInt8](repeating: 0, count: 14) + [1, 0xfd] + [UInt8](repeating: 0, count: 14) + [2]
            // One option of padding.
            if options > 0 { frame += [number, UInt8(options / 8 - 1), 1, UInt8(options - 4)] + [UInt8](repeating: 0, count: options - 4) }
        }
        frame += big(40_001) + big(40_002)
        if isTCP {
            frame += big(Self.sequence >> 16) + big(Self.sequence) + [0, 0, 0, 1, 0x50, flags] + big(1000) + [0xde, 0xad, 0, 0]
        } else {
            frame += big(8 + payload) + [0xde, 0xad]
        }
        return frame + data
    }
}
