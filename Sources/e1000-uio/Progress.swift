import Clocks
import DeviceAccess
import ToolSupport

/// A line that rewrites itself twice a second on a terminal, and is silent elsewhere.
struct Progress {
    private let isShown = Output.isTerminal
    private var last = Clocks.monotonic
    private var wasShown = false

    mutating func show(_ text: @autoclosure () -> String) {
        guard isShown else { return }
        let now = Clocks.monotonic
        guard now - last > 500_000_000 else { return }
        last = now
        wasShown = true
        Output.status(text())
    }

    /// Clears the line.
    func end() {
        if wasShown { Output.status("") }
    }
}
