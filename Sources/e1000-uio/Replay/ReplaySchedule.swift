import Frames
import ToolSupport

/// When each frame of a capture is to be sent.
struct ReplaySchedule {
    enum Pace: Equatable {
        /// As recorded, this many times as fast.
        case recorded(factor: Double)
        case framesPerSecond(Double)
        /// Of the frames' bytes, without CRC, preamble and gaps.
        case megabitsPerSecond(Double)
        case asFastAsPossible
    }

    private let pace: Pace
    /// Longest gap between two frames that is believed, in recorded nanoseconds.
    private let longestGap: UInt64
    /// Nanoseconds from the first frame to the last one that was given.
    private var elapsed: Double = 0
    private var previous: UInt64?
    private(set) var frames: UInt64 = 0
    private(set) var bytes: UInt64 = 0
    /// Gaps that were not believed: frames whose time is before the one of the frame before them, and gaps that are too long.
    private(set) var backwards: UInt64 = 0
    private(set) var shortened: UInt64 = 0
    /// Frames for which the capture holds no time.
    private(set) var untimed: UInt64 = 0

    /// - Parameter longestGap: seconds.
    init(_ pace: Pace, longestGap: Double) {
        self.pace = pace
        self.longestGap = UInt64(longestGap * 1e9)
    }

    /// Frames have times to be kept.
    var hasTimes: Bool { pace != .asFastAsPossible }

    /// Nanoseconds from the first frame to the last that was given.
    var nanoseconds: Int64 { Int64(min(elapsed, 9e18)) }

    /// The next frame's time, in nanoseconds after the first one's.
    ///
    /// - Parameter startsLoop: it is a capture's first frame again, whose time says nothing about the frame before.
    mutating func due(_ frame: CapturedFrame, startsLoop: Bool) -> Int64 {
        switch pace {
        case .recorded(let factor):
            if startsLoop { previous = nil }
            elapsed += Double(gap(before: frame.timestamp)) / factor
        case .framesPerSecond(let rate): elapsed = Double(frames) * 1e9 / rate
        case .megabitsPerSecond(let rate): elapsed = Double(bytes) * 8000 / rate
        case .asFastAsPossible: break
        }
        frames += 1
        bytes += UInt64(frame.bytes.count)
        return nanoseconds
    }

    private mutating func gap(before timestamp: UInt64) -> UInt64 {
        // A simple packet block has no time (draft-ietf-opsawg-pcapng, 4.4).
        guard timestamp > 0 else {
            untimed += 1
            return 0
        }
        defer { previous = timestamp }
        guard let previous else { return 0 }
        guard timestamp >= previous else {
            backwards += 1
            return 0
        }
        guard timestamp - previous <= longestGap else {
            shortened += 1
            return longestGap
        }
        return timestamp - previous
    }

    /// What was not believed, in words; empty when all was.
    var remarks: [String] {
        var lines: [String] = []
        if backwards > 0 { lines.append("\(backwards) frames have a time before the one of the frame before them: sent right after it") }
        if shortened > 0 {
            lines.append("\(shortened) gaps of more than \(fixed(Double(longestGap) / 1e9, 3)) s were shortened to it (see --max-gap)")
        }
        if untimed > 0 { lines.append("\(untimed) frames have no time in the capture: sent right after the frame before them") }
        return lines
    }
}
