import CSystemd
import Glibc

/// The journal's entries that fit some matches, from now on (sd-journal(3)).
public final class Journal {
    private let journal: OpaquePointer

    /// Whether there is a file that can be read: without one nothing ever comes.
    public let hasFiles: Bool

    /// Polls as `events` says when `hasNews` has something to do.
    public let descriptor: Int32
    public var events: UInt32 { UInt32(max(0, sd_journal_get_events(journal))) }

    /// - Parameters:
    ///   - matches: `FIELD=value`: of one field any, of several all; `+` between alternatives, as journalctl takes them.
    ///   - directory: a folder of journal files; `nil` for this machine's.
    /// - Throws: when the journal cannot be opened, or a match is none.
    public init(matches: [String], directory: String? = nil) throws(SystemdError) {
        let what = directory ?? "journal"
        var new: OpaquePointer?
        if let directory {
            try check(sd_journal_open_directory(&new, directory, 0), what, "open it")
        } else {
            try check(sd_journal_open(&new, Int32(SD_JOURNAL_LOCAL_ONLY)), what, "open it")
        }
        journal = new!
        descriptor = sd_journal_get_fd(journal)
        hasFiles = directory != nil || sd_journal_has_runtime_files(journal) > 0 || sd_journal_has_persistent_files(journal) > 0
        try check(descriptor, what, "watch it")
        for match in matches {
            let result = match == "+" ? sd_journal_add_disjunction(journal) : sd_journal_add_match(journal, match, match.utf8.count)
            try check(result, "match '\(match)'", "add it")
        }
        try skip()
    }

    deinit { sd_journal_close(journal) }

    /// After the descriptor has polled: whether entries that fit were written. All of them are left behind, however many there are;
    /// the newest one's text (`MESSAGE=`) is told.
    public func news() throws(SystemdError) -> String? {
        try check(sd_journal_process(journal), "journal", "follow it")
        guard try check(sd_journal_next(journal), "journal", "read it") > 0 else { return nil }
        try skip()
        return message
    }

    /// When the descriptor does not tell and the journal has to be asked (a network's file system): microseconds of CLOCK_MONOTONIC.
    public var timeout: UInt64? {
        var time: UInt64 = 0
        return sd_journal_get_timeout(journal, &time) > 0 && time != .max ? time : nil
    }

    /// To the newest entry that fits. From the tail itself nothing would follow, so without one to the beginning: what fits then is new.
    private func skip() throws(SystemdError) {
        try check(sd_journal_seek_tail(journal), "journal", "seek in it")
        if try check(sd_journal_previous(journal), "journal", "read it") == 0 {
            try check(sd_journal_seek_head(journal), "journal", "seek in it")
        }
    }

    private var message: String {
        var data: UnsafeRawPointer?
        var length = 0
        guard sd_journal_get_data(journal, "MESSAGE", &data, &length) >= 0, let data else { return "" }
        // A message may be megabytes.
        let text = UnsafeRawBufferPointer(start: data, count: min(length, 1024)).dropFirst("MESSAGE=".utf8.count)
        return String(decoding: text, as: UTF8.self)
    }
}
