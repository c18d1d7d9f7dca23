import Frames
import Glibc
import TestSupport

/// Capture files made by hand, in either byte order.
struct CaptureBytes {
    var bytes: [UInt8] = []
    let big: Bool

    init(big: Bool = false) { self.big = big }

    mutating func add<T: FixedWidthInteger>(_ value: T) {
        withUnsafeBytes(of: big ? value.bigEndian : value.littleEndian) { bytes += $0 }
    }

    // pcap

    mutating func pcapHeader(nanoseconds: Bool = false, link: UInt32 = 1, snapLength: UInt32 = 65536) {
        add(nanoseconds ? 0xa1b2_3c4d as UInt32 : 0xa1b2_c3d4)
        add(UInt16(2))
        add(UInt16(4))
        add(UInt32(0))
        add(UInt32(0))
        add(snapLength)
        add(link)
    }

    mutating func pcapRecord(_ frame: [UInt8], seconds: UInt32 = 1, fraction: UInt32 = 2, original: Int? = nil) {
        add(seconds)
        add(fraction)
        add(UInt32(frame.count))
        add(UInt32(original ?? frame.count))
        bytes += frame
    }

    // pcapng

    mutating func block(_ type: UInt32, _ body: (inout CaptureBytes) -> Void) {
        var inner = CaptureBytes(big: big)
        body(&inner)
        while !inner.bytes.count.isMultiple(of: 4) { inner.bytes.append(0) }
        add(type)
        add(UInt32(inner.bytes.count + 12))
        bytes += inner.bytes
        add(UInt32(inner.bytes.count + 12))
    }

    mutating func section() {
        block(0x0a0d_0d0a) {
            $0.add(UInt32(0x1a2b_3c4d))
            $0.add(UInt16(1))
            $0.add(UInt16(0))
            $0.add(UInt64.max)
        }
    }

    mutating func option(_ code: UInt16, _ value: [UInt8]) {
        add(code)
        add(UInt16(value.count))
        bytes += value
        while !bytes.count.isMultiple(of: 4) { bytes.append(0) }
    }

    mutating func interface(
        link: UInt16 = 1, snapLength: UInt32 = 0, resolution: UInt8? = nil, offset: Int64? = nil, name: String? = nil
    ) {
        block(1) {
            $0.add(link)
            $0.add(UInt16(0))
            $0.add(snapLength)
            if let name { $0.option(2, Array(name.utf8)) }
            if let resolution { $0.option(9, [resolution]) }
            if let offset {
                $0.add(UInt16(14))
                $0.add(UInt16(8))
                $0.add(offset)
            }
            $0.add(UInt32(0))
        }
    }

    mutating func enhanced(
        _ frame: [UInt8], interface: UInt32 = 0, ticks: UInt64 = 0, original: Int? = nil, comment: String? = nil
    ) {
        block(6) {
            $0.add(interface)
            $0.add(UInt32(ticks >> 32))
            $0.add(UInt32(truncatingIfNeeded: ticks))
            $0.add(UInt32(frame.count))
            $0.add(UInt32(original ?? frame.count))
            $0.bytes += frame
            while !$0.bytes.count.isMultiple(of: 4) { $0.bytes.append(0) }
            if let comment {
                $0.option(1, Array(comment.utf8))
                $0.add(UInt32(0))
            }
        }
    }

    mutating func obsolete(_ frame: [UInt8], interface: UInt16 = 0, ticks: UInt64 = 0) {
        block(2) {
            $0.add(interface)
            $0.add(UInt16(3))
            $0.add(UInt32(ticks >> 32))
            $0.add(UInt32(truncatingIfNeeded: ticks))
            $0.add(UInt32(frame.count))
            $0.add(UInt32(frame.count))
            $0.bytes += frame
        }
    }

    mutating func simple(_ frame: [UInt8], original: Int? = nil) {
        block(3) {
            $0.add(UInt32(original ?? frame.count))
            $0.bytes += frame
        }
    }
}

/// A frame whose bytes tell its number.
func numberedFrame(_ number: Int, length: Int = 60) -> [UInt8] {
    let header = EthernetFrame.bytes(
        to: .broadcast, from: MACAddress(rawValue: 0x0200_0000_0001), type: .localExperimental,
        payload: [UInt8](repeating: 0, count: 0))
    return header + (header.count..<length).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ number) }
}

/// A memory file.
struct ScratchFile {
    let descriptor = scratchDescriptor()

    init(_ bytes: [UInt8] = []) { write(bytes, at: 0) }

    func close() { Glibc.close(descriptor) }

    /// Writes at a place without moving the descriptor's own.
    func write(_ bytes: [UInt8], at place: Int) {
        let count = pwrite(descriptor, bytes, bytes.count, off_t(place))
        precondition(count == bytes.count)
    }

    var bytes: [UInt8] { contents(of: descriptor) }
}

/// All frames of a capture with these bytes.
func frames(of bytes: [UInt8]) throws -> [CapturedFrame] {
    let file = ScratchFile(bytes)
    defer { file.close() }
    var reader = CaptureReader(descriptor: file.descriptor, name: "test.pcap")
    return try reader.rest()
}
