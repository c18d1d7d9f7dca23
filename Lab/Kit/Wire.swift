import Clocks
import Frames
import Glibc
import Synchronization

/// The cable of a card: every frame in both directions, kept in memory by QEMU (`filter-dump`).
///
/// The frames' times are on the capture's clock, which runs with the machine; only differences mean something.
public final class Wire: Sendable {
    private let engine: GuestEngine
    private let seen: Mutex<Seen>

    private struct Seen: ~Copyable {
        var reader: CaptureReader
        var frames: [CapturedFrame] = []
    }

    init(capture: Int32, engine: GuestEngine) {
        self.engine = engine
        seen = Mutex(Seen(reader: CaptureReader(descriptor: capture, name: "QEMU's capture", following: true)))
    }

    /// All frames until now.
    /// - Throws: `GuestError.malformed` if the capture is broken.
    public func frames() throws(GuestError) -> [CapturedFrame] {
        let result = seen.withLock { seen -> Result<[CapturedFrame], GuestError> in
            do throws(CaptureError) {
                seen.frames += try seen.reader.rest()
            } catch {
                return .failure(.malformed("\(error)"))
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
        for count: Int, within bound: Duration = .seconds(10), where matches: (CapturedFrame) -> Bool = { _ in true }
    ) throws(GuestError) -> [CapturedFrame] {
        let deadline = Clocks.after(bound)
        while true {
            let frames = try frames().filter(matches)
            if frames.count >= count { return frames }
            if let failure = engine.state.withLock({ $0.failure }) { throw failure }
            guard Clocks.monotonic < deadline else {
                throw .timedOut("\(count) frames on the wire", seen: "\(frames.count) frames")
            }
            // Nothing tells that a memory file has grown.
            usleep(5000)
        }
    }
}
