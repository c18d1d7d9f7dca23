import Frames
import Glibc

/// A pcapng file with these frames, all of one time.
public func capture(of frames: [[UInt8]]) throws -> [UInt8] {
    let file = scratchDescriptor()
    defer { close(file) }
    var writer = try CaptureWriter(descriptor: file, name: "memory", program: "test", interface: "none")
    for frame in frames { try writer.write(frame, timestamp: 0) }
    try writer.flush()
    return contents(of: file)
}
