import E1000

/// What `top` shows: the card at a moment.
struct TopSample: Encodable {
    /// Frames or bits a second.
    struct Rate: Encodable {
        /// Of the last interval, since the start, and of the busiest interval.
        var now: Double = 0
        var average: Double = 0
        var maximum: Double = 0

        mutating func update(by amount: Double, in seconds: Double, total: Double, since start: Double) {
            now = seconds > 0 ? amount / seconds : 0
            average = start > 0 ? total / start : 0
            maximum = max(maximum, now)
        }
    }

    struct Ring: Encodable {
        var count: UInt32 = 0
        /// Descriptors that are the card's, and those that are the driver's.
        var card: UInt32 = 0
        var driver: UInt32 = 0

        init() {}

        init(_ occupancy: RingOccupancy) {
            (count, card, driver) = (occupancy.count, occupancy.card, occupancy.count - occupancy.card)
        }
    }

    /// The program that has the card.
    var drivenBy = "e1000-uio top"
    /// Times that this program was found to have been started anew: its counters began at 0 again.
    var restarts: UInt64 = 0
    /// Nanoseconds since 1970.
    var time: Int64 = 0
    /// Since frames can arrive, or since it is watched.
    var seconds: Double = 0
    var link = LinkReport()
    var receiveFrames = Rate()
    /// Without CRC, preamble and gaps.
    var receiveBits = Rate()
    var sendFrames = Rate()
    var receiveRing = Ring()
    var transmitRing = Ring()
    /// Most frames that were found waiting at once in the last interval.
    var mostWaiting: UInt32 = 0
    /// Since the card's program began.
    var counters = Counters()

    struct LinkReport: Encodable, Equatable {
        var isUp = false
        /// Mb/s.
        var speed = 0
        var fullDuplex = false
        /// Times that it went up or down.
        var changes: UInt64 = 0
    }

    struct Counters: Encodable, Equatable {
        var received: UInt64 = 0
        var bytes: UInt64 = 0
        var sent: UInt64 = 0
        var missed: UInt64 = 0
        var noBuffer: UInt64 = 0
        var crcErrors: UInt64 = 0
        var receiveErrors: UInt64 = 0
        var bad: UInt64 = 0
        /// Times that the card had stopped and was initialised anew, and the frames to send lost by that.
        var recoveries: UInt64 = 0
        var lost: UInt64 = 0

        /// Frames that were on the wire for the card and did not arrive.
        var dropped: UInt64 { missed + crcErrors + receiveErrors }

        /// Those that only grow. Bytes are made of two, which are not read at one moment.
        var growing: [UInt64] { [received, sent, missed, noBuffer, crcErrors, receiveErrors, bad, recoveries, lost] }

        /// Names for people, with the register's, in the order in which they are shown.
        var named: [(name: String, value: UInt64)] {
            [
                ("frames received (GPRC)", received), ("frames sent (GPTC)", sent), ("missed, card full (MPC)", missed),
                ("no descriptor free (RNBC)", noBuffer), ("wrong checksum (CRCERRS)", crcErrors),
                ("symbol errors (RXERRC)", receiveErrors), ("marked bad by the card", bad), ("recoveries after a stop", recoveries),
            ]
        }
    }

    private enum Key: String, CodingKey {
        case drivenBy, restarts, time, seconds, link, receiveFrames, receiveBits, sendFrames, receiveRing, transmitRing, mostWaiting
        case counters, dropped
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(drivenBy, forKey: .drivenBy)
        try container.encode(restarts, forKey: .restarts)
        try container.encode(Double(time) / 1e9, forKey: .time)
        try container.encode(seconds, forKey: .seconds)
        try container.encode(link, forKey: .link)
        try container.encode(receiveFrames, forKey: .receiveFrames)
        try container.encode(receiveBits, forKey: .receiveBits)
        try container.encode(sendFrames, forKey: .sendFrames)
        try container.encode(receiveRing, forKey: .receiveRing)
        try container.encode(transmitRing, forKey: .transmitRing)
        try container.encode(mostWaiting, forKey: .mostWaiting)
        try container.encode(counters, forKey: .counters)
        try container.encode(counters.dropped, forKey: .dropped)
    }
}
