import FoundationEssentials
import Lab
import ToolSupport

/// The same runs in a booted guest, through UIO: this program is in the guest's image.
enum GuestRuns {
    static func all(batches: [UInt32], frames: UInt64) throws -> [TransmitRun] {
        Output.note("booting a guest")
        let guest = try Guest(Guest.Options(cards: 1))
        defer { guest.end() }
        let address = Guest.address(ofCard: 0)
        try guest.output(of: "modprobe ringlight && e1000-uio bind \(address)")
        return try batches.map { batch in
            Output.note("uio in the guest, batch \(batch)")
            let text = try guest.output(
                of: "ringlight-bench card --device \(address) --batch \(batch) --frames \(frames) --json", within: .seconds(300))
            return try JSONDecoder().decode(TransmitRun.self, from: Data(text.utf8))
        }
    }
}
