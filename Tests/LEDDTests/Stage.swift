import Clocks
import LightClaims
import Logging
import Systemd
import Testing

@testable import ledd

/// What stands in for the lights: notes what is handed to it.
final class NotedDesk: LightDesk {
    var claims: [Claim] = []
    var released: [String] = []
    /// What is claimed by now, without time limits.
    var current: [String: Claim] = [:]
    /// Things handed in.
    var count: Int { claims.count + released.count }

    func claim(_ claim: Claim) {
        claims.append(claim)
        current[claim.id] = claim
    }

    func release(id: String) {
        released.append(id)
        current[id] = nil
    }
}

/// A log that keeps its lines, those that a person should see.
struct NotedLog: LogHandler {
    final class Lines: @unchecked Sendable { var all: [String] = [] }

    let lines: Lines
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .info

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        if event.level >= .notice { lines.all.append(event.message.description) }
    }
}

/// An event loop, a desk and a log, for a source on trial.
final class Stage {
    let loop: EventLoop
    let desk = NotedDesk()
    let lines = NotedLog.Lines()
    let log: Logger

    init() throws {
        loop = try EventLoop()
        let lines = lines
        log = Logger(label: "test") { _ in NotedLog(lines: lines) }
    }

    func configuration(_ text: String) throws -> Configuration { try Configuration.parse(text, file: "f") }

    func sources(_ text: String) throws -> EventSources {
        EventSources(try configuration(text), desk: desk, loop: loop, log: log)
    }

    /// A rule's claim, for a source made by itself.
    func claim(_ text: String) throws -> RuleClaim {
        RuleClaim(try #require(try configuration(text).rules.first), desk: desk, loop: loop, log: log)
    }

    /// Runs the loop until something is so; asked every 5 ms.
    ///
    /// - Returns: whether it came to be in time.
    @discardableResult
    func run(milliseconds: Int64 = 10_000, until isSo: @escaping () -> Bool = { false }) throws -> Bool {
        let deadline = Clocks.monotonic + milliseconds * 1_000_000
        var was = isSo()
        // sd_event_exit ends a loop for good: it is turned by hand.
        while !was && Clocks.monotonic < deadline {
            try loop.turn(microseconds: 5000)
            was = isSo()
        }
        return was
    }
}
