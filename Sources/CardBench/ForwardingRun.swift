import E1000
import ToolSupport

/// Two cards on one wire: what the first receives, the second sends, and so the first receives it again. A burst goes round.
public enum ForwardingRun {
    public static func measure(
        from source: consuming Controller, to target: consuming Controller, _ batch: UInt32, _ frames: UInt64
    ) throws -> PacketRun {
        try SendingRun.send(UInt64(batch), batch, through: &target)
        // A tenth first, unmeasured: page faults, QEMU's translation of code.
        try forward(max(frames / 10, 1), batch, from: &source, to: &target)
        let meter = Meter(transmit: target.tailWrites.transmit, receive: source.tailWrites.receive)
        try forward(frames, batch, from: &source, to: &target)
        return meter.run(
            source.wayIn, .io, batch, frames, transmit: target.tailWrites.transmit, receive: source.tailWrites.receive)
    }

    private static func forward(
        _ frames: UInt64, _ batch: UInt32, from source: inout Controller, to target: inout Controller
    ) throws {
        var done: UInt64 = 0
        while done < frames {
            let before = done
            for _ in 0..<batch {
                guard let received = source.receive() else { break }
                // Each card has DMA memory of its own: the bytes move from one to the other.
                guard var packet = target.packet() else {
                    source.put(received)
                    throw Problem("bench", "no packet is free")
                }
                packet.fill(copying: received)
                source.put(received)
                switch target.append(packet) {
                case .queued:
                    done += 1
                case .full(let packet):
                    target.put(packet)
                    throw Problem("bench", "the ring is full of a burst that was sent")
                case .refused(let packet):
                    target.put(packet)
                    throw Problem("bench", "a received frame cannot be sent")
                }
            }
            if done == before {
                // The first frames come a second late: QEMU holds reception back after the receiver was enabled.
                guard try source.waitForFrame(nanoseconds: 5_000_000_000) else {
                    throw Problem("bench", "no frame arrived for 5 s", remedy: "both cards must be on one wire")
                }
                if Interruption.requested { throw Problem("bench", "interrupted") }
                continue
            }
            try target.commit()
            try source.commit()
            target.reclaim()
            if Interruption.requested { throw Problem("bench", "interrupted") }
        }
    }
}
