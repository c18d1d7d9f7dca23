import ArgumentParser
import KeyboardLights
import ToolSupport

extension LEDCtl {
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show every light: state, whether it is held, trigger, keyboards.",
            discussion: """
                One line a light, without privileges: its name; on, off, or - when no keyboard has it; 'held' when \
                Ringlight drives it, else 'free'; the kernel's trigger that drives it; the keyboards that have it. \
                Without the kernel module the lights are shown too, with a remark on standard error.

                Examples:
                  ledctl list
                  ledctl list --json | jq -r '.[] | select(.held) | .light'
                """)

        @Flag(help: "Print one JSON array, empty when there is no light.")
        var json = false

        func run() throws {
            let catalog = LightCatalog.ofEnvironment
            let entries = catalog.entries()
            if json {
                try Output.json(entries.map(Row.init))
            } else {
                entries.forEach { Output.line(Self.line($0)) }
            }
            if !entries.contains(where: \.hasNode) { Output.note("ledctl: \(catalog.missing)") }
        }

        private static func line(_ entry: LightCatalog.Entry) -> String {
            let columns = [
                (entry.light.name, 10), (entry.isOn?.word ?? "-", 3), (entry.isHeld.map { $0 ? "held" : "free" } ?? "-", 4),
                (entry.triggers.isEmpty ? "-" : entry.triggers.joined(separator: ","), 20),
            ]
            let keyboards = entry.keyboards.isEmpty ? "no keyboard" : entry.keyboards.map(\.keyboard).joined(separator: ", ")
            return columns.map { $0 + String(repeating: " ", count: max(0, $1 - $0.count)) }.joined(separator: "  ") + "  " + keyboards
        }

        private struct Row: Encodable {
            struct Keyboard: Encodable {
                let device: String
                let held: Bool
                let name: String
                let on: Bool
                let trigger: String?
            }

            let light: String
            /// Null, as `held`, when no keyboard has the light.
            let on: Bool?
            let held: Bool?
            /// Null without the kernel module.
            let node: String?
            let triggers: [String]
            let keyboards: [Keyboard]

            init(_ entry: LightCatalog.Entry) {
                light = entry.light.name
                (on, held, triggers) = (entry.isOn, entry.isHeld, entry.triggers)
                node = entry.hasNode ? entry.light.node : nil
                keyboards = entry.keyboards.map {
                    Keyboard(device: $0.device, held: $0.isHeld, name: $0.keyboard, on: $0.isOn, trigger: $0.trigger)
                }
            }

            private enum Key: CodingKey { case light, on, held, node, triggers, keyboards }

            /// By hand, so that what is unknown is null and not left out.
            func encode(to encoder: any Encoder) throws {
                var container = encoder.container(keyedBy: Key.self)
                try container.encode(light, forKey: .light)
                try container.encode(on, forKey: .on)
                try container.encode(held, forKey: .held)
                try container.encode(node, forKey: .node)
                try container.encode(triggers, forKey: .triggers)
                try container.encode(keyboards, forKey: .keyboards)
            }
        }
    }
}
