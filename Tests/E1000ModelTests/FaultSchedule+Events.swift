import E1000Model

extension FaultSchedule {
    /// How often what is rare has happened, so that a test can tell that it did.
    struct Events: Equatable {
        var kinds: Set<ModelKind> = []
        var hangs = 0
        var departures = 0
        var resets = 0
        var recoveries = 0
        /// Frames.
        var lost = 0
        /// A reset, an EEPROM or a PHY that was waited for in vain.
        var timeouts = 0
        var longFrames = 0
        var checksums = 0
        var segments = 0
        var tags = 0
        var lent = 0
        var polls = 0
        var filters = 0
        var linkChanges = 0

        static func += (left: inout Self, right: Self) {
            left.kinds.formUnion(right.kinds)
            for count: WritableKeyPath<Self, Int> in [
                \.hangs, \.departures, \.resets, \.recoveries, \.lost, \.timeouts, \.longFrames, \.checksums, \.segments, \.tags, \.lent, \.polls,
                \.filters, \.linkChanges,
            ] { left[keyPath: count] += right[keyPath: count] }
        }

        /// Of a few hundred histories.
        var areThorough: Bool {
            kinds.count == ModelKind.allCases.count && hangs > 10 && departures > 0 && resets > 0 && recoveries > 30 && lost > 100 && timeouts > 0
                && [longFrames, checksums, segments, tags, lent, polls, filters, linkChanges].allSatisfy { $0 > 50 }
        }
    }
}
