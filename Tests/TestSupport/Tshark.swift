import Frames
import Glibc

/// Frames as tshark reads them: somebody else's decoder.
public enum Tshark {
    /// The values of some fields, of each frame that a display filter lets through; an empty value: the frame has no such field.
    ///
    /// Checksums are verified: `ip.checksum.status` and the like are "1" when good, "0" when bad.
    public static func decode(_ frames: [[UInt8]], fields: [String], filter: String = "") throws -> [[String]] {
        let capture = scratchDescriptor()
        defer { close(capture) }
        var writer = try CaptureWriter(descriptor: capture, name: "for tshark", program: "ringlight tests", interface: "wire")
        for frame in frames { try writer.write(frame, timestamp: 0) }
        try writer.flush()
        let verified = ["ip", "tcp", "udp"].flatMap { ["-o", "\($0).check_checksum:TRUE"] }
        let result = try runTool(
            "/usr/bin/tshark",
            // Nothing is put together from several frames: what is shown of a frame is its own.
            ["-n", "-r", "-", "-o", "tcp.desegment_tcp_streams:FALSE"] + verified + (filter.isEmpty ? [] : ["-Y", filter])
                + ["-T", "fields"] + fields.flatMap { ["-e", $0] },
            environment: ["HOME": "/nonexistent"], input: contents(of: capture))
        guard result.status == 0 else { throw SystemError(doing: "tshark: \(result.errors)", number: EINVAL) }
        return result.text.split(separator: "\n").map { line in
            line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        }
    }
}
