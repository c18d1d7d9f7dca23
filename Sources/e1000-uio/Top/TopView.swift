import Clocks
import E1000
import ToolSupport

/// The picture that `top` draws: lines of plain text, as many and as wide as the terminal has room for.
struct TopView {
    var wantsColour = false
    /// Frames a second of the intervals so far, the newest last.
    private(set) var history: [Double] = []

    init(wantsColour: Bool) { self.wantsColour = wantsColour }

    mutating func remember(_ sample: TopSample) {
        history.append(sample.receiveFrames.now)
        if history.count > 512 { history.removeFirst() }
    }

    func lines(_ source: borrowing some TopSource & ~Copyable, columns: Int, rows: Int) -> [String] {
        let (sample, rings) = (source.sample, source.rings)
        let width = max(1, min(columns, 132) - 1)
        var lines = [
            Self.spread(source.title, Clocks.timeOfDay(sample.time).split(separator: ".").first.map(String.init) ?? "", width),
            source.trouble ?? Self.state(sample),
            "",
            Self.columns("", ["now", "average", "maximum"]),
            rate("frames/s received", sample.receiveFrames) { "\(UInt64($0.rounded()))" },
            rate("Mb/s received", sample.receiveBits) { fixed($0 / 1e6, 3) },
            rate("frames/s sent", sample.sendFrames) { "\(UInt64($0.rounded()))" },
            Self.sparkline(history, width),
            "",
            "receive ring: \(sample.receiveRing.card) of \(sample.receiveRing.count) descriptors the card's, "
                + "at most \(sample.mostWaiting) waiting",
            Self.bar(rings.receive, width),
            "transmit ring: \(sample.transmitRing.card) of \(sample.transmitRing.count) descriptors the card's",
            Self.bar(rings.transmit, width),
            "",
        ]
        for (name, value) in sample.counters.named { lines.append(Self.columns(name, ["\(value)"])) }
        let dropped = Self.columns("dropped in all", ["\(sample.counters.dropped)"])
        lines.append(wantsColour && sample.counters.dropped > 0 ? "\u{1b}[31m\(Self.clipped(dropped, width))\u{1b}[0m" : dropped)
        lines += ["", "# the card's  . the driver's  + some of both    q: quit"]
        // The last row stays free: a newline there would scroll.
        return lines.prefix(max(1, rows - 1)).map { $0.hasPrefix("\u{1b}") ? $0 : Self.clipped($0, width) }
    }

    private static func state(_ sample: TopSample) -> String {
        "link " + link(sample.link) + ", changed \(sample.link.changes) times; watched for \(duration(sample.seconds))"
            + (sample.restarts > 0 ? "; \(sample.drivenBy) began anew \(sample.restarts) times" : "")
    }

    /// A line for a log.
    static func line(_ sample: TopSample) -> String {
        "\(Clocks.timeOfDay(sample.time)) link \(link(sample.link)), \(UInt64(sample.receiveFrames.now.rounded())) frames/s, "
            + "\(fixed(sample.receiveBits.now / 1e6, 3)) Mb/s received, \(sample.counters.received) in all, "
            + "\(sample.counters.dropped) dropped, at most \(sample.mostWaiting) of \(sample.receiveRing.count) waiting"
    }

    static func link(_ link: TopSample.LinkReport) -> String {
        link.isUp ? "up, \(link.speed) Mb/s, \(link.fullDuplex ? "full" : "half") duplex" : "down"
    }

    /// A ring laid out on a line: each character stands for a few descriptors, or a descriptor for a few characters.
    static func bar(_ ring: RingOccupancy, _ width: Int) -> String {
        let cells = max(1, min(width - 2, 128))
        var text = "["
        for cell in 0..<cells {
            let first = UInt32(cell * Int(ring.count) / cells)
            let end = max(first + 1, UInt32((cell + 1) * Int(ring.count) / cells))
            let cards = (first..<min(end, ring.count)).filter(ring.isCards).count
            text += cards == 0 ? "." : cards == Int(min(end, ring.count) - first) ? "#" : "+"
        }
        return text + "]"
    }

    /// The newest intervals on the right, each as high as its share of the highest that is shown.
    static func sparkline(_ history: [Double], _ width: Int) -> String {
        let steps = Array(" .:-=+*#")
        let shown = history.suffix(max(0, width))
        guard let highest = shown.max(), highest > 0 else { return "" }
        return String(shown.map { steps[min(steps.count - 1, Int(($0 / highest * Double(steps.count - 1)).rounded(.up)))] })
    }

    private func rate(_ name: String, _ rate: TopSample.Rate, _ text: (Double) -> String) -> String {
        Self.columns(name, [text(rate.now), text(rate.average), text(rate.maximum)])
    }

    private static func columns(_ name: String, _ values: [String]) -> String {
        values.reduce(pad(name, 26)) { $0 + String(repeating: " ", count: max(1, 14 - $1.count)) + $1 }
    }

    private static func pad(_ text: String, _ width: Int) -> String { text + String(repeating: " ", count: max(0, width - text.count)) }

    private static func spread(_ left: String, _ right: String, _ width: Int) -> String {
        pad(left, width - right.count - 1) + " " + right
    }

    private static func clipped(_ text: String, _ width: Int) -> String { text.count > width ? String(text.prefix(width)) : text }

    private static func duration(_ seconds: Double) -> String {
        let whole = Int(seconds)
        let parts = [whole / 3600, whole / 60 % 60, whole % 60].map { $0 < 10 ? "0\($0)" : "\($0)" }
        return parts.joined(separator: ":")
    }
}
