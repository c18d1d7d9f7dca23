import CSystemd
import Glibc

/// systemd's event loop (sd-event(3)): descriptors, timers and signals, one at a time, on the thread that runs it.
///
/// Swift's own event loops watch sockets and pipes; a daemon here waits on light nodes, inotify, D-Bus and the journal as well,
/// and on the service manager's watchdog, all of which this one knows.
public final class EventLoop {
    /// The loop itself, for what joins it by a call of libsystemd: `sd_bus_attach_event`.
    public let handle: OpaquePointer

    /// - Throws: `SystemdError` when the system has no memory or descriptors left.
    public init() throws(SystemdError) {
        var event: OpaquePointer?
        try check(sd_event_new(&event), "event loop", "make it")
        handle = event!
    }

    deinit { sd_event_unref(handle) }

    /// Calls `handler` with the events (`EPOLLIN` …) that a descriptor has, for as long as the value that is returned lives.
    ///
    /// The descriptor is not closed. The handler may end its own watch.
    public func watch(_ descriptor: Int32, for events: UInt32, _ handler: @escaping (UInt32) -> Void) throws(SystemdError) -> EventWatch {
        let box = Box(handler)
        var source: OpaquePointer?
        let result = sd_event_add_io(
            handle, &source, descriptor, events,
            { _, _, events, data in
                Unmanaged<Box<(UInt32) -> Void>>.fromOpaque(data!).takeUnretainedValue().content(events)
                return 0
            }, Unmanaged.passUnretained(box).toOpaque())
        try check(result, "descriptor \(descriptor)", "watch it")
        return EventWatch(source!, box)
    }

    /// Calls `handler` once at a time of the monotonic clock; `EventWatch.fire(at:)` sets another.
    ///
    /// - Parameter deadline: nanoseconds of CLOCK_MONOTONIC; `nil` for not yet.
    public func timer(at deadline: Int64?, _ handler: @escaping () -> Void) throws(SystemdError) -> EventWatch {
        let box = Box(handler)
        var source: OpaquePointer?
        let result = sd_event_add_time(
            handle, &source, CLOCK_MONOTONIC, EventWatch.microseconds(deadline ?? 0), EventWatch.accuracy,
            { _, _, data in
                Unmanaged<Box<() -> Void>>.fromOpaque(data!).takeUnretainedValue().content()
                return 0
            }, Unmanaged.passUnretained(box).toOpaque())
        try check(result, "timer", "make it")
        let watch = EventWatch(source!, box)
        if deadline == nil { watch.isEnabled = false }
        return watch
    }

    /// Calls `handler` for a signal, which from now on does nothing else. To be called before threads start.
    public func onSignal(_ number: Int32, _ handler: @escaping () -> Void) throws(SystemdError) -> EventWatch {
        Self.block(number)
        let box = Box(handler)
        var source: OpaquePointer?
        let result = sd_event_add_signal(
            handle, &source, number,
            { _, _, data in
                Unmanaged<Box<() -> Void>>.fromOpaque(data!).takeUnretainedValue().content()
                return 0
            }, Unmanaged.passUnretained(box).toOpaque())
        try check(result, "signal \(number)", "watch it")
        return EventWatch(source!, box)
    }

    /// Calls `handler` with the exit status (`si_code`, `si_status` of waitid(2)) when a child process ends, and reaps it.
    public func onExit(of process: pid_t, _ handler: @escaping (Int32, Int32) -> Void) throws(SystemdError) -> EventWatch {
        // Wanted by sd_event_add_child(3).
        Self.block(SIGCHLD)
        let box = Box(handler)
        var source: OpaquePointer?
        let result = sd_event_add_child(
            handle, &source, process, WEXITED,
            { _, info, data in
                let status = info!.pointee
                Unmanaged<Box<(Int32, Int32) -> Void>>.fromOpaque(data!).takeUnretainedValue().content(
                    status.si_code, status._sifields._sigchld.si_status)
                return 0
            }, Unmanaged.passUnretained(box).toOpaque())
        try check(result, "process \(process)", "wait for it")
        return EventWatch(source!, box)
    }

    private static func block(_ signal: Int32) {
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, signal)
        pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    /// Tells the service manager's watchdog, where it wants that (`WatchdogSec=`), that the loop goes round.
    public func feedWatchdog() throws(SystemdError) {
        let result = sd_event_set_watchdog(handle, 1)
        try check(result, "watchdog", "feed it")
    }

    /// Runs until `stop`.
    public func run() throws(SystemdError) {
        let result = sd_event_loop(handle)
        try check(result, "event loop", "run it")
    }

    /// Ends `run` after the handler that calls this.
    public func stop() { sd_event_exit(handle, 0) }
}

/// Something that an `EventLoop` watches; as long as this value lives.
public final class EventWatch {
    /// A light's pattern has steps of 20 ms: the loop's usual 250 ms of slack would be seen.
    static let accuracy: UInt64 = 100

    private let source: OpaquePointer
    /// What the loop calls; it has no reference of its own.
    private let box: AnyObject

    init(_ source: OpaquePointer, _ box: AnyObject) {
        (self.source, self.box) = (source, box)
    }

    deinit {
        // Off before it is given back: libsystemd may hold the source until its handler, which may be what ends it, returns.
        sd_event_source_set_enabled(source, Int32(SD_EVENT_OFF))
        sd_event_source_unref(source)
    }

    /// Whether the handler is called. A timer's is once only, until `fire(at:)`.
    public var isEnabled: Bool {
        get { sd_event_source_get_enabled(source, nil) > 0 }
        set { sd_event_source_set_enabled(source, Int32(newValue ? SD_EVENT_ON : SD_EVENT_OFF)) }
    }

    /// Changes what a descriptor is watched for.
    public func set(events: UInt32) { sd_event_source_set_io_events(source, events) }

    /// Sets a timer: nanoseconds of CLOCK_MONOTONIC; `nil` for never.
    public func fire(at deadline: Int64?) {
        guard let deadline else {
            isEnabled = false
            return
        }
        sd_event_source_set_time(source, Self.microseconds(deadline))
        sd_event_source_set_enabled(source, Int32(SD_EVENT_ONESHOT))
    }

    /// Rounded up, so that the time has come when the handler is called.
    static func microseconds(_ nanoseconds: Int64) -> UInt64 { UInt64((max(0, nanoseconds) + 999) / 1000) }
}

/// A handler as something that a C function can carry.
final class Box<Content> {
    let content: Content

    init(_ content: Content) { self.content = content }
}
