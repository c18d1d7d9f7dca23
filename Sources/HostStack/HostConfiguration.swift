import E1000

/// How a host runs on its card.
public struct HostConfiguration: Sendable {
    /// Looks after the card, a few times a second, with the frames that it has done so far (reported sent, or received while it had none
    /// to send): recovers it, or throws what ends the host.
    /// `nil`: a card that stops is not noticed; one that leaves the bus is.
    public var lookAfter: (@Sendable (inout Controller, UInt64) throws -> Void)?
    /// Is called on the loop's thread with a line for people: the link, a recovery, an address that somebody else has.
    public var note: @Sendable (String) -> Void = { _ in }
    /// Is called once the loop has ended, whatever ended it, on its thread.
    public var ended: @Sendable () -> Void = {}
    /// The thread's name, at most 15 bytes.
    public var name = "host"
    /// Nanoseconds without a frame after which the loop sleeps: `AdaptivePoll.idleTime`.
    public var idleTime: Int64 = 50_000

    public init() {}

    /// What a host wants of its card: packets to lend.
    ///
    /// - Parameter configuration: the rings' sizes and filters.
    public static func card(_ configuration: Configuration = Configuration()) -> Configuration {
        var configuration = configuration
        configuration.spareBuffers = max(configuration.spareBuffers, 1024)
        // Neighbours are asked in groups (RFC 4861, 7.2), and the table is exact only to a hash: the stack looks again.
        configuration.filters.allMulticast = true
        return configuration
    }
}
