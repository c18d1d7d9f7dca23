import ToolSupport

/// What `capture` did, printed at its end.
struct CaptureTotals: Encodable {
    /// Frames that the files have, whole.
    let captured: UInt64
    /// Frames that the card received while capturing; more than were captured when a limit ended it.
    let received: UInt64
    /// What the card counted as lost (MPC, CRCERRS, RXERRC).
    let dropped: UInt64
    /// What the card counted as having found no free descriptor (RNBC).
    let noBuffer: UInt64
    /// Frames that the card marked bad.
    let bad: UInt64
    /// Bytes on the wire of the frames that were taken from the card, without the CRC.
    let bytes: UInt64
    let seconds: Double
    /// Times that the card had stopped and was initialised anew, and the frames to send lost by that.
    let recoveries: UInt64
    let lost: UInt64
    /// Files that are there, in order; none on standard output.
    let files: [String]

    /// For the summary.
    private let trouble: String

    private enum CodingKeys: String, CodingKey {
        case captured, received, dropped, noBuffer, bad, bytes, seconds, recoveries, lost, files
    }

    init(_ totals: ReceiveTotals, files: [String]) {
        (captured, received, dropped) = (totals.captured, totals.receivedByCard, totals.dropped)
        (noBuffer, bad, bytes, seconds) = (totals.noBuffer, totals.bad, totals.bytes, totals.seconds)
        (recoveries, lost) = (totals.recoveries, totals.lost)
        self.files = files
        trouble = totals.trouble
    }

    var summary: String {
        var text = "\(captured) frames captured, \(received) received by the card, \(dropped) dropped by it, "
            + "in \(fixed(seconds, 3)) s"
        if files.count > 1 { text += ", \(files.count) files" }
        return text + trouble
    }
}
