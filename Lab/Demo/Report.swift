import Frames
import Lab

/// Commanded against seen.
struct Report: Encodable {
    struct LightReport: Encodable {
        struct Change: Encodable {
            let on: Bool
            /// Since the command: seen. Since the first change: commanded.
            let milliseconds: Int
        }

        let name: String
        let commanded: [Change]
        let seen: [Change]
        /// Largest difference between an interval commanded and seen; absent when the changes differ.
        let deviationMilliseconds: Int?
        let ok: Bool
    }

    struct WireReport: Encodable {
        let commanded: [String]
        let seen: [String]
        let ok: Bool
    }

    /// Later than that is not what was commanded, even on a busy machine with an emulated guest.
    static let tolerance = 250

    let bootSeconds: Double
    let light: LightReport
    let wire: WireReport
    let page: PageVisit
    let ok: Bool

    init(
        bootSeconds: Double, light: LockLight, commanded: CommandedLight, transitions: [LightTransition], start: Int64,
        header: [UInt8], count: Int, frames: [CapturedFrame], page: PageVisit
    ) {
        self.bootSeconds = bootSeconds
        let deviation = commanded.deviation(of: transitions)
        self.light = LightReport(
            name: light.rawValue, commanded: commanded.changes.map { .init(on: $0.on, milliseconds: $0.after) },
            seen: transitions.map { .init(on: $0.isOn, milliseconds: Int(($0.time - start) / 1_000_000)) },
            deviationMilliseconds: deviation, ok: deviation.map { $0 <= Self.tolerance } ?? false)
        let texts = (0..<count).map { number in
            let digits = String(number)
            return "hello " + String(repeating: "0", count: max(0, 3 - digits.count)) + digits
        }
        let areRight =
            frames.count == count
            && zip(frames, texts).allSatisfy { frame, text in
                let expected = header + text.utf8
                // A card may fill a short frame up to 60 bytes, with zeros.
                return frame.bytes.starts(with: expected) && frame.bytes.count <= max(60, expected.count)
                    && frame.bytes.dropFirst(expected.count).allSatisfy { $0 == 0 }
            }
        wire = WireReport(commanded: texts, seen: frames.map(Self.text), ok: areRight)
        self.page = page
        ok = self.light.ok && areRight && page.ok
    }

    /// The payload as text, without what pads a short frame.
    static func text(of frame: CapturedFrame) -> String {
        let payload = frame.bytes.dropFirst(14)
        let end = payload.lastIndex { $0 != 0 }.map { $0 + 1 } ?? payload.startIndex
        return String(decoding: payload[payload.startIndex..<end], as: UTF8.self)
    }

    var table: String {
        let lightSeen =
            light.deviationMilliseconds.map { "\(light.seen.count) changes, off by at most \($0) ms" }
            ?? "\(light.seen.count) changes"
        let rows = [
            ["", "commanded", "seen outside", ""],
            [light.name, "\(light.commanded.count) changes", lightSeen, light.ok ? "ok" : "WRONG"],
            [
                "wire", "\(wire.commanded.count) frames",
                wire.ok ? "\(wire.seen.count) frames, in order, byte for byte" : "\(wire.seen.count) frames",
                wire.ok ? "ok" : "WRONG",
            ],
            [
                "page", "\(page.served) bytes", page.ok ? "\(page.seen) bytes by curl, byte for byte" : "\(page.seen) bytes by curl",
                page.ok ? "ok" : "WRONG",
            ],
        ]
        let widths = (0..<4).map { column in rows.map { $0[column].count }.max() ?? 0 }
        let lines = rows.map { row in
            let cells = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
            return cells.joined(separator: "  ")
        }
        return "\n"
            + lines.map { line in
                var line = Substring(line)
                while line.last == " " { line.removeLast() }
                return String(line)
            }.joined(separator: "\n")
    }
}
