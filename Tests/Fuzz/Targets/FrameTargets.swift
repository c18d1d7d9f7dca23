import E1000
import Frames
import Glibc
import TestSupport

extension Target {
    /// Every header's parser, through both printers.
    static let frames = Target(name: "frames", seeds: { SampleFrames.all }) { frame in
        let line = FrameSummary.line(frame)
        let lines = FrameDescription.lines(frame)
        require(!line.isEmpty && !lines.isEmpty, "it says something")
        for text in lines + [line] { require(text.utf8.allSatisfy { $0 >= 0x20 }, "\(text.debugDescription): it cannot hurt a terminal") }
    }

    /// pcap and pcapng.
    static let capture = Target(name: "capture", seeds: Captures.seeds) { bytes in
        Captures.fill(bytes)
        var reader = CaptureReader(descriptor: Captures.file, name: "input")
        while let frame = try? reader.next() {
            require(frame.bytes.count <= CaptureReader.maximumFrameLength, "a frame's length is bounded")
        }
        for interface in reader.interfaces { _ = "\(interface)" }
    }

    /// Addresses and names as text: what is read says itself again.
    static let addresses = Target(
        name: "addresses",
        seeds: { ["52:54:00:12:34:56", "10.0.2.15", "fe80::5054:ff:fe12:3456", "::ffff:192.0.2.1", "www.example.com."].map { Array($0.utf8) } }
    ) { bytes in
        let text = String(decoding: bytes, as: UTF8.self)
        if let value = MACAddress(text) { require(MACAddress("\(value)") == value, "\(text)") }
        if let value = IPv4Address(text) { require(IPv4Address("\(value)") == value, "\(text)") }
        if let value = IPv6Address(text) { require(IPv6Address("\(value)") == value, "\(text)") }
        if let value = IPAddress(text) { require(IPAddress("\(value)") == value, "\(text)") }
        if let value = DNSName(text) { require(DNSName("\(value)") == value, "\(text)") }
        _ = EtherType(text)
    }

    /// A card's EEPROM.
    static let eeprom = Target(name: "eeprom", seeds: { [[UInt8](repeating: 0, count: 128), [UInt8](repeating: 0xff, count: 128)] }) { bytes in
        var script = Script(bytes)
        let words = (0..<EEPROM.wordCount).map { _ in script.u16() }
        let sum = words.dropLast().reduce(0, &+)
        guard let eeprom = try? EEPROM(words: words.dropLast() + [EEPROM.checksum &- sum]) else { fatalError("the checksum is right") }
        for field in eeprom.fields { require(words.indices.contains(field.words.upperBound), "\(field)") }
        _ = eeprom.macAddress
    }
}

/// A capture in a file without a name.
private enum Captures {
    static let file = scratchDescriptor()

    static func fill(_ bytes: [UInt8]) {
        require(ftruncate(file, 0) == 0 && pwrite(file, bytes, bytes.count, 0) == bytes.count, "the file takes it")
    }

    static func seeds() -> [[UInt8]] {
        let pcapng: [UInt8] = {
            let descriptor = scratchDescriptor()
            defer { close(descriptor) }
            do {
                var writer = try CaptureWriter(descriptor: descriptor, name: "seed", program: "fuzz", interface: "e1000")
                for frame in SampleFrames.all { try writer.write(frame, timestamp: 1_000_000_000) }
                try writer.finish(timestamp: 2_000_000_000, received: 15, dropped: 0)
            } catch {
                fatalError("\(error)")
            }
            return contents(of: descriptor)
        }()
        let header: [UInt8] = [0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0]
        let pcap = SampleFrames.all.prefix(3).reduce(header) { bytes, frame in
            let count = [UInt8(frame.count & 0xff), UInt8(frame.count >> 8), 0, 0]
            return bytes + [1, 0, 0, 0, 2, 0, 0, 0] + count + count + frame
        }
        return [pcap, pcapng]
    }
}
