import DeviceAccess
import E1000
@testable import E1000Model
import TestSupport

/// What goes wrong, and what the program changes.
extension FaultSchedule {
    mutating func change() {
        let delay = Int64.random(in: 1000...5_000_000, using: &random)
        switch Int.random(in: 0..<20, using: &random) {
        case 0: sim.card.faults.transmitDone = .late(delay)
        case 1: sim.card.faults.receiveDone = .late(delay)
        case 2:
            sim.card.faults.transmitDone = .never
            mayLoseSent = true
        case 3:
            sim.card.faults.receiveDone = .never
            mayLoseReceived = true
        case 4: sim.card.faults.transmitterHangs = true
        case 5: sim.card.faults.transmitNoise = .random(in: 0...UInt64.max, using: &random)
        case 6:
            sim.card.faults.receiveLie = .init(
                length: Bool.random(using: &random) ? .random(in: 0...UInt16.max, using: &random) : nil,
                status: Bool.random(using: &random) ? .random(in: 0...UInt8.max, using: &random) : nil,
                errors: Bool.random(using: &random) ? .random(in: 0...UInt8.max, using: &random) : nil)
            mayLoseReceived = true
        case 7: sim.setCable(false)
        case 8: sim.setCable(true)
        case 9: sim.card.faults.interruptsToLose += 1
        case 10: sim.spuriousInterrupts += 2
        case 11 where Int.random(in: 0..<8, using: &random) == 0:
            sim.card.faults.isGone = true
            events.departures += 1
        case 12 where Int.random(in: 0..<8, using: &random) == 0: loseState()
        // Seldom: the driver waits 100 ms of real time for a reset, and 10 for the PHY.
        case 13 where Int.random(in: 0..<8, using: &random) == 0: sim.card.faults.resetHangs = true
        case 14 where Int.random(in: 0..<2, using: &random) == 0: sim.card.faults.mdioHangs = true
        case 15:
            sim.card.faults.checksumFlips = .random(in: 1...UInt16.max, using: &random)
            hasWrongChecksums = true
        case 16: sim.card.faults.endWithReset = true
        default: clearFaults()
        }
    }

    /// But a card that is gone stays gone.
    func clearFaults() {
        let isGone = sim.card.faults.isGone
        sim.card.faults = Faults()
        sim.card.faults.isGone = isGone
    }

    /// What comes after: filters, link, pauses, moderation.
    mutating func reconfigure(_ card: inout Controller) throws {
        switch Int.random(in: 0..<4, using: &random) {
        case 0:
            let filters = ReceiveFilters.random(&random)
            try card.setFilters(filters)
            configuration.filters = filters
            events.filters += 1
        case 1: try changeLink(&card)
        case 2:
            pauses = FlowControl(rawValue: UInt8.random(in: 0..<4, using: &random))
            try card.setFlowControl(pauses)
        default: try card.setModeration(moderation())
        }
    }

    mutating func moderation() -> InterruptModeration {
        var moderation = InterruptModeration()
        moderation.interval = .random(in: 0...200_000, using: &random)
        moderation.receiveDelay = .random(in: 1...100_000, using: &random)
        moderation.receiveBound = .random(in: 0...200_000, using: &random)
        moderation.transmitDelay = .random(in: 1...100_000, using: &random)
        moderation.transmitBound = .random(in: 0...200_000, using: &random)
        return moderation
    }

    /// A PHY that does not answer is told of within its bound.
    private mutating func changeLink(_ card: inout Controller) throws {
        let modes: [LinkMode] = [
            .autonegotiate(.all), .autonegotiate([.full100, .half10]), .forced(speed: 100, fullDuplex: true), .forced(speed: 10, fullDuplex: false),
        ]
        events.linkChanges += 1
        do {
            try card.setLink(modes.randomElement(using: &random) ?? .autonegotiate(.all))
            guard !sim.card.faults.mdioHangs || sim.card.faults.isGone else { throw Broken("a PHY was set that does not answer") }
        } catch let error as DeviceError where error.kind == .timeout {
            guard sim.card.faults.mdioHangs else { throw Broken("no reason for: \(error)") }
            events.timeouts += 1
        }
    }

    /// Opens the card, once it has failed to come up as often as not: a reset that does not end, an EEPROM or a PHY that does not answer.
    mutating func open() throws -> Controller {
        switch Int.random(in: 0..<200, using: &random) {
        case 0...1: try failToOpen(.timeout) { $0.resetHangs = true }
        // What comes off the wires of an EEPROM that is silent is zeros, and their sum is wrong.
        case 2...3: try failToOpen(sim.card.kind == .i82544GC ? .invalid : .timeout) { $0.eepromHangs = true }
        case 4...8:
            // The link is as it was: no reason not to come up.
            sim.card.faults.mdioHangs = true
            defer { clearFaults() }
            return try Controller(sim.device(), configuration: configuration)
        default: break
        }
        return try Controller(sim.device(), configuration: configuration)
    }

    private mutating func failToOpen(_ kind: DeviceError.Kind, _ fault: (inout Faults) -> Void) throws {
        fault(&sim.card.faults)
        do {
            _ = try Controller(sim.device(), configuration: configuration)
            throw Broken("a card came up that does not answer")
        } catch let error as DeviceError {
            guard error.kind == kind else { throw Broken("no reason for: \(error)") }
        }
        guard !sim.card.isBusMaster else { throw Broken("a card that did not come up is still open") }
        events.timeouts += 1
        clearFaults()
    }
}
