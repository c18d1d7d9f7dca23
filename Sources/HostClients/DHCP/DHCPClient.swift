import Frames

/// A DHCP client (RFC 2131, 4.4): gets an address, keeps it while its server lets it, gives it back.
///
/// No clock and no socket of its own: what happened comes in with its time, in nanoseconds of a clock that does not jump, and what is to
/// be done comes out. Call `handle(.timer, at:)` at `nextDeadline`. Messages are payloads of UDP datagrams, from port 68 to port 67.
///
///     var client = DHCPClient(DHCPClient.Configuration(hardwareAddress: mac))
///     perform(client.handle(.start, at: now))
///
/// Not done here: INIT-REBOOT (3.2) and DHCPINFORM (3.4). An offer is taken as it comes: the first that makes sense.
public struct DHCPClient: Sendable {
    public struct Configuration: Sendable {
        public var hardwareAddress: MACAddress
        /// Tells the server who this is (RFC 2132, 3.14); at most 255 bytes of it.
        public var hostName: String?
        /// An address to ask for (RFC 2131, 4.4.1).
        public var requestedAddress: IPv4Address?
        /// Servers answer to everybody: the host does not take unicast before it has its address (4.1).
        public var wantsBroadcast = true
        /// The longest wait before the first message, in nanoseconds. 4.4.1 would have 1 to 10 s, for many hosts that start at once.
        public var longestStartDelay: Int64 = 0

        public init(hardwareAddress: MACAddress) { self.hardwareAddress = hardwareAddress }
    }

    /// Figure 5 of the RFC.
    public enum State: Hashable, Sendable {
        /// Not started, or stopped.
        case stopped
        /// INIT: waits before it asks (again).
        case initial
        case selecting, requesting
        /// The lease is given; the caller finds out whether somebody else has the address (3.1, step 5).
        case probing
        case bound, renewing, rebinding
    }

    public enum Event: Sendable {
        /// Begin, from any state; a lease is forgotten.
        case start
        /// `nextDeadline` has come. Any other event does as well.
        case timer
        /// The payload of a datagram to port 68.
        case received([UInt8])
        /// Nobody answered for the address (RFC 5227, 2.1.1).
        case isFree(IPv4Address)
        /// Somebody else uses the address: found by the probe, or later (RFC 5227, 2.4).
        case conflict(IPv4Address)
        /// Give the address back, and stop.
        case release
        /// Stop, without a word to the server.
        case stop
    }

    public enum Destination: Hashable, Sendable {
        /// 255.255.255.255; from 0.0.0.0 as long as there is no address.
        case broadcast
        /// From the leased address.
        case server(IPv4Address)
    }

    public enum Action: Hashable, Sendable {
        case send([UInt8], to: Destination)
        /// Find out by ARP whether somebody has the address (RFC 5227, 2.1), and say `isFree` or `conflict`.
        case probe(IPv4Address)
        /// Use the lease from now on; also when it has been renewed, perhaps with other settings.
        case configure(DHCPLease)
        /// Stop using the address at once (4.4.5).
        case deconfigure(Reason)
    }

    public enum Reason: Hashable, Sendable {
        /// Released or stopped by the caller.
        case stopped
        case expired
        /// The server says that the address is no longer good (3.1, step 4).
        case denied
        /// Somebody else uses it.
        case conflict
    }

    public let configuration: Configuration
    public internal(set) var state = State.stopped
    /// What a server has lent; in use from `bound` on.
    public internal(set) var lease: DHCPLease?
    /// Why the last message was not taken, and how many were not.
    public internal(set) var lastRefusal: DHCPRefusal?
    public internal(set) var refusalCount = 0

    var random: any RandomNumberGenerator & Sendable
    /// `xid`, and when the exchange began, for `secs`.
    var transaction: UInt32 = 0
    var began: Int64 = 0
    /// `secs` of the last discovery; the request has the same (4.4.1).
    var seconds: UInt16 = 0
    /// When to send again, or to begin.
    var retransmission: Int64?
    /// Messages of this exchange that were sent.
    var attempts = 0
    /// When the request for the lease was first sent: its time counts from there (4.4.1).
    var requested: Int64 = 0
    var deadlines: DHCPDeadlines?
    /// Denials and conflicts without a lease between them.
    var denials = 0
    var conflicts = 0

    /// - Parameter random: for transaction numbers, and so that hosts do not ask all at once.
    public init(_ configuration: Configuration, random: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()) {
        (self.configuration, self.random) = (configuration, random)
    }

    /// When `timer` has something to do; `nil` for never.
    public var nextDeadline: Int64? {
        [retransmission, deadlines.map { $0.next(in: state) } ?? nil].compactMap { $0 }.min()
    }

    /// When the lease ends; `nil` without one, and for one that does not.
    public var expiry: Int64? { deadlines?.expiry }

    /// Takes what happened.
    ///
    /// - Parameters:
    ///   - event: what; what is over by now is dealt with before it.
    ///   - now: nanoseconds, never less than the time before.
    /// - Returns: what is to be done, in this order.
    public mutating func handle(_ event: Event, at now: Int64) -> [Action] {
        var actions = advance(now)
        switch event {
        case .timer: break
        case .start: actions += stop() + begin(after: startDelay(), at: now)
        case .received(let message): actions += receive(message, at: now)
        case .isFree(let address):
            if state == .probing, lease?.address == address { actions += bind() }
        case .conflict(let address):
            if lease?.address == address { actions += decline(at: now) }
        case .release: actions += release(at: now)
        case .stop: actions += stop()
        }
        return actions
    }

    private mutating func startDelay() -> Int64 { .random(in: 0...max(0, configuration.longestStartDelay), using: &random) }
}
