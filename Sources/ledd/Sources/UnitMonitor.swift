import Clocks
import Logging
import Systemd

/// systemd on the system bus: one connection for all rules about units, made when there is such a rule, and made again when it breaks.
final class UnitMonitor {
    private static let manager = "org.freedesktop.systemd1"
    private static let managerPath = "/org/freedesktop/systemd1"
    private static let managerInterface = "org.freedesktop.systemd1.Manager"
    /// From one try to connect to the next: at first, and at last.
    private static let firstPause: Int64 = 1_000_000_000
    private static let longestPause: Int64 = 30_000_000_000
    /// Services whose restarts are asked for one by one when the watch begins.
    private static let mostServices = 4096

    private let loop: EventLoop
    private let log: Logger
    private let address: String?
    private var sources: [UnitSource] = []
    private var states = UnitStates()
    private var bus: Bus?
    /// Answers to an earlier connection or listing are not news.
    private var generation = 0
    private var timer: EventWatch?
    private var pause = UnitMonitor.firstPause
    private var hasComplained = false

    /// - Parameter address: a D-Bus address; `nil` for the system's bus.
    init(loop: EventLoop, log: Logger, address: String? = nil) {
        (self.loop, self.log, self.address) = (loop, log, address)
    }

    func add(_ source: UnitSource) {
        sources.append(source)
        for unit in states.failed.sorted() { source.take(.failed(unit)) }
    }

    func remove(_ source: UnitSource) { sources.removeAll { $0 === source } }

    /// Connects when there is a rule, and lets go when there is none.
    func rulesChanged() {
        if sources.isEmpty {
            disconnect()
            (timer, states, hasComplained) = (nil, UnitStates(), false)
        } else if bus == nil && timer == nil {
            connect()
        } else if bus != nil {
            list()
        }
    }

    private func take(_ changes: [UnitStates.Change]) {
        for change in changes { for source in sources { source.take(change) } }
    }

    // MARK: Connection

    private func connect() {
        timer = nil
        do {
            let bus = try Bus(address: address, loop: loop) { [weak self] in self?.lost("it has gone") }
            self.bus = bus
            try watch(bus)
            list()
        } catch {
            lost("\(error)")
        }
    }

    private func disconnect() {
        generation += 1
        bus = nil
    }

    /// Claims stay: what is failed is asked for again.
    private func lost(_ why: String) {
        generation += 1
        if !hasComplained { log.warning("system bus: \(why): units are not watched (it is tried again until it is there)") }
        hasComplained = true
        do {
            // The connection may be what calls this: it is let go of when the timer fires.
            timer = try loop.timer(at: Clocks.monotonic + pause) { [weak self] in
                self?.disconnect()
                self?.connect()
            }
            pause = min(2 * pause, Self.longestPause)
        } catch {
            log.error("\(error): units are no longer watched (restart ledd)")
        }
    }

    private func watch(_ bus: Bus) throws(SystemdError) {
        let signal = "type='signal',sender='\(Self.manager)'"
        for interface in [UnitStates.unitInterface, UnitStates.serviceInterface] {
            try bus.subscribe(
                signal + ",path_namespace='\(UnitStates.unitPath)',interface='org.freedesktop.DBus.Properties',"
                    + "member='PropertiesChanged',arg0='\(interface)'"
            ) { [weak self] message in
                guard let self else { return }
                take(states.changed(message))
            }
        }
        try bus.subscribe(signal + ",path='\(Self.managerPath)',interface='\(Self.managerInterface)',member='UnitRemoved'") { [weak self] message in
            guard let self else { return }
            take(states.removed(message))
        }
        // A manager that executes itself anew has forgotten who subscribed.
        try bus.subscribe(
            "type='signal',sender='org.freedesktop.DBus',path='/org/freedesktop/DBus',interface='org.freedesktop.DBus',"
                + "member='NameOwnerChanged',arg0='\(Self.manager)'"
        ) { [weak self] message in
            if message.arguments.last?.text != "" { self?.list() }
        }
    }

    // MARK: What is so already

    /// Asks to be told, then what is failed, and how often services were restarted.
    private func list() {
        generation += 1
        do {
            try call("Subscribe", []) { monitor, message in
                if let error = message.error, !error.contains("AlreadySubscribed") { monitor.complain(error) }
            }
            try call("ListUnitsFiltered", [.texts(["failed"])]) { monitor, message in
                if let error = message.error { return monitor.complain(error) }
                monitor.pause = Self.firstPause
                if monitor.hasComplained { monitor.log.notice("system bus: units are watched again") }
                monitor.hasComplained = false
                monitor.take(monitor.states.listedFailed(message))
            }
            guard sources.contains(where: { $0.rule.event == .restart }) else { return }
            states.beginCounting()
            try call("ListUnitsFiltered", [.texts([])]) { monitor, message in monitor.askRestarts(message) }
        } catch {
            complain("\(error)")
        }
    }

    private func askRestarts(_ message: BusMessage) {
        let rules = sources.filter { $0.rule.event == .restart }
        // (name, description, load, active, sub, following, path, …)
        let services = (message.arguments.first?.elements ?? []).compactMap { unit -> (name: String, path: String)? in
            guard unit.elements.count > 6, let name = unit.elements[0].text, name.hasSuffix(".service"), let path = unit.elements[6].text,
                rules.contains(where: { $0.matches(name) })
            else { return nil }
            return (name, path)
        }.prefix(Self.mostServices)
        states.isAsking(for: Set(services.map(\.name)))
        for (name, path) in services {
            do {
                try bus?.call(
                    Self.manager, path: path, interface: "org.freedesktop.DBus.Properties", member: "Get",
                    [.text(UnitStates.serviceInterface), .text("NRestarts")]
                ) { [weak self, generation] message in
                    guard let self, generation == self.generation else { return }
                    var count: Int64?
                    if case .variant(let value)? = message.arguments.first { count = value.integer }
                    take(states.found(name, restarts: count))
                }
            } catch {
                return complain("\(error)")
            }
        }
    }

    private func call(_ member: String, _ arguments: [Bus.Argument], _ reply: @escaping (UnitMonitor, BusMessage) -> Void) throws(SystemdError) {
        try bus?.call(Self.manager, path: Self.managerPath, interface: Self.managerInterface, member: member, arguments) {
            [weak self, generation] message in
            guard let self, generation == self.generation else { return }
            reply(self, message)
        }
    }

    private func complain(_ why: String) {
        // A connection that ends says so itself, after the calls that end with it.
        guard bus?.isOpen ?? false else { return }
        if !hasComplained {
            log.warning("system bus: systemd: \(why): units are not watched (see whether 'busctl status \(Self.manager)' works)")
        }
        hasComplained = true
    }
}
