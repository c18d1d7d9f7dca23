import Glibc
import KeyboardLights

/// The input layer's devices, as sysfs and /proc show them.
struct InputDevices {
    let sysfs: String

    /// The names of those that have a lock key's light which nothing shows in the LED class.
    var withoutLEDs: [String] {
        let leds = filesIn("\(sysfs)/class/leds")
        return filesIn("\(sysfs)/class/input").filter { input in
            guard input.hasPrefix("input"), let words = textFile("\(sysfs)/class/input/\(input)/capabilities/led") else { return false }
            // Hexadecimal words, the lowest last; LED_NUML, LED_CAPSL and LED_SCROLLL are bits 0 to 2.
            let lowest = words.split(separator: " ").last.flatMap { UInt($0, radix: 16) } ?? 0
            return lowest & 7 != 0 && !leds.contains { $0.hasPrefix("\(input)::") }
        }.map { textFile("\(sysfs)/class/input/\($0)/name") ?? $0 }
    }

    /// The programs that have any of the devices open, as far as this user may look, as `name[pid]`.
    ///
    /// - Parameters:
    ///   - inputs: `input3`.
    ///   - processes: where procfs is mounted.
    func users(of inputs: [String], processes: String) -> [String] {
        let nodes = inputs.flatMap { input in
            filesIn("\(sysfs)/class/input/\(input)").filter { $0.hasPrefix("event") }.map { "/dev/input/\($0)" }
        }
        return filesIn(processes).compactMap { Int($0) }.sorted().compactMap { pid in
            let folder = "\(processes)/\(pid)/fd"
            guard filesIn(folder).contains(where: { nodes.contains(Self.target(of: "\(folder)/\($0)")) }) else { return nil }
            return "\(textFile("\(processes)/\(pid)/comm") ?? "process")[\(pid)]"
        }
    }

    private static func target(of link: String) -> String {
        var buffer = [UInt8](repeating: 0, count: 256)
        let count = buffer.withUnsafeMutableBytes { readlink(link, $0.baseAddress!, $0.count) }
        return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
    }
}
