import KeyboardLights
import Systemd

/// Plays what the kernel cannot: a pattern of too many steps.
final class LongPattern {
    private let player: PatternPlayer
    private let show: (Bool) -> Bool
    private var timer: EventWatch?

    /// Begins now.
    ///
    /// - Parameter show: turns the light on or off; false when that cannot be, which is the end.
    init(_ pattern: Pattern, repeats: Int?, loop: EventLoop, show: @escaping (Bool) -> Bool) throws(SystemdError) {
        (player, self.show) = (PatternPlayer(pattern, repeats: repeats, start: Daemon.now), show)
        timer = try loop.timer(at: Daemon.now) { [weak self] in self?.step() }
    }

    private func step() {
        let phase = player.next(now: Daemon.now)
        if show(phase?.on ?? false) { timer?.fire(at: phase?.deadline) }
    }
}
