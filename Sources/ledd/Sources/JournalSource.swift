import Clocks
import Glibc
import Logging
import Systemd

/// Entries of the journal that fit some matches.
final class JournalSource: EventSource {
    /// From one look at the journal to the next: every writer of it wakes who follows it.
    private static let pause: Int64 = 100_000_000
    /// Until a journal that cannot be read is opened again.
    private static let retry: Int64 = 60_000_000_000

    private let rule: JournalRule
    private let claim: RuleClaim
    private let loop: EventLoop
    private let directory: String?
    private var journal: Journal?
    private var watch: EventWatch?
    private var timer: EventWatch?
    private var hasComplained = false

    /// - Parameter directory: a folder of journal files; `nil` for this machine's.
    init(_ rule: JournalRule, claim: RuleClaim, loop: EventLoop, directory: String? = nil) {
        (self.rule, self.claim, self.loop, self.directory) = (rule, claim, loop, directory)
    }

    func start() {
        do {
            timer = try loop.timer(at: nil) { [weak self] in self?.wake() }
        } catch {
            claim.log.error("rule \(claim.rule.name): \(error) (restart ledd)")
            return
        }
        open()
    }

    func stop() {
        close()
        timer = nil
        claim.end()
    }

    private func open() {
        do {
            let journal = try Journal(matches: rule.matches, directory: directory)
            guard journal.hasFiles else { return complain("there is no journal that can be read (add ledd's user to the group systemd-journal)") }
            watch = try loop.watch(journal.descriptor, for: journal.events) { [weak self] _ in
                // The rest of what is written now is seen in one go.
                self?.watch?.isEnabled = false
                self?.timer?.fire(at: Clocks.monotonic + Self.pause)
            }
            self.journal = journal
            hasComplained = false
            // What was written while it was opened.
            timer?.fire(at: Clocks.monotonic + Self.pause)
        } catch {
            complain("\(error) (it is tried again in a minute)")
        }
    }

    private func close() { (watch, journal) = (nil, nil) }

    private func wake() {
        guard let journal else { return open() }
        do {
            if let message = try journal.news() { claim.raise(message) }
            watch?.isEnabled = true
            if let timeout = journal.timeout { timer?.fire(at: Int64(clamping: timeout).multipliedReportingOverflow(by: 1000).partialValue) }
        } catch {
            complain("\(error) (it is opened again in a minute)")
        }
    }

    /// Once, until it works; tried again.
    private func complain(_ sentence: String) {
        if !hasComplained { claim.log.warning("rule \(claim.rule.name): \(sentence)") }
        hasComplained = true
        close()
        timer?.fire(at: Clocks.monotonic + Self.retry)
    }
}
