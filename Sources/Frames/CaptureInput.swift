import Glibc

/// Buffered bytes of a capture: a file, a pipe, or a file that still grows.
struct CaptureInput: ~Copyable {
    let name: String
    /// Returns what is there instead of waiting, and can go on after an end of the data.
    var isFollowing: Bool
    /// Bytes consumed so far: where `byte(0)` is in the capture.
    private(set) var offset: UInt64 = 0

    /// The user asked to stop while data was waited for.
    private(set) var isInterrupted = false

    private let descriptor: Int32
    private let isOwned: Bool
    /// A file in the file system is read at places of our own: its descriptor may be shared with the one who writes it.
    private let isRegular: Bool
    private var place: off_t = 0
    /// Readable when the user asked to stop; -1: none.
    private let interruption: Int32
    private var buffer: [UInt8]
    private var start = 0
    private var end = 0

    private static let bufferSize = 65536

    init(descriptor: Int32, owned: Bool, name: String, following: Bool, interruption: Int32) {
        (self.descriptor, isOwned, self.name, isFollowing) = (descriptor, owned, name, following)
        self.interruption = interruption
        var status = stat()
        isRegular = fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
        // What is followed is read from its start: the descriptor's own place may be the writer's.
        if isRegular && !following { place = max(0, lseek(descriptor, 0, SEEK_CUR)) }
        buffer = [UInt8](repeating: 0, count: Self.bufferSize)
    }

    deinit { if isOwned { close(descriptor) } }

    /// Bytes in the buffer.
    var available: Int { end - start }

    /// Makes `count` bytes available if the capture has them now.
    /// - Parameter count: bounded by the caller; the buffer grows to it.
    /// - Returns: false at the end of the data (see `available`).
    mutating func fill(_ count: Int) throws(CaptureError) -> Bool {
        if available >= count { return true }
        if start > 0 {
            buffer.withUnsafeMutableBytes { bytes in
                bytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
            }
            (start, end) = (0, end - start)
        }
        if buffer.count < count { buffer.append(contentsOf: repeatElement(0, count: count - buffer.count)) }
        while available < count {
            let received = try receive()
            if received == 0 { return false }
            end += received
        }
        return true
    }

    /// Drops bytes that `fill` made available.
    mutating func consume(_ count: Int) {
        start += count
        offset += UInt64(count)
    }

    /// Drops up to `count` bytes without keeping them.
    /// - Returns: how many are left to drop because the data ended.
    mutating func skip(_ count: UInt64) throws(CaptureError) -> UInt64 {
        var left = count
        while left > 0 {
            let piece = Int(min(left, UInt64(Self.bufferSize)))
            let complete = try fill(piece)
            let dropped = min(piece, available)
            consume(dropped)
            left -= UInt64(dropped)
            if !complete { break }
        }
        return left
    }

    /// A byte of what `fill` made available.
    func byte(_ index: Int) -> UInt8 { buffer[start + index] }

    func u16(_ index: Int, big: Bool) -> UInt16 {
        let (first, second) = (UInt16(byte(index)), UInt16(byte(index + 1)))
        return big ? first << 8 | second : second << 8 | first
    }

    func u32(_ index: Int, big: Bool) -> UInt32 {
        let (first, second) = (UInt32(u16(index, big: big)), UInt32(u16(index + 2, big: big)))
        return big ? first << 16 | second : second << 16 | first
    }

    func copy(_ range: Range<Int>) -> [UInt8] { Array(buffer[(start + range.lowerBound)..<(start + range.upperBound)]) }

    /// - Returns: 0 at the end of the data, when nothing has come yet (following), and on an interruption.
    private mutating func receive() throws(CaptureError) -> Int {
        while true {
            if !isRegular {
                var pollers = [
                    pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
                    pollfd(fd: interruption, events: Int16(POLLIN), revents: 0),
                ]
                let ready = poll(&pollers, 2, isFollowing ? 0 : -1)
                if ready < 0 && errno == EINTR { continue }
                if ready == 0 { return 0 }
                if pollers[1].revents != 0 {
                    isInterrupted = true
                    return 0
                }
            }
            let count = buffer.withUnsafeMutableBytes { bytes in
                let room = UnsafeMutableRawBufferPointer(rebasing: bytes[end...])
                return isRegular
                    ? pread(descriptor, room.baseAddress, room.count, place) : read(descriptor, room.baseAddress, room.count)
            }
            if count >= 0 {
                place += off_t(count)
                return count
            }
            if errno != EINTR && errno != EAGAIN {
                throw CaptureError(file: name, reason: .cannotRead(errno), offset: offset + UInt64(available))
            }
        }
    }
}
