import E1000
import ToolSupport

/// Which frames can be sent, and how that is said.
struct FrameRules {
    /// Bytes of the longest frame without a tag.
    let maximum: UInt32

    var allowed: String {
        "a frame has 1 to \(maximum) bytes, \(maximum + FrameLength.tag) with a VLAN tag; the card adds the "
            + "CRC, and --mtu allows longer ones"
    }

    /// - Parameter what: where the frame is from, for the error.
    func check(_ frame: [UInt8], _ what: String) throws {
        guard isValid(frame) else { throw Problem(what, "\(frame.count) bytes", remedy: allowed) }
    }

    /// The same of a frame that stands on the command line.
    func checkArgument(_ frame: [UInt8], _ option: String) throws {
        guard isValid(frame) else { throw Problem.usage(option, "a frame of \(frame.count) bytes", remedy: allowed) }
    }

    private func isValid(_ frame: [UInt8]) -> Bool { FrameLength.isValid(frame.span.bytes, maximum: maximum) }
}
