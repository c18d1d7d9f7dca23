import E1000
import ToolSupport

/// Which frames can be sent, in words.
enum FrameRules {
    static let allowed = "a frame has 1 to \(FrameLength.untagged) bytes, \(FrameLength.tagged) with a VLAN tag; the card adds the CRC"

    /// - Parameters:
    ///   - what: where the frame is from, for the error.
    ///   - exitCode: 64 for what stands on the command line, 1 for what stands in a file.
    static func check(_ frame: [UInt8], _ what: String, exitCode: Int32) throws {
        guard FrameLength.isValid(frame.span.bytes) else {
            throw Problem(what, "\(frame.count) bytes", remedy: allowed, exitCode: exitCode)
        }
    }
}
