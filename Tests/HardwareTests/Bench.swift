import DeviceAccess
import E1000
import E1000Model
import Frames
import Glibc
import TestSupport
import Testing

/// A card, its wire, and a peer on it.
struct Bench {
    let kind: TestCard
    private let qemu: QEMUBench?
    private let monitor: QEMUMonitor?
    private let sim: SimDevice?
    /// Of a card of this machine.
    private let slot: PCISlot?
    /// Further words for QEMU's command line.
    private let qemuArguments: [String]

    /// - Parameters:
    ///   - withPeer: frames can be delivered to the card.
    ///   - withLinkControl: its cable can be pulled.
    init(_ kind: TestCard, withPeer: Bool = false, withLinkControl: Bool = false, qemuArguments: [String] = []) {
        self.kind = kind
        self.qemuArguments = qemuArguments
        switch kind {
        case .sim(let model):
            (qemu, monitor, slot) = (nil, nil, nil)
            var options = SimDevice.Options()
            options.kind = model
            options.dmaSize = 16 << 20
            sim = SimDevice(options)
        case .qemu(let model):
            qemu = QEMUBench(model: model, withPeer: withPeer)
            monitor = withLinkControl ? QEMUMonitor() : nil
            (sim, slot) = (nil, nil)
        case .pci(let address, let peer):
            (qemu, monitor, sim) = (nil, nil, nil)
            slot = PCISlot(address: address, peer: peer, withPeer: withPeer, withLinkControl: withLinkControl)
        }
    }

    /// Closes the bench's descriptors, after the card was closed; the driver may have done nothing that no driver may do.
    func end() {
        qemu?.end()
        monitor?.end()
        if let sim {
            #expect(sim.card.violations.isEmpty)
            #expect(sim.card.unknownOffsets.isEmpty)
            #expect(sim.memory.guardsAreIntact)
        }
    }

    func card(_ configuration: Configuration) throws -> Controller {
        if let sim { return try Controller(sim.device(), configuration: configuration) }
        if let slot { return try slot.card(configuration) }
        guard let qemu else { throw Stuck() }
        var options = qemu.options
        options.dmaSize = 16 << 20
        options.extraArguments = qemuArguments
        if let monitor {
            let descriptor = QEMUOptions.firstExtraDescriptor + options.extraDescriptors.count
            options.extraArguments += monitor.arguments(descriptor: descriptor)
            options.extraDescriptors.append(monitor.theirs)
        }
        let card = try Controller(try QEMUDevice.start(options), configuration: configuration)
        try monitor?.begin()
        return card
    }

    func card(ring: UInt32 = 256) throws -> Controller {
        var configuration = Configuration()
        configuration.transmitDescriptors = ring
        configuration.receiveDescriptors = ring
        return try card(configuration)
    }

    /// All frames that the card sent so far.
    func wire() throws -> [[UInt8]] { try sim?.sent ?? qemu?.wire() ?? slot?.wire() ?? [] }

    /// The wire as a capture file, for others to read: QEMU's own, or ours of what the sim sent.
    func capture() throws -> [UInt8] {
        if let qemu { return qemu.capturedBytes }
        let file = scratchDescriptor()
        defer { close(file) }
        var writer = try CaptureWriter(descriptor: file, name: "wire", program: "test", interface: "sim")
        for (number, frame) in try wire().enumerated() { try writer.write(frame, timestamp: UInt64(number) * 1_000_000) }
        try writer.flush()
        return contents(of: file)
    }

    /// Frame number `n` of a sequence, of a length that the card sends.
    func frame(_ number: Int) -> [UInt8] {
        QEMUBench.frame(number, length: max(kind.shortestFrame, 1 + (number &* 7919) % 1514))
    }

    /// A frame as it looks on the wire: padded to 60 bytes (TCTL.PSP), except by QEMU 7.2's models; one that is the other end
    /// of a cable pads what it receives.
    func onWire(_ frame: [UInt8]) -> [UInt8] {
        qemu != nil ? frame : frame + [UInt8](repeating: 0, count: max(0, 60 - frame.count))
    }

    /// Hands a frame to the card.
    /// - Returns: false when the wire takes no more.
    func deliver(_ frame: [UInt8], waiting: Bool = true) -> Bool {
        if let sim {
            sim.deliver(frame)
            return true
        }
        if let slot {
            do {
                return try slot.deliver(frame)
            } catch {
                Issue.record(error)
                return false
            }
        }
        guard let qemu else { return false }
        return Glibc.send(qemu.peer, frame, frame.count, waiting ? 0 : Int32(MSG_DONTWAIT)) == frame.count
    }

    /// Begins to hand frames to the card, each at its time.
    ///
    /// - Returns: who does that; `nil` for a simulated card, which has them come by itself.
    func begin(_ frames: PacedFrames) -> PacedSender? {
        if let sim {
            for (number, time) in frames.times.enumerated() { sim.after(time) { $0.deliver(PacedFrames.frame(number)) } }
            return nil
        }
        let (slot, peer) = (slot, qemu?.peer ?? -1)
        return PacedSender(frames.times) { number in
            let frame = PacedFrames.frame(number)
            if let slot { _ = try? slot.deliver(frame) } else { _ = Glibc.send(peer, frame, frame.count, 0) }
        }
    }

    func setLink(up: Bool) throws {
        sim?.setCable(up)
        try monitor?.setLink(up: up)
    }
}
