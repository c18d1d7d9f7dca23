import Clocks
import E1000

/// One measured run: frames of 60 bytes, moved as fast as the cards take them.
public struct PacketRun: Codable, Sendable {
    /// `tx`: a card sends. `io`: what one card receives, another sends, on the same wire, so that the frames go round.
    public enum Mode: String, Codable, CaseIterable, Sendable { case tx, io }

    /// The largest burst whose ring fits into 8 MiB of DMA memory, what a way in has unless told otherwise, beside the other one.
    public static var largestBatch: UInt32 { 1024 }
    /// The least descriptors of a ring, a multiple of 8, for bursts of so many frames: one is put on it while another is sent.
    public static func descriptors(forBatch batch: UInt32) -> UInt32 { (batch * 2 + 7) / 8 * 8 }

    /// `uio`, `vfio`, `qemu` or `sim`.
    public let wayIn: String
    public let mode: Mode
    /// Frames a burst.
    public let batch: UInt32
    public let frames: UInt64
    public let seconds: Double
    public let transmitTailWritesPerFrame: Double
    public let receiveTailWritesPerFrame: Double
    /// User and system time of this process; QEMU's is not in it.
    public let cpuNanosecondsPerFrame: Double

    public var framesPerSecond: Double { Double(frames) / seconds }
}

/// What has passed since a moment: the clocks, and the tail writes of a card that sends and one that receives.
struct Meter {
    private let start = Clocks.monotonic
    private let cpu = Clocks.processCPU
    private let writes: (transmit: UInt64, receive: UInt64)

    init(transmit: UInt64, receive: UInt64) { writes = (transmit, receive) }

    func run(_ wayIn: String, _ mode: PacketRun.Mode, _ batch: UInt32, _ frames: UInt64, transmit: UInt64, receive: UInt64) -> PacketRun {
        let (now, cpuNow) = (Clocks.monotonic, Clocks.processCPU)
        return PacketRun(
            wayIn: wayIn, mode: mode, batch: batch, frames: frames, seconds: Double(now - start) / 1e9,
            transmitTailWritesPerFrame: Double(transmit - writes.transmit) / Double(frames),
            receiveTailWritesPerFrame: Double(receive - writes.receive) / Double(frames),
            cpuNanosecondsPerFrame: Double(cpuNow - cpu) / Double(frames))
    }
}
