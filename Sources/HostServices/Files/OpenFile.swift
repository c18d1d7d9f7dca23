import Glibc
import NIOCore

/// A regular file or a folder that is open for reading.
struct OpenFile: Sendable {
    let descriptor: Descriptor
    let isFolder: Bool
    /// Bytes, when it was opened.
    let size: Int
    /// Seconds since 1970, and nanoseconds, of the last change of its bytes.
    let modified: (seconds: Int, nanoseconds: Int)
    /// The file system's number (`st_dev`).
    let device: UInt64

    init(_ descriptor: Descriptor) throws(FileProblem) {
        var information = stat()
        guard fstat(descriptor.number, &information) == 0 else { throw .failed(errno) }
        let kind = information.st_mode & S_IFMT
        guard kind == S_IFREG || kind == S_IFDIR else { throw .special }
        self.descriptor = descriptor
        isFolder = kind == S_IFDIR
        size = Int(information.st_size)
        device = UInt64(information.st_dev)
        modified = (information.st_mtim.tv_sec, information.st_mtim.tv_nsec)
    }

    private static let digits = Array("0123456789abcdef".utf8)

    /// Strong: bytes that were changed without a change of size or time do not count (RFC 9110, 8.8.1).
    var entityTag: String {
        var text = [UInt8(ascii: "\"")]
        for (index, number) in [size, modified.seconds, modified.nanoseconds].enumerated() {
            if index > 0 { text.append(UInt8(ascii: "-")) }
            let number = UInt64(bitPattern: Int64(number))
            let digits = max(1, (67 - number.leadingZeroBitCount) / 4)
            for digit in (0..<digits).reversed() { text.append(Self.digits[Int(number >> UInt64(digit * 4) & 0xf)]) }
        }
        return String(decoding: text + [UInt8(ascii: "\"")], as: UTF8.self)
    }

    /// Reads a part. Blocks as `read` does.
    ///
    /// - Throws: `.truncated` when the file ends before the part does.
    func readAll(_ part: Range<Int>, _ allocator: ByteBufferAllocator) throws(FileProblem) -> ByteBuffer {
        let buffer = try read(part.count, at: part.lowerBound, allocator)
        guard buffer.readableBytes == part.count else { throw .truncated }
        return buffer
    }

    /// Reads at most `count` bytes; fewer, or none, at the file's end.
    ///
    /// Blocks for as long as the disk needs for `count` bytes.
    func read(_ count: Int, at offset: Int, _ allocator: ByteBufferAllocator) throws(FileProblem) -> ByteBuffer {
        var buffer = allocator.buffer(capacity: count)
        var failure: Int32 = 0
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { bytes in
            var done = 0
            while done < count {
                let got = pread(descriptor.number, bytes.baseAddress! + done, count - done, off_t(offset + done))
                if got < 0 && errno == EINTR { continue }
                if got < 0 { failure = errno }
                if got <= 0 { break }
                done += got
            }
            return done
        }
        guard failure == 0 else { throw .failed(failure) }
        return buffer
    }
}
