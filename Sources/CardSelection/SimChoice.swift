import DeviceAccess
import E1000
import E1000Model
import ToolSupport

/// A simulated card as a user describes it: `sim`, `sim:82574L`, `sim:traffic=100,fault=hang@2`.
struct SimChoice: Equatable {
    /// What goes wrong; by the names of the command line.
    enum Fault: String, CaseIterable {
        /// The transmitter stops; a reset helps, or does not.
        case hang, dead
        /// Somebody else resets the card.
        case reset
        /// It leaves the bus.
        case vanish
        /// A word of the EEPROM changes, and its checksum with that.
        case eeprom
        /// The PHY does not answer.
        case phy
        /// No interrupt arrives.
        case interrupt
        /// A bit changes on its way through the PHY's loopback.
        case loopback
        /// The checksums that it inserts are wrong.
        case checksum
        /// A frame comes in damaged.
        case crc
        /// More frames come in at once than its rings and its memory hold.
        case flood

        /// Seconds, where the user says none: a card that stops worked before, a broken one never did.
        var usualTime: Double {
            switch self {
            case .hang, .dead, .reset, .vanish, .crc, .flood: 0.5
            case .eeprom, .phy, .interrupt, .loopback, .checksum: 0
            }
        }
    }

    /// A fault, and the seconds after which it comes.
    struct Mishap: Equatable {
        let fault: Fault
        let seconds: Double
    }

    private(set) var kind = ModelKind.i82540EM
    /// Broadcast frames a second that come in.
    private(set) var traffic: Double = 0
    private(set) var mishaps: [Mishap] = []

    /// - Parameter text: what follows `sim` on the command line.
    /// - Throws: `ValidationError`, with the words that there are.
    init(_ text: Substring) throws {
        for word in text.split(whereSeparator: { $0 == ":" || $0 == "," }) {
            let pair = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            switch (pair[0], pair.count > 1 ? pair[1] : nil) {
            case ("fault", let value?): mishaps.append(try Self.mishap(value))
            case ("traffic", let value?):
                guard let rate = Double(value), rate > 0, rate <= 1e5 else { throw Self.refused(word) }
                traffic = rate
            case (let name, nil):
                guard let model = CardModel.all.first(where: { $0.name == name || $0.qemuName == name }),
                    let kind = ModelKind(rawValue: model.device)
                else { throw Self.refused(word) }
                self.kind = kind
            default: throw Self.refused(word)
            }
        }
    }

    private static func mishap(_ text: Substring) throws -> Mishap {
        let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        guard let fault = Fault(rawValue: String(parts[0])) else { throw refused("fault=\(text)") }
        let seconds = parts.count > 1 ? Double(parts[1]) : fault.usualTime
        guard let seconds, seconds >= 0, seconds <= 86400 else { throw refused("fault=\(text)") }
        return Mishap(fault: fault, seconds: seconds)
    }

    private static func refused(_ word: Substring) -> any Error {
        let models = CardModel.all.map(\.name).joined(separator: ", ")
        let faults = Fault.allCases.map(\.rawValue).joined(separator: ", ")
        return Problem.usage(
            "--device sim", "'\(word)' is no word for it",
            remedy: "use a model (\(models)), traffic=FRAMES a second, or fault=NAME@SECONDS with \(faults)")
    }

    /// The card, with everything that is going to happen to it. Frames that it sends go nowhere.
    func device() -> Device {
        var options = SimDevice.Options()
        options.kind = kind
        let sim = SimDevice(options)
        sim.onSend = { _ in }
        for mishap in mishaps {
            if mishap.seconds == 0 { Self.apply(mishap.fault, to: sim) } else {
                sim.after(Int64(mishap.seconds * 1e9)) { Self.apply(mishap.fault, to: $0) }
            }
        }
        if traffic > 0 { Self.talk(to: sim, every: Int64(1e9 / traffic), number: 0) }
        return sim.device()
    }

    private static func apply(_ fault: Fault, to sim: SimDevice) {
        switch fault {
        case .hang: (sim.card.faults.transmitterHangs, sim.card.faults.endWithReset) = (true, true)
        case .dead: sim.card.faults.transmitterHangs = true
        case .reset: sim.card.loseState()
        case .vanish: sim.card.faults.isGone = true
        case .eeprom: sim.card.eeprom.words[5] ^= 1
        case .phy: sim.card.faults.mdioHangs = true
        case .interrupt: sim.card.faults.interruptsToLose = .max
        case .loopback: sim.card.faults.loopbackFlips = 0x10
        case .checksum: sim.card.faults.checksumFlips = 0x0100
        case .crc: sim.deliver(broadcast(0), hasGoodCRC: false)
        case .flood: for number in 0..<10_000 { sim.deliver(broadcast(UInt32(number))) }
        }
    }

    /// A peer that broadcasts numbers.
    private static func talk(to sim: SimDevice, every nanoseconds: Int64, number: UInt32) {
        sim.after(nanoseconds) { sim in
            sim.deliver(broadcast(number))
            talk(to: sim, every: nanoseconds, number: number &+ 1)
        }
    }

    private static func broadcast(_ number: UInt32) -> [UInt8] {
        let header: [UInt8] = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, 0x88, 0xb5]
        return header + (0..<46).map { $0 < 4 ? UInt8(truncatingIfNeeded: number >> UInt32(24 - 8 * $0)) : 0 }
    }
}
