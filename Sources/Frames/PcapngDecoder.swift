/// The blocks of a pcapng file (draft-ietf-opsawg-pcapng): sections, interfaces, packets; others are passed over.
struct PcapngDecoder {
    /// The same number in both byte orders.
    static let sectionHeader: UInt32 = 0x0a0d_0d0a
    private static let interfaceDescription: UInt32 = 1
    private static let obsoletePacket: UInt32 = 2
    private static let simplePacket: UInt32 = 3
    private static let enhancedPacket: UInt32 = 6

    private static let byteOrderMagic: UInt32 = 0x1a2b_3c4d
    /// An interface description is kept whole while it is read: no larger one is believed.
    private static let maximumDescription: UInt32 = 1 << 20
    private static let maximumInterfaces = 4096

    private(set) var interfaces: [CaptureInterface] = []
    private var isBigEndian = false
    /// What is left of the current block: bytes to pass over, then its length once more.
    private var pending: (skip: UInt64, total: UInt32)?

    mutating func next(_ input: inout CaptureInput, record: UInt64) throws(CaptureError) -> CapturedFrame? {
        while true {
            guard try finishBlock(&input, record: record) else { return nil }
            guard try input.fill(12) else {
                if input.available > 0 { try input.shortage(12, record: record) }
                return nil
            }
            let type = input.u32(0, big: isBigEndian)
            if type == Self.sectionHeader {
                guard try readSection(&input, record: record) else { return nil }
                continue
            }
            let total = input.u32(4, big: isBigEndian)
            guard total >= 12, total.isMultiple(of: 4) else {
                throw input.error(.malformed("a block of \(total) bytes (a multiple of 4, at least 12)"), record: record)
            }
            switch type {
            case Self.interfaceDescription:
                guard try readInterface(total, &input, record: record) else { return nil }
            case Self.enhancedPacket, Self.obsoletePacket, Self.simplePacket:
                return try readPacket(type, total, &input, record: record)
            default:
                pending = (UInt64(total) - 4, total)
            }
        }
    }

    /// Passes over what is left of a block; false when it is not all there yet.
    private mutating func finishBlock(_ input: inout CaptureInput, record: UInt64) throws(CaptureError) -> Bool {
        guard let (skip, total) = pending else { return true }
        let left = try input.skip(skip)
        pending = (left, total)
        guard left == 0, try input.fill(4) else {
            try input.shortage(Int(left) + 4, record: record)
            return false
        }
        let repeated = input.u32(0, big: isBigEndian)
        guard repeated == total else {
            throw input.error(.malformed("a block of \(total) bytes that ends with the length \(repeated)"), record: record)
        }
        input.consume(4)
        pending = nil
        return true
    }

    private mutating func readSection(_ input: inout CaptureInput, record: UInt64) throws(CaptureError) -> Bool {
        guard try input.fill(24) else {
            try input.shortage(24, record: record)
            return false
        }
        switch Self.byteOrderMagic {
        case input.u32(8, big: false): isBigEndian = false
        case input.u32(8, big: true): isBigEndian = true
        default: throw input.error(.malformed("a section header without byte-order magic"), record: record)
        }
        let total = input.u32(4, big: isBigEndian)
        guard total >= 28, total.isMultiple(of: 4) else {
            throw input.error(.malformed("a section header of \(total) bytes"), record: record)
        }
        let major = input.u16(12, big: isBigEndian)
        guard major == 1 else {
            throw input.error(
                .unsupported("pcapng version \(major)", remedy: "convert it with 'editcap -F pcap IN OUT'"), record: record)
        }
        interfaces = []
        input.consume(24)
        pending = (UInt64(total) - 28, total)
        return true
    }

    private mutating func readInterface(_ total: UInt32, _ input: inout CaptureInput, record: UInt64) throws(CaptureError) -> Bool
    {
        guard total >= 20, total <= Self.maximumDescription else {
            throw input.error(.malformed("an interface description of \(total) bytes"), record: record)
        }
        guard interfaces.count < Self.maximumInterfaces else {
            throw input.error(.malformed("more than \(Self.maximumInterfaces) interfaces"), record: record)
        }
        let end = Int(total) - 4
        guard try input.fill(end) else {
            try input.shortage(end, record: record)
            return false
        }
        var (name, resolution, offset, checkLength): (String?, UInt8, Int64, Int) = (nil, 6, 0, 0)
        var place = 16
        while place + 4 <= end {
            let (code, length) = (input.u16(place, big: isBigEndian), Int(input.u16(place + 2, big: isBigEndian)))
            let value = (place + 4)..<(place + 4 + length)
            guard value.upperBound <= end else {
                throw input.error(.malformed("an option of \(length) bytes that ends after its block"), record: record)
            }
            switch (code, length) {
            case (2, _): name = String(decoding: input.copy(value), as: UTF8.self)
            case (9, 1): resolution = input.byte(value.lowerBound)
            case (13, 1): checkLength = Int(input.byte(value.lowerBound))
            case (14, 8):
                let (first, second) = (
                    input.u32(value.lowerBound, big: isBigEndian), input.u32(value.lowerBound + 4, big: isBigEndian)
                )
                let (high, low) = isBigEndian ? (first, second) : (second, first)
                offset = Int64(bitPattern: UInt64(high) << 32 | UInt64(low))
            default: break
            }
            if code == 0 { break }
            place += 4 + (length + 3) & ~3
        }
        interfaces.append(
            CaptureInterface(
                linkType: input.u16(8, big: isBigEndian), snapLength: input.u32(12, big: isBigEndian), name: name,
                clock: CaptureClock(resolution: resolution, offsetSeconds: offset), checkLength: checkLength))
        input.consume(end)
        pending = (0, total)
        return true
    }

    private mutating func readPacket(
        _ type: UInt32, _ total: UInt32, _ input: inout CaptureInput, record: UInt64
    ) throws(CaptureError) -> CapturedFrame? {
        let header = type == Self.simplePacket ? 12 : 28
        guard total >= header + 4 else { throw input.error(.malformed("a packet block of \(total) bytes"), record: record) }
        guard try input.fill(header) else {
            try input.shortage(header, record: record)
            return nil
        }
        let index: Int
        switch type {
        case Self.simplePacket: index = 0
        case Self.obsoletePacket: index = Int(input.u16(8, big: isBigEndian))
        default: index = Int(input.u32(8, big: isBigEndian))
        }
        guard index < interfaces.count else {
            throw input.error(.malformed("a frame of interface \(index), which is not described"), record: record)
        }
        let interface = interfaces[index]
        guard interface.linkType == CaptureInterface.ethernet else {
            throw input.error(.notEthernet(linkType: UInt32(interface.linkType)), record: record)
        }
        let original = input.u32(header - 4, big: isBigEndian)
        let captured: UInt32
        if type == Self.simplePacket {
            let limit = interface.snapLength == 0 ? UInt32.max : interface.snapLength
            captured = min(original, limit, total - 16)
        } else {
            captured = input.u32(20, big: isBigEndian)
        }
        guard captured <= CaptureReader.maximumFrameLength else {
            throw input.error(
                .malformed("a frame of \(captured) bytes (at most \(CaptureReader.maximumFrameLength) can be)"), record: record)
        }
        let length = header + Int(captured)
        guard length + 4 <= total else {
            throw input.error(.malformed("a frame of \(captured) bytes in a block of \(total)"), record: record)
        }
        guard try input.fill(length) else {
            try input.shortage(length, record: record)
            return nil
        }
        var timestamp: UInt64 = 0
        if type != Self.simplePacket {
            let ticks = UInt64(input.u32(12, big: isBigEndian)) << 32 | UInt64(input.u32(16, big: isBigEndian))
            timestamp = interface.clock.nanoseconds(ticks)
        }
        let frame = interface.frame(input.copy(header..<length), original: original, index: index, timestamp: timestamp)
        input.consume(length)
        pending = (UInt64(total) - UInt64(length) - 4, total)
        return frame
    }
}
