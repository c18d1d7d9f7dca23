import DeviceAccess
import E1000
@testable import E1000Model

/// A card with a link and its driver, in virtual time: 20 µs an access.
struct DrivenCard: ~Copyable {
    let clock: VirtualClock
    let sim: SimDevice
    var card: Controller

    init(_ kind: ModelKind, ring: UInt32 = 64, negotiationTime: Int64 = 0) throws {
        var options = SimDevice.Options()
        options.kind = kind
        options.negotiationTime = negotiationTime
        let clock = VirtualClock(step: 20_000)
        let sim = SimDevice(options, clock: clock)
        var configuration = Configuration()
        (configuration.transmitDescriptors, configuration.receiveDescriptors) = (ring, ring)
        var card = try Controller(sim.device(), configuration: configuration)
        while try !card.linkState().isUp { _ = try sim.waitForInterrupt(nanoseconds: 1_000_000, wake: -1) }
        // The link's own interrupt is over.
        _ = try card.takeLinkChange()
        (self.clock, self.sim) = (clock, sim)
        self.card = card
    }

    /// Lets time pass for the card.
    func pass(_ nanoseconds: Int64) {
        _ = clock.sleep(nanoseconds: nanoseconds, wake: -1)
        sim.step()
    }

    func register(_ register: ModelRegister) -> UInt32 { sim.card[register] }

    /// Appends a frame and tells the card; false when the ring pushed it back.
    mutating func send(_ frame: [UInt8]) throws -> Bool {
        guard var packet = card.packet() else { return false }
        packet.fill(frame)
        var isQueued = false
        switch card.append(packet) {
        case .queued: isQueued = true
        case .full(let packet): card.put(packet)
        case .refused(let packet): card.put(packet)
        }
        try card.commit()
        return isQueued
    }

    /// The frames that are there.
    mutating func take() throws -> [[UInt8]] {
        var frames: [[UInt8]] = []
        while let packet = card.receive() {
            frames.append(packet.copy())
            card.put(packet)
        }
        try card.commit()
        return frames
    }
}
