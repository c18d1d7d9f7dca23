import ToolSupport

/// What `send` did, printed at its end.
struct SendTotals: Encodable {
    var frames: UInt64 = 0
    /// Without the CRC.
    var bytes: UInt64 = 0
    var seconds: Double = 0
    /// How often the ring was full and the sender waited for the card.
    var ringFullWaits: UInt64 = 0
    var tailWrites: UInt64 = 0
    /// Frames that the card took while its link went up or down: they may not have reached the wire.
    var framesDuringLinkChange: UInt64 = 0
    /// Times that the card had stopped and was initialised anew, and the frames lost by that.
    var recoveries: UInt64 = 0
    var lost: UInt64 = 0
    /// How late frames with a time of their own were handed to the card.
    var lateness = Lateness()

    var framesPerSecond: Double { seconds > 0 ? Double(frames) / seconds : 0 }

    /// Mb/s, without CRC, preamble and gaps.
    var megabitsPerSecond: Double { seconds > 0 ? Double(bytes) * 8e-6 / seconds : 0 }

    private enum Key: String, CodingKey {
        case frames, bytes, seconds, framesPerSecond, ringFullWaits, tailWrites, framesDuringLinkChange, recoveries, lost
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(frames, forKey: .frames)
        try container.encode(bytes, forKey: .bytes)
        try container.encode(seconds, forKey: .seconds)
        try container.encode(framesPerSecond, forKey: .framesPerSecond)
        try container.encode(ringFullWaits, forKey: .ringFullWaits)
        try container.encode(tailWrites, forKey: .tailWrites)
        try container.encode(framesDuringLinkChange, forKey: .framesDuringLinkChange)
        try container.encode(recoveries, forKey: .recoveries)
        try container.encode(lost, forKey: .lost)
    }

    /// What is told meanwhile.
    func interim(seconds: Double) -> String {
        let rate = 1 / max(seconds, 1e-6)
        return "\(frames) frames, \(bytes) bytes sent, \(UInt64(Double(frames) * rate)) frames/s, "
            + "\(fixed(Double(bytes) * 8e-6 * rate, 3)) Mb/s"
    }

    var summary: String {
        "\(frames) frames, \(bytes) bytes sent in \(fixed(seconds, 3)) s, \(UInt64(framesPerSecond)) frames/s, "
            + "\(ringFullWaits) ring-full waits\(trouble)"
    }

    /// What was not as it should be; mostly empty.
    var trouble: String {
        (framesDuringLinkChange > 0 ? ", \(framesDuringLinkChange) while the link changed (they may be lost)" : "")
            + (recoveries > 0 ? ", \(lost) lost in \(recoveries) recoveries" : "")
    }
}
