import CLinux
import Glibc
import ToolSupport

/// The terminal as a screen that is drawn anew again and again: no echo, no cursor, the shell's lines kept beneath.
///
/// As it was before at the end of this value's life, and also when the program crashes or its card is pulled.
struct Screen: ~Copyable {
    /// Polls readable after a key, a change of the size, or an interruption.
    let wake: Int32
    private static let resized: Int32 = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))

    /// - Throws: `Problem` when standard input or output is no terminal.
    init() throws {
        guard tcgetattr(STDIN_FILENO, &TerminalState.shared.attributes) == 0, isatty(STDOUT_FILENO) == 1 else {
            throw Problem(
                "terminal", "it cannot be set up: \(String(cString: strerror(errno)))", remedy: "pipe the output for lines instead")
        }
        let any = ringlight_any_readable([STDIN_FILENO, Interruption.descriptor, Self.resized], 3)
        guard any >= 0 else { throw Problem("terminal", "it cannot be watched: \(String(cString: strerror(-any)))") }
        wake = any
        TerminalState.watchSignals()
        signal(SIGWINCH) { _ in
            var one: UInt64 = 1
            let saved = errno
            _ = write(Screen.resized, &one, 8)
            errno = saved
        }
        var raw = TerminalState.shared.attributes
        raw.c_lflag &= ~tcflag_t(ICANON | ECHO)
        raw.c_oflag &= ~tcflag_t(OPOST)
        withUnsafeMutableBytes(of: &raw.c_cc) { bytes in
            // Ctrl-C stays a signal; Ctrl-Z and Ctrl-\ would leave the screen as it is.
            for (key, value) in [(VMIN, 0), (VTIME, 0), (VSUSP, 0), (VQUIT, 0)] { bytes[Int(key)] = UInt8(value) }
        }
        tcsetattr(STDIN_FILENO, TCSANOW, &raw)
        // Alternate screen, no cursor.
        Self.put("\u{1b}[?1049h\u{1b}[?25l\u{1b}[2J")
    }

    deinit {
        TerminalState.restore()
        close(wake)
    }

    /// Columns and rows; 80 and 24 where the terminal does not say.
    var size: (columns: Int, rows: Int) {
        var window = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &window) == 0, window.ws_col > 0, window.ws_row > 0 else { return (80, 24) }
        return (Int(window.ws_col), Int(window.ws_row))
    }

    /// Draws over what is there, in one piece: nothing is dark in between.
    func draw(_ lines: [String]) {
        Self.put("\u{1b}[H" + lines.map { "\($0)\u{1b}[K\r\n" }.joined() + "\u{1b}[J")
    }

    /// Keys pressed since the last call, and whether the terminal is still there.
    func keys() -> (text: String, isThere: Bool) {
        var count: UInt64 = 0
        _ = read(Self.resized, &count, 8)
        var bytes = [UInt8](repeating: 0, count: 64)
        var poller = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
        guard poll(&poller, 1, 0) > 0 else { return ("", true) }
        let length = read(STDIN_FILENO, &bytes, bytes.count)
        return (String(decoding: bytes.prefix(max(0, length)), as: UTF8.self), length > 0)
    }

    private static func put(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                let count = write(STDOUT_FILENO, rest.baseAddress, rest.count)
                if count < 0 && errno != EINTR { return }
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(max(0, count)))
            }
        }
    }
}

/// How the terminal was, where a signal handler finds it.
private struct TerminalState {
    var attributes = termios()
    var previous = Array(repeating: sigaction(), count: 65)

    /// Written before the handlers are installed, read by them.
    nonisolated(unsafe) static var shared = TerminalState()
    private static let farewell: StaticString = "\u{1b}[?25h\u{1b}[?1049l"

    /// Safe in a signal handler.
    static func restore() {
        _ = write(STDOUT_FILENO, farewell.utf8Start, farewell.utf8CodeUnitCount)
        tcsetattr(STDIN_FILENO, TCSANOW, &shared.attributes)
    }

    /// A crash, or the SIGBUS of a card that was pulled, restores first and then goes its way; a terminal that is gone is an
    /// interruption.
    static func watchSignals() {
        for number in [SIGBUS, SIGSEGV, SIGILL, SIGTRAP, SIGABRT, SIGFPE, SIGQUIT] {
            var action = sigaction()
            action.__sigaction_handler.sa_handler = { number in
                TerminalState.restore()
                withUnsafeMutablePointer(to: &TerminalState.shared.previous[Int(number)]) { _ = sigaction(number, $0, nil) }
                raise(number)
            }
            sigaction(number, &action, &shared.previous[Int(number)])
        }
        signal(SIGHUP) { _ in Interruption.request() }
        signal(SIGTSTP, SIG_IGN)
    }
}
