import Logging
import Systemd

/// Stand-in until the real one is merged.
final class EventSources {
    init(_ configuration: Configuration, desk: any LightDesk, loop: EventLoop, log: Logger) {}
    func start() {}
    func apply(_ new: Configuration) {}
    func stop() {}
    func event(source: String, device: String?, kind: String) -> Bool { false }
}
