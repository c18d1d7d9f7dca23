import ToolSupport

/// What a bridge has done.
public struct BridgeTotals: Encodable, Sendable {
    public struct Direction: Encodable, Sendable {
        public internal(set) var frames: UInt64 = 0
        /// Without the CRC.
        public internal(set) var bytes: UInt64 = 0
        /// Frames that the other side did not take: too long for the card, or an interface that is down.
        public internal(set) var refused: UInt64 = 0
        /// Frames whose checksum the card made, or found good.
        public internal(set) var checksummed: UInt64 = 0
    }

    public internal(set) var interface = ""
    public internal(set) var toLinux = Direction()
    public internal(set) var toCard = Direction()
    /// TCP packets of Linux's that the card cut into segments.
    public internal(set) var segmented: UInt64 = 0
    /// What the card counted as lost (MPC, CRCERRS, RXERRC).
    public internal(set) var dropped: UInt64 = 0
    /// Times that the link went up or down.
    public internal(set) var linkChanges: UInt64 = 0
    /// Times that the card had stopped and was initialised anew, and the frames to send lost by that.
    public internal(set) var recoveries: UInt64 = 0
    public internal(set) var lost: UInt64 = 0
    public internal(set) var seconds: Double = 0

    public var summary: String {
        "\(toLinux.frames) frames, \(toLinux.bytes) bytes to \(interface), \(toCard.frames) frames, \(toCard.bytes) bytes from it "
            + "in \(fixed(seconds, 3)) s, \(toLinux.refused + toCard.refused) refused, \(dropped) dropped by the card"
            + (recoveries > 0 ? ", \(lost) lost in \(recoveries) recoveries" : "")
    }
}
