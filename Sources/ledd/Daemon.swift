import Clocks
import Glibc
import KeyboardLights
import LightClaims
import Logging
import Systemd
import ToolSupport

/// Ties everything to one loop on one thread: clients and sources hand in claims, the arbiter decides, the lights show it.
final class Daemon {
    /// Of the monotonic clock, nanoseconds.
    static var now: Int64 { Clocks.monotonic }

    private let log = Logger(label: "ledd")
    private let loop: EventLoop
    private let file: ConfigurationFile
    private let listener: Listener
    private let ports: [String: LightPort]
    private let catalog: LightCatalog
    /// The light of claims that name none.
    private var standardLight: String
    private let sources: EventSources
    private let desk: Desk
    private var clients: [Arbiter.Owner: Client] = [:]
    private var clientsOfUsers: [uid_t: Int] = [:]
    private let backlogs = Client.Total()
    private var nextClient: UInt64 = 1
    private var watches: [EventWatch] = []

    init(_ file: ConfigurationFile, _ configuration: Configuration, socket: String?) throws {
        loop = try EventLoop()
        self.file = file
        catalog = .ofEnvironment
        standardLight = configuration.light
        var ports: [String: LightPort] = [:]
        for light in catalog.all {
            let lossPath = catalog.lossPath(of: light)
            ports[light.name] = try LightPort(light, lossPath: lossPath, loop: loop, log: log) { [catalog] () throws(LightError) in
                try HeldNode(light, catalog)
            }
        }
        self.ports = ports
        desk = try Desk(ports: ports, loop: loop, log: log)
        // Signals before anything starts a thread or can be connected to.
        for signal in [SIGTERM, SIGINT] {
            watches.append(try loop.onSignal(signal) { [loop] in loop.stop() })
        }
        Self.raiseDescriptorLimit()
        listener = try Listener(path: socket, configuration)
        sources = EventSources(configuration, desk: desk, loop: loop, log: log)
        watches.append(try loop.onSignal(SIGHUP) { [unowned self] in reload() })
        desk.onNews = { [unowned self] in tell($0) }
        desk.onEnd = { [unowned self] in tellEnd(of: $0, $1) }
    }

    /// Runs until SIGTERM or SIGINT; then every light is given back.
    func run() throws {
        try loop.feedWatchdog()
        try listener.start(on: loop, log: log, count: { [unowned self] in $0.map { clientsOfUsers[$0] ?? 0 } ?? clients.count }) {
            [unowned self] in connect($0, of: $1)
        }
        sources.start()
        log.info("ready: \(listener.path), lights: \(ports.keys.sorted().joined(separator: ", "))")
        ServiceManager.ready("ready")
        try loop.run()
        ServiceManager.stopping()
        sources.stop()
        log.info("stopping: the lights are given back")
    }

    /// Each client is a descriptor, and the usual limit of 1024 was made for select(2).
    private static func raiseDescriptorLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = min(limit.rlim_max, rlim_t(Listener.mostClients + 256))
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    private func reload() {
        ServiceManager.reloading()
        do {
            let new = try file.read()
            standardLight = new.light
            sources.apply(new)
            log.notice("\(file.path): read anew")
        } catch {
            for line in "\(error)".split(separator: "\n") { log.error("\(line)") }
            log.error("\(file.path): the configuration that was there stays (run 'ledd --check')")
        }
        ServiceManager.ready("ready")
    }

    // MARK: Clients

    private func connect(_ descriptor: Int32, of user: uid_t) {
        let id = Arbiter.Owner(connection: nextClient, user: user)
        nextClient += 1
        do {
            clients[id] = try Client(descriptor, id: id, total: backlogs, loop: loop) { [unowned self] client, line in
                client.send(answer(client, line))
                relieve()
                if case .failure = line { client.finish() }
            } onEnd: { [unowned self] in
                disconnected($0)
            }
            clientsOfUsers[user, default: 0] += 1
        } catch {
            close(descriptor)
            log.error("\(error)")
        }
    }

    private func disconnected(_ client: Client) {
        clients[client.id] = nil
        clientsOfUsers[client.id.user]! -= 1
        if clientsOfUsers[client.id.user] == 0 { clientsOfUsers[client.id.user] = nil }
        desk.disconnect(client.id)
        for (source, devices) in client.told { sources.gone(source: source, devices: devices) }
    }

    private func answer(_ client: Client, _ line: Result<[UInt8], Client.LineTooLong>) -> [UInt8] {
        guard case .success(let bytes) = line else {
            return Wire.line(
                Reply.failed("too-long", "a line has at most \(Request.longestLine) bytes (the connection is closed)", seq: nil))
        }
        do throws(WireError) {
            let request = try Wire.read(Request.self, from: bytes)
            return Wire.line(answer(client, request))
        } catch {
            return Wire.line(Reply.failed("bad-json", "\(error.why) (send one JSON object a line, see ledd(8))", seq: nil))
        }
    }

    private func answer(_ client: Client, _ request: Request) -> Reply {
        guard request.v == Request.version else {
            return .failed("bad-version", "v: this ledd speaks version \(Request.version)", seq: request.seq)
        }
        guard let operation = Request.Operation(rawValue: request.op) else {
            let known = Request.Operation.allCases.map(\.rawValue).joined(separator: ", ")
            return .failed("bad-operation", "op: there is no '\(request.op.prefix(64))' (there are: \(known))", seq: request.seq)
        }
        var reply = Reply.done(seq: request.seq)
        do throws(ClaimError) {
            switch operation {
            case .ping: break
            case .claim:
                let claim = try request.claim(named: desk.newName(), from: client.program, on: standardLight)
                let name = ClaimName(claim)
                let isAwaited = request.wait == true || claim.lifetime.repeats != nil && clients.values.contains { $0.awaited.contains(name) }
                try desk.claim(claim, owner: client.id, isAwaited: isAwaited)
                // Afterwards: the claim whose place it takes ends as it begins, under the same name.
                if request.wait == true { client.awaited.insert(name) }
                reply.id = claim.id
            case .release:
                guard request.all == true || request.id != nil || request.source != nil || request.light != nil else {
                    throw .badField("release", "it says neither id, source nor light (or all)")
                }
                reply.released = desk.release(id: request.id, source: request.source, light: request.light)
            case .list: list(&reply)
            case .watch:
                client.isWatching = true
                list(&reply)
            case .event:
                guard let kind = request.event, let source = request.source else { throw .badField("event", "event and source are both needed") }
                client.tells(of: request.device ?? "", source)
                reply.known = sources.event(source: source, device: request.device, kind: kind)
            }
        } catch {
            return .failed(error.code, "\(error)", seq: request.seq)
        }
        return reply
    }

    private func list(_ reply: inout Reply) {
        reply.claims = desk.claims
        let entries = catalog.entries()
        reply.lights = catalog.all.map { light in
            LightState(
                name: light.name, on: entries.first { $0.light == light }?.isOn, claim: desk.shownClaim(on: light.name),
                trouble: ports[light.name]?.trouble)
        }
    }

    private func tell(_ news: Reply) {
        let watching = clients.values.filter(\.isWatching)
        guard !watching.isEmpty else { return }
        let line = Wire.line(news)
        for client in watching { client.send(line) }
        relieve()
    }

    /// Lets clients go that do not read, before what waits for all of them takes too much memory.
    private func relieve() {
        while backlogs.bytes > Client.longestBacklogOfAll, let client = clients.values.min(by: { $0.lateSince < $1.lateSince }) { client.end() }
    }

    private func tellEnd(of name: ClaimName, _ news: Reply) {
        for client in clients.values where client.awaited.remove(name) != nil && !client.isWatching { client.send(Wire.line(news)) }
    }
}
