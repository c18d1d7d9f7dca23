import CLinux
import Clocks
import E1000
import Glibc
import ToolSupport

/// Watches a card that another program drives, by what that one tells at its socket.
struct DaemonMonitor: TopSource, ~Copyable {
    /// For how long a program that was there may be gone: to be started again takes a service 2 s, the link some more.
    static let patience: Int64 = 60_000_000_000
    /// Less than e1000d's clock tells apart is no interval.
    private static let shortestInterval = 0.001

    private(set) var sample = TopSample()
    private(set) var trouble: String?
    private let path: String
    private var report: CardReport
    private var connection: MetricsConnection?
    private let start = Clocks.monotonic
    private var lostSince: Int64?
    /// Frames received, their bits, and frames sent while it was watched, and in how many seconds of the card's time.
    private var watched = (frames: 0.0, bits: 0.0, sent: 0.0, seconds: 0.0)
    private let note: (String) -> Void

    var title: String { report.title }
    var rings: (transmit: RingOccupancy, receive: RingOccupancy) { (report.transmitRing, report.receiveRing) }

    /// Looks for the first time.
    ///
    /// - Parameters:
    ///   - note: is called with a line for people when the program goes, and when it is back.
    /// - Returns: `nil` after an interruption.
    static func open(_ path: String, note: @escaping (String) -> Void) throws(MetricsFailure) -> DaemonMonitor? {
        var connection = try MetricsConnection(path)
        guard let answer = try connection.answer(wake: Interruption.descriptor) else { return nil }
        return DaemonMonitor(path, try MetricsFailure.report(answer), note)
    }

    private init(_ path: String, _ report: CardReport, _ note: @escaping (String) -> Void) {
        (self.path, self.report, self.note) = (path, report, note)
        show(report)
    }

    func wait(until deadline: Int64, wake: Int32) {
        let left = deadline - Clocks.monotonic
        guard left > 0 else { return }
        var poller = pollfd(fd: wake, events: Int16(POLLIN), revents: 0)
        _ = ringlight_poll(&poller, 1, left)
    }

    mutating func measure(wake: Int32) throws -> TopMeasurement {
        do throws(MetricsFailure) {
            guard let answer = try ask(wake) else { return .woken }
            take(try MetricsFailure.report(answer))
            if lostSince != nil { note("\(path): \(report.program) is back") }
            (lostSince, trouble) = (nil, nil)
            return .done
        } catch {
            connection = nil
            try endure(error)
            return .failed
        }
    }

    /// The connection of a wait that was ended is kept: its answer is still to come.
    private mutating func ask(_ wake: Int32) throws(MetricsFailure) -> [UInt8]? {
        if connection == nil { connection = try MetricsConnection(path) }
        guard let answer = try connection?.answer(wake: wake) else { return nil }
        connection = nil
        return answer
    }

    /// - Throws: `Problem` for what does not pass, or has not passed for too long.
    private mutating func endure(_ failure: MetricsFailure) throws {
        let now = Clocks.monotonic
        let since = lostSince ?? now
        let seconds = Self.patience / 1_000_000_000
        guard failure.mayPass, now - since < Self.patience else {
            let words = failure.mayPass ? "\(failure.why), for \(seconds) s now" : failure.why
            throw Problem(path, words, remedy: failure.remedy)
        }
        if lostSince == nil { note("\(path): \(failure.why): trying again for \(seconds) s") }
        lostSince = since
        trouble = "\(report.program) is not to be seen: \(failure.why); trying again for \((Self.patience - (now - since)) / 1_000_000_000) s"
    }

    private mutating func take(_ new: CardReport) {
        let isAnew = new.isAnew(after: report)
        // Of one that was started anew, everything has happened since its own start.
        let before = isAnew ? TopSample.Counters() : report.counters
        let interval = new.uptime - (isAnew ? 0 : report.uptime)
        let changes = new.link.changes - (isAnew ? 0 : report.link.changes)
        report = new
        if isAnew { sample.restarts += 1 }
        show(new)
        sample.link.changes += changes
        // Asked twice within a tenth of a second, e1000d gives the same answer: the rates stay.
        guard interval >= Self.shortestInterval else { return }
        let frames = Double(new.counters.received - before.received)
        let sent = Double(new.counters.sent - before.sent)
        // Of two counters that were not read at one moment.
        let bits = max(0, Double(new.counters.bytes) - Double(before.bytes)) * 8
        watched = (watched.frames + frames, watched.bits + bits, watched.sent + sent, watched.seconds + interval)
        sample.receiveFrames.update(by: frames, in: interval, total: watched.frames, since: watched.seconds)
        sample.receiveBits.update(by: bits, in: interval, total: watched.bits, since: watched.seconds)
        sample.sendFrames.update(by: sent, in: interval, total: watched.sent, since: watched.seconds)
    }

    /// What needs no interval.
    private mutating func show(_ report: CardReport) {
        sample.drivenBy = report.program
        sample.time = Clocks.realtime
        sample.seconds = Double(Clocks.monotonic - start) / 1e9
        sample.counters = report.counters
        (sample.link.isUp, sample.link.speed, sample.link.fullDuplex) = (report.link.isUp, report.link.speed, report.link.fullDuplex)
        (sample.receiveRing, sample.transmitRing) = (.init(report.receiveRing), .init(report.transmitRing))
        sample.mostWaiting = report.waiting
    }
}
