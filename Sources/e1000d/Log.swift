import Logging
import Systemd

/// What a person may want to read in the journal.
let log = Logger(label: "e1000d") { _ in JournalLog() }
