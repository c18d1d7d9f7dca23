import Glibc
import Synchronization

/// A cable that loses, doubles, delays and reorders frames, as netem does where a kernel has it (tc-netem(8)). By a seed: a run
/// that failed can be had again.
public final class ImpairedCable: @unchecked Sendable {
    public struct Trouble: Sendable, CustomStringConvertible {
        /// Of 1: frames that are lost, that come twice, that come `reorderDelay` late.
        public var loss = 0.0
        public var duplication = 0.0
        public var reordering = 0.0
        /// Milliseconds that each frame takes, and those out of order take more.
        public var delay = 0.0
        public var reorderDelay = 5.0
        public init(loss: Double = 0, duplication: Double = 0, reordering: Double = 0, delay: Double = 0) {
            (self.loss, self.duplication, self.reordering, self.delay) = (loss, duplication, reordering, delay)
        }
        public var description: String {
            "loss \(loss), duplication \(duplication), reordering \(reordering), delay \(delay) ms"
        }
    }

    /// The end for the card.
    public let end: Int32
    private let inner: Int32
    private let other: Int32
    private let trouble: Trouble
    private var random: SplitMix
    private var thread = pthread_t()
    private let isOver = Atomic<Bool>(false)
    private let lost = Atomic<Int>(0)
    private var waiting: [(due: Int64, number: Int, target: Int32, frame: [UInt8])] = []
    private var number = 0
    /// Frames that were lost by it.
    public var lostFrames: Int { lost.load(ordering: .relaxed) }

    /// - Parameter other: the far end: a descriptor that gives and takes one frame at a time.
    public init(to other: Int32, _ trouble: Trouble, seed: UInt64) {
        var pair: [Int32] = [0, 0]
        precondition(socketpair(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &pair) == 0)
        (end, inner) = (pair[0], pair[1])
        (self.other, self.trouble) = (other, trouble)
        random = SplitMix(seed: seed)
        for descriptor in [inner, other] { _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK) }
        let status = pthread_create(&thread, nil, { argument in
            Unmanaged<ImpairedCable>.fromOpaque(argument!).takeUnretainedValue().carry()
            return nil
        }, Unmanaged.passUnretained(self).toOpaque())
        precondition(status == 0)
    }

    /// A frame that comes to the card from nobody. Waits while the cable is full.
    public func inject(_ frame: [UInt8]) {
        while write(inner, frame, frame.count) < 0, errno == EAGAIN || errno == ENOBUFS {
            var poller = pollfd(fd: inner, events: Int16(POLLOUT), revents: 0)
            _ = poll(&poller, 1, 100)
        }
    }

    public func close() {
        isOver.store(true, ordering: .relaxed)
        pthread_join(thread, nil)
        for descriptor in [end, inner] { Glibc.close(descriptor) }
    }

    private var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    private func carry() {
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while !isOver.load(ordering: .relaxed) {
            var pollers = [pollfd(fd: inner, events: Int16(POLLIN), revents: 0), pollfd(fd: other, events: Int16(POLLIN), revents: 0)]
            _ = poll(&pollers, 2, 1)
            for (source, target) in [(inner, other), (other, inner)] {
                for _ in 0..<64 {
                    let count = read(source, &buffer, buffer.count)
                    guard count > 0 else { break }
                    take([UInt8](buffer.prefix(count)), to: target)
                }
            }
            deliver()
        }
    }

    private func take(_ frame: [UInt8], to target: Int32) {
        if happens(trouble.loss) {
            lost.add(1, ordering: .relaxed)
            return
        }
        for _ in 0..<(happens(trouble.duplication) ? 2 : 1) {
            let late = trouble.delay + (happens(trouble.reordering) ? trouble.reorderDelay : 0)
            number += 1
            waiting.append((now + Int64(late * 1e6), number, target, frame))
        }
    }

    private func happens(_ probability: Double) -> Bool { probability > 0 && Double.random(in: 0..<1, using: &random) < probability }

    private func deliver() {
        let time = now
        let due = waiting.filter { $0.due <= time }.sorted { ($0.due, $0.number) < ($1.due, $1.number) }
        guard !due.isEmpty else { return }
        waiting.removeAll { $0.due <= time }
        for entry in due { _ = write(entry.target, entry.frame, entry.frame.count) }
    }
}
