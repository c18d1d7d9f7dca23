import Clocks
import DeviceAccess

/// When frames were first seen, by software: of all that are on the ring at that moment.
public struct Arrival: Sendable, Equatable {
    /// Nanoseconds of CLOCK_MONOTONIC.
    public let monotonic: Int64
    /// Nanoseconds of CLOCK_REALTIME: since 1970-01-01 00:00 UTC.
    public let realtime: Int64
}

/// Looks for frames while they come, and sleeps on the interrupt when none does.
///
/// While it looks, received frames interrupt nobody: their causes are masked in the card (IMC, 13.4.21), so that a busy card
/// costs no interrupts, and a quiet one no processor. Before it sleeps, interrupts are let through and the ring is looked at
/// once more, so that a frame that comes in between is not slept over.
///
///     var poll = AdaptivePoll()
///     while let arrival = try poll.wait(for: &card, nanoseconds: 1_000_000_000) {
///         while let packet = card.receive() { … }
///     }
///
/// One card has one of these; `Controller.waitForFrame` may be used between its waits.
public struct AdaptivePoll: Sendable {
    /// Nanoseconds without a frame after which it sleeps; 0: at once.
    public var idleTime: Int64 = 50_000
    /// Looks without a frame after which it sleeps, however short they took.
    public var idleLooks = UInt64.max
    /// Nanoseconds, above 0: the longest sleep, and so the longest that a frame waits whose interrupt got lost.
    public var longestSleep: Int64 = 100_000_000
    /// A sleep also ends when the link goes up or down, and at once while `Controller.linkHasChanged`: until `takeLinkChange`.
    public var endsOnLinkChange = false

    /// Since when there was no frame, and how often was looked; `nil`: there was one when it was last looked.
    private var idle: (since: Int64, looks: UInt64)?

    /// Nothing seen yet, and the idle time of 50 µs.
    public init() {}

    /// Commits, and waits until frames are there.
    ///
    /// - Parameters:
    ///   - card: always the same one.
    ///   - nanoseconds: the bound, in the time of the device.
    ///   - wake: a descriptor that ends the sleep when it polls readable; -1: none. While frames come it is not looked at.
    /// - Returns: when the frames were seen; `nil` when the time passed, or `wake` or a link change ended it.
    /// - Throws: `.vanished` when the card has left the bus: known when it would sleep.
    public mutating func wait(
        for card: inout Controller, nanoseconds: Int64, wake: Int32 = -1
    ) throws(DeviceError) -> Arrival? {
        try card.commit()
        if card.receiveRing.isReady { return try found(&card) }
        let start = card.device.now
        let deadline = start.addingReportingOverflow(nanoseconds)
        let end = deadline.overflow ? .max : deadline.partialValue
        if card.receiveIsMasked {
            // Short bounds of several waits add up to one idle time.
            var (since, looks) = idle ?? (start, 0)
            var now = start
            while now - since < idleTime, looks < idleLooks {
                guard now < end else {
                    idle = (since, looks)
                    return nil
                }
                looks += 1
                if card.receiveRing.isReady { return try found(&card) }
                now = card.device.now
            }
        }
        let (left, slice) = (end - card.device.now, max(1, longestSleep))
        guard try card.sleepUntilFrame(nanoseconds: left, slice: slice, wake: wake, orLinkChange: endsOnLinkChange) else { return nil }
        return try arrival(&card)
    }

    /// Without an interrupt.
    private mutating func found(_ card: inout Controller) throws(DeviceError) -> Arrival {
        card.counters.polls &+= 1
        return try arrival(&card)
    }

    private mutating func arrival(_ card: inout Controller) throws(DeviceError) -> Arrival {
        try card.maskReceive()
        idle = nil
        return Arrival(monotonic: Clocks.monotonic, realtime: Clocks.realtime)
    }
}
