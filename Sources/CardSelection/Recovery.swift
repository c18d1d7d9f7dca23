import Clocks
import DeviceAccess
import E1000
import ToolSupport

/// Looks after a tool's card: one that has stopped is initialised anew, and the tool goes on; not for ever.
public struct Recovery {
    /// Recoveries in a row without a frame done in between.
    public static let limit = 3
    /// A hang is known after 1.5 s (`Controller.hangBound`) and a look: within 2 s.
    public static let interval: Int64 = 200_000_000

    /// What is told of a recovery.
    private let report: (String) -> Void
    private var inARow = 0
    private var doneBefore: UInt64 = 0
    private var nextLook: Int64 = 0

    /// - Parameter report: is called with a line for people after each recovery.
    public init(report: @escaping (String) -> Void = Output.note) { self.report = report }

    /// Looks at the card, five times a second at most.
    ///
    /// - Parameter done: frames that the tool has moved so far: sent and reported, or received.
    /// - Returns: true after a recovery: the link is negotiated anew.
    /// - Throws: as `recover`.
    public mutating func look(after card: inout Controller, done: UInt64) throws -> Bool {
        let now = Clocks.monotonic
        guard now >= nextLook else { return false }
        nextLook = now + Self.interval
        do {
            try card.throwIfStopped()
            return false
        } catch {
            try recover(&card, from: error, done: done)
            return true
        }
    }

    /// Waits for the card to send, as `Controller.waitUntilPending`.
    ///
    /// - Returns: `nil` after a recovery: nothing is pending any more, and the link is negotiated anew.
    /// - Throws: as `recover`.
    public mutating func wait(
        for card: inout Controller, pendingAtMost frames: UInt32, nanoseconds: Int64, wake: Int32 = -1, done: UInt64
    ) throws -> Bool? {
        try recovering(&card, done) { card throws(DeviceError) in
            try card.waitUntilPending(atMost: frames, nanoseconds: nanoseconds, wake: wake)
        }
    }

    /// Waits for room to send, as `Controller.waitForRoom`.
    ///
    /// - Returns: `nil` after a recovery: all of the ring is free, and the link is negotiated anew.
    /// - Throws: as `recover`.
    public mutating func waitForRoom(
        on card: inout Controller, descriptors: UInt32, packets: Int, nanoseconds: Int64, wake: Int32 = -1, done: UInt64
    ) throws -> Bool? {
        try recovering(&card, done) { card throws(DeviceError) in
            try card.waitForRoom(descriptors: descriptors, packets: packets, nanoseconds: nanoseconds, wake: wake)
        }
    }

    /// - Returns: what the wait said; `nil` after a recovery.
    private mutating func recovering(
        _ card: inout Controller, _ done: UInt64, _ wait: (inout Controller) throws(DeviceError) -> Bool
    ) throws -> Bool? {
        do {
            return try wait(&card)
        } catch {
            try recover(&card, from: error, done: done)
            return nil
        }
    }

    /// - Throws: `error` when no recovery helps against it, a `Problem` when too many did not help, and what keeps the card from
    ///   coming back.
    private mutating func recover(_ card: inout Controller, from error: DeviceError, done: UInt64) throws {
        guard error.kind == .stopped else { throw error }
        inARow = done > doneBefore ? 1 : inARow + 1
        doneBefore = done
        guard inARow <= Self.limit else {
            throw Problem(
                card.name, "\(error.what): \(error.why), after \(Self.limit) recoveries without a frame in between",
                remedy: "run 'e1000-uio selftest'; unbind and bind the card, or power it off")
        }
        let lost = try card.recover()
        report("\(card.name): \(error.what): \(error.why); recovered, \(lost) frames lost")
    }
}
