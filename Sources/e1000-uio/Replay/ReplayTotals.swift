import ToolSupport

/// What `replay` says at its end.
protocol ReplayReport: Encodable {
    var summary: String { get }
}

/// What was sent, and how well the times were kept.
struct ReplayTotals: ReplayReport {
    let frames: UInt64
    /// Without the CRC.
    let bytes: UInt64
    let seconds: Double
    let framesPerSecond: Double
    let megabitsPerSecond: Double
    /// Microseconds; `nil` where no frame had a time to be kept.
    let late: Lateness?
    let ringFullWaits: UInt64
    let framesDuringLinkChange: UInt64
    let recoveries: UInt64
    let lost: UInt64
    let backwardsGaps: UInt64
    let shortenedGaps: UInt64
    let untimedFrames: UInt64
    /// For the summary.
    private let trouble: String

    private enum CodingKeys: String, CodingKey {
        case frames, bytes, seconds, framesPerSecond, megabitsPerSecond, late, ringFullWaits, framesDuringLinkChange, recoveries, lost
        case backwardsGaps, shortenedGaps, untimedFrames
    }

    init(_ totals: SendTotals, _ schedule: ReplaySchedule) {
        (frames, bytes, seconds) = (totals.frames, totals.bytes, totals.seconds)
        (framesPerSecond, megabitsPerSecond) = (totals.framesPerSecond, totals.megabitsPerSecond)
        (recoveries, lost, trouble) = (totals.recoveries, totals.lost, totals.trouble)
        late = schedule.hasTimes ? totals.lateness : nil
        (ringFullWaits, framesDuringLinkChange) = (totals.ringFullWaits, totals.framesDuringLinkChange)
        (backwardsGaps, shortenedGaps, untimedFrames) = (schedule.backwards, schedule.shortened, schedule.untimed)
    }

    var summary: String {
        "\(frames) frames, \(bytes) bytes sent in \(fixed(seconds, 3)) s, \(fixed(framesPerSecond, 1)) frames/s, "
            + "\(fixed(megabitsPerSecond, 3)) Mb/s, \(late.map { $0.summary + ", " } ?? "")\(ringFullWaits) ring-full waits\(trouble)"
    }
}

/// What would be sent.
struct Rehearsal: ReplayReport {
    let frames: UInt64
    let bytes: UInt64
    /// From the first frame to the last.
    let seconds: Double
    let backwardsGaps: UInt64
    let shortenedGaps: UInt64
    let untimedFrames: UInt64

    init(_ schedule: ReplaySchedule) {
        (frames, bytes, seconds) = (schedule.frames, schedule.bytes, Double(schedule.nanoseconds) / 1e9)
        (backwardsGaps, shortenedGaps, untimedFrames) = (schedule.backwards, schedule.shortened, schedule.untimed)
    }

    var summary: String { "\(frames) frames, \(bytes) bytes would be sent in \(fixed(seconds, 3)) s" }
}
