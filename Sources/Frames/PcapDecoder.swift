/// The records of a pcap file (draft-ietf-opsawg-pcap).
struct PcapDecoder {
    struct Kind {
        let isBigEndian: Bool
        let isNanoseconds: Bool

        /// - Parameter magic: the first four bytes as a little-endian number; `nil` if it is not pcap's.
        init?(magic: UInt32) {
            switch magic {
            case 0xa1b2_c3d4: (isBigEndian, isNanoseconds) = (false, false)
            case 0xd4c3_b2a1: (isBigEndian, isNanoseconds) = (true, false)
            case 0xa1b2_3c4d: (isBigEndian, isNanoseconds) = (false, true)
            case 0x4d3c_b2a1: (isBigEndian, isNanoseconds) = (true, true)
            default: return nil
            }
        }
    }

    let kind: Kind
    let interface: CaptureInterface

    private static let headerLength = 24
    private static let recordHeaderLength = 16

    /// Reads the file header; `nil` when it is not there yet.
    init?(_ kind: Kind, _ input: inout CaptureInput) throws(CaptureError) {
        guard try input.fill(Self.headerLength) else {
            try input.shortage(Self.headerLength, record: 0)
            return nil
        }
        self.kind = kind
        let (major, minor) = (input.u16(4, big: kind.isBigEndian), input.u16(6, big: kind.isBigEndian))
        // Before 2.4 the two lengths of a record were in no certain order.
        guard major == 2, minor >= 4 else {
            throw input.error(
                .unsupported("pcap version \(major).\(minor)", remedy: "convert it with 'editcap -F pcapng IN OUT'"), record: 0)
        }
        let link = input.u32(20, big: kind.isBigEndian)
        // The upper half: bit 26 says that bits 28... count the 16-bit words of frame check sequence.
        let checkLength = link & 0x0400_0000 != 0 ? Int(link >> 28) * 2 : 0
        interface = CaptureInterface(
            linkType: UInt16(truncatingIfNeeded: link), snapLength: input.u32(16, big: kind.isBigEndian), name: nil,
            clock: .microseconds, checkLength: checkLength)
        guard interface.linkType == CaptureInterface.ethernet else {
            throw input.error(.notEthernet(linkType: UInt32(interface.linkType)), record: 0)
        }
        input.consume(Self.headerLength)
    }

    func next(_ input: inout CaptureInput, record: UInt64) throws(CaptureError) -> CapturedFrame? {
        guard try input.fill(Self.recordHeaderLength) else {
            if input.available > 0 { try input.shortage(Self.recordHeaderLength, record: record) }
            return nil
        }
        let big = kind.isBigEndian
        let (seconds, fraction) = (UInt64(input.u32(0, big: big)), UInt64(input.u32(4, big: big)))
        let (captured, original) = (input.u32(8, big: big), input.u32(12, big: big))
        guard captured <= CaptureReader.maximumFrameLength else {
            throw input.error(
                .malformed("a frame of \(captured) bytes (at most \(CaptureReader.maximumFrameLength) can be)"), record: record)
        }
        let length = Self.recordHeaderLength + Int(captured)
        guard try input.fill(length) else {
            try input.shortage(length, record: record)
            return nil
        }
        let frame = interface.frame(
            input.copy(Self.recordHeaderLength..<length), original: original, index: 0,
            timestamp: seconds * 1_000_000_000 + fraction * (kind.isNanoseconds ? 1 : 1000))
        input.consume(length)
        return frame
    }
}

extension CaptureInterface {
    /// A frame of this interface, without its check sequence: that belongs to the wire it was captured from.
    func frame(_ bytes: [UInt8], original: UInt32, index: Int, timestamp: UInt64) -> CapturedFrame {
        let length = max(0, max(Int(original), bytes.count) - checkLength)
        return CapturedFrame(
            timestamp: timestamp, bytes: bytes.count > length ? Array(bytes.prefix(length)) : bytes, originalLength: length,
            interface: index)
    }
}
