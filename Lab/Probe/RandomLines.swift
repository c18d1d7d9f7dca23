import Clocks
import Glibc

/// SplitMix64: the same numbers for the same seed, everywhere.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }
}

/// What a line means to a light's node, read independently of the module. `nil`: it is refused.
private enum Meaning: Equatable {
    case on, off, release
    /// Milliseconds in all, `nil` for without end.
    case pattern(Int?)
    /// What it shows is the trigger's business.
    case trigger
    case refused(Int32)

    init(_ bytes: [UInt8]) {
        var text = String(decoding: bytes, as: UTF8.self)
        guard bytes.count <= 2048 else {
            self = .refused(["pattern ", "trigger "].contains { bytes.starts(with: $0.utf8) } ? E2BIG : EINVAL)
            return
        }
        guard !bytes.contains(0) else {
            self = .refused(EINVAL)
            return
        }
        if text.utf8.last == UInt8(ascii: "\n") { text.unicodeScalars.removeLast() }
        switch text {
        case "1": self = .on
        case "0": self = .off
        case "release": self = .release
        case _ where bytes.starts(with: "pattern ".utf8): self.init(pattern: text.utf8.dropFirst("pattern ".utf8.count))
        case _ where bytes.starts(with: "trigger ".utf8): self = Self.isTrigger(bytes.dropFirst("trigger ".utf8.count)) ? .trigger : .refused(EINVAL)
        default: self = .refused(EINVAL)
        }
    }

    /// Of the triggers and settings that `randomLine` makes.
    private static func isTrigger(_ bytes: ArraySlice<UInt8>) -> Bool {
        let text = bytes.last == UInt8(ascii: "\n") ? bytes.dropLast() : bytes
        let words = text.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false).map(Array.init)
        if words.count == 1 && ["cpu", "kbd-numlock"].contains(where: { words[0] == Array($0.utf8) }) { return true }
        return words[0] == Array("timer".utf8) && words.dropFirst().allSatisfy { word in
            let parts = word.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false).map(Array.init)
            guard parts.count == 2, ["delay_on", "delay_off"].contains(where: { parts[0] == Array($0.utf8) }) else { return false }
            // As the kernel reads numbers: a sign may be, more than 64 bits may not.
            let digits = parts[1].first == UInt8(ascii: "+") ? parts[1].dropFirst() : parts[1][...]
            return !digits.isEmpty && digits.allSatisfy { (48...57).contains($0) } && UInt64(String(decoding: digits, as: UTF8.self)) != nil
        }
    }

    private init(pattern: Substring.UTF8View) {
        let words = pattern.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        var numbers: [Int] = []
        for (index, word) in words.enumerated() {
            guard !word.isEmpty, word.allSatisfy({ (48...57).contains($0) }), let number = Int(String(Substring(word))), number < 1 << 32,
                index > 0 || (number <= 1_000_000 && words.count > 1),
                index == 0 || number >= 20 || (index == 1 && number == 0 && words.count > 2)
            else {
                self = .refused(EINVAL)
                return
            }
            numbers.append(number)
            if numbers.count > 257 || numbers.dropFirst().reduce(0, +) > 3_600_000 {
                self = .refused(E2BIG)
                return
            }
        }
        self = .pattern(numbers[0] == 0 ? nil : numbers[0] * numbers.dropFirst().reduce(0, +))
    }
}

/// A number as a line may have it: mostly one that will do.
private func randomNumber(_ random: inout SeededGenerator) -> String {
    switch Int.random(in: 0..<12, using: &random) {
    case 0: String(Int.random(in: 0..<25, using: &random))
    case 1: ["", "-1", "+20", "0x20", "20.0", "00000000000000000030", "99999999999999999999", "a", "4294967316"].randomElement(using: &random)!
    case 2: String(Int.random(in: 100_000...4_000_000, using: &random))
    default: String(Int.random(in: 20...400, using: &random))
    }
}

private func randomTrigger(_ random: inout SeededGenerator) -> String {
    let name = ["timer", "timer", "timer", "cpu", "kbd-numlock", "ringlight-numlock", "none", "No"].randomElement(using: &random)!
    let settings = (0..<Int.random(in: 0...2, using: &random)).map { _ in
        ["delay_on=", "delay_off=", "delay_off=", "delay=", "="].randomElement(using: &random)! + randomNumber(&random)
    }
    return (["trigger", name] + settings).joined(separator: " ")
}

private func randomCommand(_ random: inout SeededGenerator) -> [UInt8] {
    switch Int.random(in: 0..<20, using: &random) {
    case 0: return Array((Bool.random(using: &random) ? "1" : "0").utf8)
    case 1: return Array((Int.random(in: 0..<5, using: &random) == 0 ? "release" : "releas").utf8)
    case 2: return (0..<Int.random(in: 0...40, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
    case 3: return (0..<Int.random(in: 0...5000, using: &random)).map { _ in UInt8.random(in: 32...126, using: &random) }
    case 4:
        let count = [255, 256, 257, 300, 1000].randomElement(using: &random)!
        return Array(("pattern 1" + String(repeating: " 20", count: count)).utf8)
    case 5...9:
        let count = Int.random(in: 0...6, using: &random)
        let times = (0..<count).map { _ in String(Int.random(in: 20...90, using: &random)) }
        return Array((["pattern", String(Int.random(in: 0...3, using: &random))] + times).joined(separator: " ").utf8)
    default:
        return Array((["pattern"] + (0..<Int.random(in: 0...8, using: &random)).map { _ in randomNumber(&random) })
            .joined(separator: [" ", " ", " ", "  ", ",", "\t"].randomElement(using: &random)!).utf8)
    }
}

/// A line: mostly nearly a command, now and then one, and sometimes any bytes.
private func randomLine(_ random: inout SeededGenerator) -> [UInt8] {
    // Few triggers: one that is tried out takes a tenth of a second.
    var line = Int.random(in: 0..<40, using: &random) == 0 ? Array(randomTrigger(&random).utf8) : randomCommand(&random)
    if Int.random(in: 0..<10, using: &random) == 0, !line.isEmpty {
        line[Int.random(in: 0..<line.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
    }
    if Bool.random(using: &random) { line.append(UInt8(ascii: "\n")) }
    return line
}

/// Writes lines to a light's node and checks each answer, and the light whenever no pattern can be playing. The lock of the
/// light must be off, and nobody else may use it.
///
/// - Returns: how many lines were taken and refused, or the first wrong answer.
func writeRandomLines(to node: String, _ descriptor: Int32, seed: UInt64, count: Int) -> String {
    var random = SeededGenerator(state: seed)
    let reader = open(node, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    defer { close(reader) }
    var (taken, refused, looked) = (0, 0, 0)
    /// What the light goes back to, and when at the latest.
    var (steady, quiet) = (nil as Bool?, 0 as Int64)
    var (shown, obeys) = ("", false)
    for number in 0..<count {
        let line = randomLine(&random)
        let meaning = Meaning(line)
        let result = write(descriptor, line, line.count)
        let failure = result < 0 ? errno : 0
        let words = "line \(number), '\(String(decoding: line.prefix(200), as: UTF8.self))'"
        switch meaning {
        case .refused(let expected):
            // The kernel never sees an empty write.
            guard line.isEmpty || (result < 0 && failure == expected) else { return "\(words): \(result) \(failure), not \(expected)" }
            refused += 1
        default:
            guard result == line.count else { return "\(words): \(result) \(failure)" }
            taken += 1
        }
        if [.on, .off, .release].contains(meaning) { obeys = false }
        switch meaning {
        case .on: (steady, quiet) = (true, 0)
        case .off: (steady, quiet) = (false, 0)
        case .release: (steady, quiet) = (nil, 0)
        // A pattern above it makes nothing quiet.
        case .trigger: (steady, quiet, obeys) = (nil, .max, true)
        // As long as it takes, and to give the light back.
        case .pattern(let length):
            quiet = (obeys ? nil : length).map { Clocks.monotonic + Int64($0) * 1_000_000 + 1_000_000_000 } ?? .max
        case .refused: break
        }
        var bytes = [UInt8](repeating: 0, count: 16)
        let length = read(reader, &bytes, bytes.count)
        if length > 0 { shown = String(decoding: bytes.prefix(length), as: UTF8.self) }
        guard quiet < Clocks.monotonic else { continue }
        looked += 1
        guard shown == (steady == true ? "1\n" : "0\n") else { return "\(words): the light is \(shown), it should be \(String(describing: steady))" }
    }
    return "taken:\(taken),refused:\(refused),looked:\(looked)"
}
