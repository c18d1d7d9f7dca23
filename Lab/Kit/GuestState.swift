import GuestProtocol

/// All that was seen of a guest; changed by its one thread, read and waited on by everyone.
struct GuestState: Sendable {
    var console = ConsoleLog()
    var agentIsReady = false
    var jobs: [UInt32: JobOutput] = [:]
    var nextJob: UInt32 = 1
    var monitorIsReady = false
    var answers: [Int64: Result<JSONValue, GuestError>] = [:]
    var nextCommand: Int64 = 1
    var events: [MonitorEvent] = []
    /// `nil` until the keyboard's lights were seen.
    var lights: LightState?
    var transitions: [LightTransition] = []
    /// QEMU's end was asked for.
    var isEnding = false
    /// QEMU's exit status, or 128 + signal.
    var status: Int32?
    /// Why nothing more will come.
    var failure: GuestError?

    mutating func handle(_ message: AgentMessage) {
        switch message {
        case .ready: agentIsReady = true
        case .output(let job, let bytes): jobs[job]?.append(output: bytes)
        case .errors(let job, let bytes): jobs[job]?.append(errors: bytes)
        case .ended(let job, let status): jobs[job]?.status = status
        case .start, .signal, .write: break
        }
    }

    mutating func handle(_ message: MonitorMessages.Message, at time: Int64) {
        switch message {
        case .greeting: monitorIsReady = true
        case .answer(let id, let value): answers[id] = .success(value)
        case .refusal(let id?, let why): answers[id] = .failure(.refused("monitor", why))
        case .refusal(nil, let why): failure = failure ?? .refused("monitor", why)
        case .event(let name, let data): events.append(MonitorEvent(name: name, data: data, time: time))
        }
    }

    mutating func handle(_ state: LightState, at time: Int64) {
        for light in LockLight.allCases where lights.map({ $0[light] }) ?? false != state[light] {
            transitions.append(LightTransition(light: light, isOn: state[light], time: time))
        }
        lights = state
    }
}

/// Something that QEMU told unasked.
public struct MonitorEvent: Equatable, Sendable {
    /// QMP's name: `DEVICE_DELETED`, `SHUTDOWN`, …
    public let name: String
    public let data: JSONValue
    /// When the lab saw it: `MonotonicClock`, nanoseconds.
    public let time: Int64
}

/// What a command in the guest has written until now, and how it ended.
struct JobOutput: Sendable {
    /// Bytes kept of each stream.
    static let limit = 64 << 20

    let command: String
    private(set) var output: [UInt8] = []
    private(set) var errors: [UInt8] = []
    private(set) var hasOverflown = false
    var status: Int32?

    init(command: String) { self.command = command }

    mutating func append(output bytes: [UInt8]) {
        guard output.count + bytes.count <= Self.limit else {
            hasOverflown = true
            return
        }
        output += bytes
    }

    mutating func append(errors bytes: [UInt8]) {
        guard errors.count + bytes.count <= Self.limit else {
            hasOverflown = true
            return
        }
        errors += bytes
    }
}
