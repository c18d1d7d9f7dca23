import DeviceAccess
import E1000
import ToolSupport

/// A card that sends to everyone on its wire.
public enum SendingRun {
    static let frame = [UInt8](repeating: 0xff, count: 6) + [UInt8](repeating: 2, count: 54)

    /// On a card that QEMU plays for this process, with nobody on the wire.
    public static func onBareCard(batch: UInt32, frames: UInt64) throws -> PacketRun {
        var options = QEMUOptions()
        options.netdev = "hubport,hubid=0"
        var configuration = Configuration()
        configuration.transmitDescriptors = max(256, PacketRun.descriptors(forBatch: batch))
        return try OneProcessor.run {
            try measure(try Controller(try QEMUDevice.start(options), configuration: configuration), batch, frames)
        }
    }

    public static func measure(_ card: consuming Controller, _ batch: UInt32, _ frames: UInt64) throws -> PacketRun {
        // A tenth first, unmeasured: page faults, QEMU's translation of code.
        try send(frames / 10, batch, through: &card)
        let meter = Meter(transmit: card.tailWrites.transmit, receive: card.tailWrites.receive)
        try send(frames, batch, through: &card)
        return meter.run(card.wayIn, .tx, batch, frames, transmit: card.tailWrites.transmit, receive: card.tailWrites.receive)
    }

    static func send(_ frames: UInt64, _ batch: UInt32, through card: inout Controller) throws {
        var sent: UInt64 = 0
        while sent < frames {
            for _ in 0..<min(UInt64(batch), frames - sent) {
                guard var packet = card.packet() else { throw Problem("bench", "no packet is free") }
                packet.fill(frame)
                switch card.append(packet) {
                case .queued:
                    sent += 1
                case .full(let packet):
                    card.put(packet)
                    throw Problem("bench", "the ring is full after a wait for room")
                case .refused(let packet):
                    card.put(packet)
                    throw Problem("bench", "a frame of 60 bytes was refused")
                }
            }
            try card.commit()
            card.reclaim()
            if card.room < batch, try !card.waitUntilPending(atMost: 0, nanoseconds: 5_000_000_000) {
                throw Problem("bench", "the card has not sent for 5 s")
            }
            if Interruption.requested { throw Problem("bench", "interrupted") }
        }
        guard try card.waitUntilPending(atMost: 0, nanoseconds: 5_000_000_000) else {
            throw Problem("bench", "the card did not report the last frames done within 5 s")
        }
    }
}
