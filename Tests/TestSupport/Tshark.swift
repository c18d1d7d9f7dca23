import Frames
import Glibc

/// Frames as tshark reads them: somebody else's decoder.
public enum Tshark {
    /// The values of some fields, of each frame that a display filter lets through; an empty value: the frame has no such field.
    ///
    /// Each frame for itself: no reassembly, no conversation. Checksums are verified: `ip.checksum.status` and the like are 1 when
    /// good, 0 when bad, 2 where there is none.
    public static func fields(_ names: [String], of capture: [UInt8], filter: String = "") throws -> [[String]] {
        let settings = [
            "ip.check_checksum:TRUE", "tcp.check_checksum:TRUE", "udp.check_checksum:TRUE", "ip.defragment:FALSE",
            "tcp.desegment_tcp_streams:FALSE", "tcp.analyze_sequence_numbers:FALSE",
        ]
        let result = try runTool(
            "/usr/bin/tshark",
            ["-n", "-r", "-"] + settings.flatMap { ["-o", $0] } + (filter.isEmpty ? [] : ["-Y", filter])
                + ["-T", "fields", "-E", "separator=;"] + names.flatMap { ["-e", $0] },
            environment: ["HOME": "/tmp"], input: capture)
        guard result.status == 0 else { throw SystemError(doing: "tshark: \(result.errors)", number: EINVAL) }
        return result.text.split(separator: "\n").map { line in
            line.split(separator: ";", omittingEmptySubsequences: false).map(String.init)
        }
    }

    public static func fields(_ names: [String], of frames: [[UInt8]], filter: String = "") throws -> [[String]] {
        let capture = scratchDescriptor()
        defer { close(capture) }
        var writer = try CaptureWriter(descriptor: capture, name: "for tshark", program: "ringlight tests", interface: "wire")
        for frame in frames { try writer.write(frame, timestamp: 0) }
        try writer.flush()
        return try fields(names, of: contents(of: capture), filter: filter)
    }
}
