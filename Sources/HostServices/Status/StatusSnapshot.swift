/// What the status page shows: the card, its rings and the host on it, at one moment.
///
/// As JSON it is `status.json`; names there are those here. Rates are not in it: the page computes them from what two
/// snapshots count.
public struct StatusSnapshot: Codable, Sendable, Equatable {
    public struct Link: Codable, Sendable, Equatable {
        public var isUp: Bool
        /// 10, 100 or 1000; `nil` when the link is down.
        public var megabitsPerSecond: Int?
        public var isFullDuplex: Bool?

        public init(isUp: Bool, megabitsPerSecond: Int? = nil, isFullDuplex: Bool? = nil) {
            (self.isUp, self.megabitsPerSecond, self.isFullDuplex) = (isUp, megabitsPerSecond, isFullDuplex)
        }
    }

    /// One descriptor ring: `cardOwned` descriptors from `head` on, around the end, are the card's, the others the driver's.
    /// The first one behind the card's is the tail.
    public struct Ring: Codable, Sendable, Equatable {
        public var count: Int
        public var head: Int
        public var cardOwned: Int

        /// - Parameters:
        ///   - count: descriptors, more than 0.
        ///   - head: the first descriptor that the card owns, or would own: 0 to `count` - 1.
        ///   - cardOwned: 0 to `count`.
        public init(count: Int, head: Int, cardOwned: Int) {
            (self.count, self.head, self.cardOwned) = (count, head, cardOwned)
        }
    }

    /// Counted since the start.
    public struct Traffic: Codable, Sendable, Equatable {
        public var frames: UInt64
        public var bytes: UInt64

        public init(frames: UInt64, bytes: UInt64) {
            (self.frames, self.bytes) = (frames, bytes)
        }
    }

    /// A counter with its name for people; shown in the order given.
    public struct Counter: Codable, Sendable, Equatable {
        public var name: String
        public var value: UInt64

        public init(_ name: String, _ value: UInt64) {
            (self.name, self.value) = (name, value)
        }
    }

    public struct Connection: Codable, Sendable, Equatable {
        /// `TCP`, `UDP`.
        public var `protocol`: String
        /// Address and port.
        public var local: String
        public var remote: String
        /// As RFC 9293, 3.3.2 names it; empty where there is none.
        public var state: String

        public init(protocol: String, local: String, remote: String, state: String = "") {
            (self.protocol, self.local, self.remote, self.state) = (`protocol`, local, remote, state)
        }
    }

    /// Connections and frames that are shown at most; of more connections the first ones, of more frames the last ones.
    public static let mostConnections = 100
    public static let mostFrames = 50

    /// What kind of card it is, and where.
    public var device: String
    public var mac: String
    public var link: Link
    /// With their prefix lengths.
    public var addresses: [String]
    /// Seconds since the host started.
    public var uptime: Double
    public var transmitRing: Ring
    public var receiveRing: Ring
    public var transmitted: Traffic
    public var received: Traffic
    public var counters: [Counter]
    public var connections: [Connection]
    /// All of them, shown or not.
    public var connectionCount: Int
    /// Lines of a frame's summary, the oldest first.
    public var lastFrames: [String]
    /// Names of keyboard lights that the page may blink; set by the page's server.
    public internal(set) var lights: [String]?

    public init(
        device: String, mac: String, link: Link, addresses: [String], uptime: Double, transmitRing: Ring, receiveRing: Ring,
        transmitted: Traffic, received: Traffic, counters: [Counter] = [], connections: [Connection] = [], lastFrames: [String] = []
    ) {
        (self.device, self.mac, self.link, self.addresses, self.uptime) = (device, mac, link, addresses, uptime)
        (self.transmitRing, self.receiveRing, self.transmitted, self.received) = (transmitRing, receiveRing, transmitted, received)
        self.counters = counters
        connectionCount = connections.count
        self.connections = Array(connections.prefix(Self.mostConnections))
        self.lastFrames = Array(lastFrames.suffix(Self.mostFrames))
    }
}
