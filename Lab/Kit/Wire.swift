import Glibc
import Synchronization

/// A frame on a card's cable, as QEMU's own capture holds it.
public struct WireFrame: Equatable, Sendable {
    /// Nanoseconds on the capture's clock, which runs with the machine; only differences mean something.
    public let time: Int64
    /// From the destination address on, without CRC.
    public let bytes: [UInt8]
}

/// The cable of a card: every frame in both directions, kept in memory by QEMU (`filter-dump`).
public final class Wire: Sendable {
    private let capture: Int32
    private let engine: GuestEngine
    private let seen = Mutex(Seen())

    private struct Seen: Sendable {
        var position = 0
        var reader = GrowingCapture()
        var frames: [WireFrame] = []
    }

    init(capture: Int32, engine: GuestEngine) { (self.capture, self.engine) = (capture, engine) }

    /// All frames until now.
    /// - Throws: `GuestError.malformed` if the capture is broken.
    public func frames() throws(GuestError) -> [WireFrame] {
        let result = seen.withLock { seen -> Result<[WireFrame], GuestError> in
            let more = readFile(capture, from: seen.position)
            seen.position += more.count
            do throws(GuestError) {
                seen.frames += try seen.reader.receive(more)
            } catch {
                return .failure(error)
            }
            return .success(seen.frames)
        }
        return try result.get()
    }

    /// Waits until the cable has carried `count` frames that `matches`.
    /// - Returns: those frames, and any more that came.
    /// - Throws: `GuestError.timedOut`, or why the guest is gone.
    @discardableResult
    public func wait(
        for count: Int, within bound: Duration = .seconds(10), where matches: (WireFrame) -> Bool = { _ in true }
    ) throws(GuestError) -> [WireFrame] {
        let deadline = MonotonicClock.after(bound)
        while true {
            let frames = try frames().filter(matches)
            if frames.count >= count { return frames }
            if let failure = engine.state.withLock({ $0.failure }) { throw failure }
            guard MonotonicClock.now < deadline else {
                throw .timedOut("\(count) frames on the wire", seen: "\(frames.count) frames")
            }
            // Nothing tells that a memory file has grown.
            usleep(5000)
        }
    }
}
