import ArgumentParser
import E1000
import Frames
import ToolSupport

/// The option of tools that carry frames of any length.
public struct FrameSize: ParsableArguments {
    /// Bytes that a frame may have behind its Ethernet header (RFC 894).
    private static let standard: UInt32 = 1500
    private static let header = UInt32(EthernetFrame.headerLength)
    /// Of the card that takes the longest frames; `Controller.init` knows what the one at hand takes.
    private static let largest = CardModel.all.map(\.longestFrame).max()! - FrameLength.tag - header

    @Option(
        help: ArgumentHelp(
            "Bytes of the longest frame's payload, both ways: more than 1500 for jumbo frames, up to 9000 (82574L) or 16362 (the others).",
            valueName: "bytes"))
    public var mtu: UInt32 = Self.standard

    public init() {}

    public func validate() throws {
        guard Self.standard...Self.largest ~= mtu else {
            throw Problem.usage("--mtu", "\(mtu) bytes", remedy: "use \(Self.standard) to \(Self.largest)")
        }
    }

    /// Bytes of the longest frame, without a tag and the CRC.
    public var maximumFrame: UInt32 { mtu + Self.header }

    /// Sets a card up for such frames.
    public func apply(_ configuration: Configuration) -> Configuration {
        var configuration = configuration
        configuration.maximumFrame = maximumFrame
        return configuration
    }
}
