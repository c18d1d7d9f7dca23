import Clocks
import DeviceAccess
import E1000
import ToolSupport

/// One measured run: frames of 60 bytes, sent as fast as the card takes them.
struct TransmitRun: Codable {
    /// `qemu` or `uio`.
    let wayIn: String
    /// Frames a tail write.
    let batch: UInt32
    let frames: UInt64
    let seconds: Double
    let tailWritesPerFrame: Double
    /// User and system time of this process; QEMU's is not in it.
    let cpuNanosecondsPerFrame: Double

    var framesPerSecond: Double { Double(frames) / seconds }

    /// On a card that QEMU plays for this process, with nobody on the wire.
    static func onBareCard(batch: UInt32, frames: UInt64) throws -> TransmitRun {
        var options = QEMUOptions()
        options.netdev = "hubport,hubid=0"
        return try measure(try Controller(try QEMUDevice.start(options), configuration: configuration(batch)), batch, frames)
    }

    /// A ring of twice the batch, at least 256 descriptors.
    static func configuration(_ batch: UInt32) -> Configuration {
        var configuration = Configuration()
        configuration.transmitDescriptors = max(256, batch * 2)
        return configuration
    }

    static func measure(_ card: consuming Controller, _ batch: UInt32, _ frames: UInt64) throws -> TransmitRun {
        // A tenth first, unmeasured: page faults, QEMU's translation of code.
        try send(frames / 10, batch, through: &card)
        let writes = card.tailWrites.transmit
        let cpu = Clocks.processCPU
        let start = Clocks.monotonic
        try send(frames, batch, through: &card)
        let seconds = Double(Clocks.monotonic - start) / 1e9
        return TransmitRun(
            wayIn: card.wayIn, batch: batch, frames: frames, seconds: seconds,
            tailWritesPerFrame: Double(card.tailWrites.transmit - writes) / Double(frames),
            cpuNanosecondsPerFrame: Double(Clocks.processCPU - cpu) / Double(frames))
    }

    private static func send(_ frames: UInt64, _ batch: UInt32, through card: inout Controller) throws {
        let frame = [UInt8](repeating: 0xff, count: 6) + [UInt8](repeating: 2, count: 54)
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
