import ArgumentParser
import Clocks
import Glibc
import KeyboardLights
import LightClaims
import ToolSupport

/// A notification without ledd: this process holds the lights until it is over.
struct NodeNotification {
    private let notification: Notification
    private let claims: [NodeClaim]
    /// Of the monotonic clock.
    private let deadline: Int64

    /// Takes the lights, dark.
    init(_ notification: Notification, on lights: [Light]) throws {
        self.notification = notification
        // Dark first: the first "on" of a pattern is seen, also on a light that was on, and taking the light,
        // which costs the kernel some 50 ms, is not part of the first step.
        claims = try lights.map(NodeClaim.init)
        deadline = notification.lifetime.time.map { Clocks.monotonic + $0 } ?? .max
    }

    /// Shows it to its end.
    ///
    /// - Throws: exit code 130 if it was interrupted before.
    func run() throws {
        notification.printMessage()
        switch notification.effect {
        case .on: try stay(true)
        case .off: try stay(false)
        case .trigger(let words): try obey(words)
        case .pattern(let pattern, _): if try !playInKernel(pattern) { try play(pattern) }
        }
        if Interruption.requested && !notification.isEndless { throw ExitCode(130) }
    }

    private var left: Int64 { deadline == .max ? .max : deadline - Clocks.monotonic }

    private func stay(_ on: Bool) throws(LightError) {
        for claim in claims { try claim.show(on) }
        rest()
    }

    private func obey(_ trigger: String) throws(LightError) {
        for claim in claims { try claim.obey(trigger) }
        rest()
    }

    /// Until the time is over, or somebody asks this program to stop.
    private func rest() {
        while left > 0, Interruption.sleep(nanoseconds: min(left, 3_600_000_000_000)) {}
    }

    /// Costs no wake-ups until the end. - Returns: false if the kernel cannot, which leaves all to `play`.
    private func playInKernel(_ pattern: Pattern) throws(LightError) -> Bool {
        for claim in claims {
            guard try claim.play(pattern, repeats: notification.lifetime.repeats) else { return false }
        }
        var pollers = claims.map { pollfd(fd: $0.descriptor, events: Int16(POLLPRI), revents: 0) }
        pollers.append(pollfd(fd: Interruption.descriptor, events: Int16(POLLIN), revents: 0))
        while !Interruption.requested, left > 0, pollers.dropLast().contains(where: { $0.fd >= 0 }) {
            // An hour at most, so that a long bound fits; rounded up, so that the end is not spun for.
            let bound = left == .max ? -1 : Int32(min(left / 1_000_000 + 1, 3_600_000))
            guard poll(&pollers, nfds_t(pollers.count), bound) > 0 else { continue }
            // Over, or of no use any more.
            for index in claims.indices where pollers[index].revents != 0 { pollers[index].fd = -1 }
        }
        return true
    }

    private func play(_ pattern: Pattern) throws(LightError) {
        let player = PatternPlayer(pattern, repeats: notification.lifetime.repeats, start: Clocks.monotonic)
        var shown = false
        while !Interruption.requested, left > 0, let phase = player.next(now: Clocks.monotonic) {
            if phase.on != shown {
                for claim in claims { try claim.show(phase.on) }
                shown = phase.on
            }
            Interruption.sleep(nanoseconds: min(phase.deadline, deadline) - Clocks.monotonic)
        }
    }
}

/// A light that is ours, and dark, as long as this object lives.
private final class NodeClaim {
    private let node: LightNode

    init(_ light: Light) throws(LightError) {
        node = try LightNode(light, for: .write)
        try node.claimUntilClose()
        try node.set(false)
    }

    var descriptor: Int32 { node.descriptor }

    func play(_ pattern: Pattern, repeats: Int?) throws(LightError) -> Bool {
        do {
            return try node.play(pattern, repeats: repeats)
        } catch .noKeyboard {
            // Unplugged meanwhile: the node takes no pattern now.
            return false
        }
    }

    func obey(_ trigger: String) throws(LightError) {
        guard try node.obey(trigger: trigger) else { throw .moduleTooOld(node.light.name) }
    }

    func show(_ on: Bool) throws(LightError) {
        do {
            try node.set(on)
        } catch .noKeyboard {
            // Unplugged meanwhile. The claim stays, and a keyboard that is plugged in joins the pattern.
        }
    }
}
