import Clocks
import LightClaims
import LightClient
import ToolSupport

/// ledd's news, as long as it runs, and again when it comes back.
struct DaemonNews: ~Copyable {
    /// How often a ledd that has ended is looked for.
    private static let interval: Int64 = 1_000_000_000

    private let choice: DaemonChoice
    private var daemon: LightDaemon?
    /// When a ledd that has ended is looked for again, by the monotonic clock.
    private(set) var retry = Int64.max

    /// - Throws: a ledd that is there but cannot be used.
    init(_ choice: DaemonChoice) throws {
        self.choice = choice
        guard var daemon = try choice.connect() else { return }
        _ = try daemon.ask(Request(.watch))
        self.daemon = consume daemon
    }

    var isConnected: Bool { daemon != nil }

    /// To poll; -1, which poll leaves alone, while there is none.
    var descriptor: Int32 {
        switch daemon {
        case .some(let daemon): daemon.descriptor
        case .none: -1
        }
    }

    /// What has come, without waiting.
    mutating func next() throws -> [NewsLine] {
        if retry <= Clocks.monotonic { reconnect() }
        guard var daemon = daemon.take() else { return [] }
        var lines: [NewsLine] = []
        do throws(LightDaemonError) {
            while let news = try daemon.nextNews(until: 0) {
                if let line = NewsLine(news) { lines.append(line) }
            }
            self.daemon = consume daemon
        } catch {
            guard case .gone = error else { throw error }
            Output.note("ledctl: \(error); waiting for it")
            retry = Clocks.monotonic + Self.interval
        }
        return lines
    }

    private mutating func reconnect() {
        do {
            guard var daemon = try choice.connect() else {
                retry = Clocks.monotonic + Self.interval
                return
            }
            _ = try daemon.ask(Request(.watch))
            self.daemon = consume daemon
            retry = .max
            Output.note("ledctl: ledd is back")
        } catch {
            retry = Clocks.monotonic + Self.interval
        }
    }
}

/// What `watch` prints of ledd's news.
struct NewsLine: Encodable {
    let event: String
    let light: String
    let time: String
    /// The claim; of `shows` its id, if one shows.
    private let claim: ClaimState?
    private let shown: String?
    private let reason: String?

    /// - Returns: `nil` for news that this program does not know.
    init?(_ news: Reply) {
        guard let event = news.event, let light = news.claim?.light ?? news.light?.name else { return nil }
        guard ["claimed", "extended", "ended", "shows"].contains(event) else { return nil }
        (self.event, self.light, time) = (event, light, news.time ?? Clocks.rfc3339(Clocks.realtime))
        (claim, shown, reason) = (news.claim, news.light?.claim, news.reason)
    }

    var text: String { "\(time) \(light) \(event) \(claim?.id ?? shown ?? "-")" + (reason.map { " (\($0))" } ?? "") }

    private enum Key: CodingKey { case claim, event, light, reason, time }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        // Null for a light that shows none.
        if let claim { try container.encode(claim, forKey: .claim) } else { try container.encode(shown, forKey: .claim) }
        try container.encode(event, forKey: .event)
        try container.encode(light, forKey: .light)
        try container.encodeIfPresent(reason, forKey: .reason)
        try container.encode(time, forKey: .time)
    }
}
