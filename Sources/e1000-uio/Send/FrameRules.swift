import E1000
import ToolSupport

/// Which frames can be sent, in words.
enum FrameRules {
    static let allowed = "a frame has 1 to \(FrameLength.untagged) bytes, \(FrameLength.tagged) with a VLAN tag; the card adds the CRC"

    /// - Parameter what: where the frame is from, for the error.
    static func check(_ frame: [UInt8], _ what: String) throws {
        guard FrameLength.isValid(frame.span.bytes) else { throw Problem(what, "\(frame.count) bytes", remedy: allowed) }
    }

    /// The same of a frame that stands on the command line.
    static func checkArgument(_ frame: [UInt8], _ option: String) throws {
        guard FrameLength.isValid(frame.span.bytes) else {
            throw Problem.usage(option, "a frame of \(frame.count) bytes", remedy: allowed)
        }
    }
}
