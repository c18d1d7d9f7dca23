import CLinux
import Glibc
import NIOCore
import NIOPosix
import Synchronization

/// Reads files without that a slow disk stops an event loop: what is in memory at once, everything else on threads that may wait.
public final class FileReader: Sendable {
    /// `nil`: whoever asks waits.
    private let threads: NIOThreadPool?
    /// Called on a thread before it reads, as a disk that takes its time; nothing is in memory then. For tests.
    private let slowly: (@Sendable () -> Void)?
    /// The last file system that was found to be memory: there, the kernel may be unable to say what is at hand, and everything is.
    private let memory = Atomic<UInt64>(.max)

    /// - Parameter threads: must be running, and for as long as something is read; `nil`: the event loop itself waits.
    public convenience init(threads: NIOThreadPool?) { self.init(threads: threads, slowly: nil) }

    init(threads: NIOThreadPool?, slowly: (@Sendable () -> Void)?) { (self.threads, self.slowly) = (threads, slowly) }

    /// SwiftNIO's own threads for what blocks.
    public static let shared = FileReader(threads: .singleton)

    // MARK: Names

    enum Kind: Equatable {
        case file, folder, other
        /// The disk would have to be asked, or it is not known whether.
        case notAtHand
    }

    /// What a path leads to, without waiting. Nothing of what it says is a permission: the walk of `FileRoot` decides.
    func kind(of path: [[UInt8]], in root: FileRoot) -> Kind {
        guard slowly == nil else { return .notAtHand }
        let name = path.count == 1 ? path[0] : path.isEmpty ? [UInt8(ascii: ".")] : Array(path.joined(separator: [UInt8(ascii: "/")]))
        let kind = withName(name) { ringlight_kind_at_hand(root.number, $0) }
        return switch kind {
        case Int32(S_IFREG): .file
        case Int32(S_IFDIR): .folder
        // Too new a call for this kernel, or one that is forbidden here.
        case -EAGAIN, -ENOSYS, -EINVAL, -EPERM: .notAtHand
        default: .other
        }
    }

    var loopWaits: Bool { threads == nil }

    /// Does something that may wait for a disk, and tells the loop.
    func run<T: Sendable>(on loop: any EventLoop, _ body: @escaping @Sendable () throws -> T) -> EventLoopFuture<T> {
        guard let threads else { return loop.makeCompletedFuture { try body() } }
        return threads.runIfActive(eventLoop: loop) { [slowly] in
            slowly?()
            return try body()
        }
    }

    // MARK: Bytes

    /// What of a part is in memory, from its start on; `nil`: nothing, and `read` is the way.
    ///
    /// - Throws: `.truncated` when the file ends before it.
    func bytesAtHand(of file: OpenFile, _ part: Range<Int>, _ allocator: ByteBufferAllocator) throws(FileProblem) -> ByteBuffer? {
        if threads == nil { return try file.readAll(part, allocator) }
        guard slowly == nil else { return nil }
        if file.device == memory.load(ordering: .relaxed) { return try file.readAll(part, allocator) }
        var buffer = allocator.buffer(capacity: part.count)
        var result = 0
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: part.count) { bytes in
            result = ringlight_read_at_hand(file.descriptor.number, bytes.baseAddress, part.count, Int64(part.lowerBound))
            return max(0, result)
        }
        switch Int32(clamping: -result) {
        case ..<0: return buffer
        case 0: throw .truncated
        case EAGAIN, EINTR: return nil
        case EOPNOTSUPP, ENOSYS:
            guard ringlight_is_memory(file.descriptor.number) else { return nil }
            memory.store(file.device, ordering: .relaxed)
            return try file.readAll(part, allocator)
        case let number: throw .failed(number)
        }
    }

    /// All bytes of a part, when the disk has given them.
    func read(_ file: OpenFile, _ part: Range<Int>, _ allocator: ByteBufferAllocator, on loop: any EventLoop) -> EventLoopFuture<ByteBuffer> {
        run(on: loop) { try file.readAll(part, allocator) }
    }
}
