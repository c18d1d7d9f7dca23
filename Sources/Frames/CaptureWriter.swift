import Glibc

/// Writes Ethernet frames as pcapng: one section, one interface, times in nanoseconds, little-endian.
///
/// What is written is buffered: `flush` sends it on, `finish` also adds the counters. An error of the file (a full disk, a
/// reader that has gone) is thrown by the call that meets it, and again by later ones; what was in the buffer is dropped.
/// A file that a full disk cut in mid-record is shortened to its last whole record, so that it can be read.
///
///     var writer = try CaptureWriter(path: "trace.pcapng", program: "e1000-uio 0.1.0", interface: "0000:00:03.0")
///     try writer.write(frame, timestamp: nanoseconds)
///     try writer.finish(timestamp: nanoseconds, received: 1, dropped: 0)
///
/// Source: draft-ietf-opsawg-pcapng.
public struct CaptureWriter: ~Copyable {
    private let name: String
    private let descriptor: Int32
    private let isOwned: Bool
    /// Each frame goes to the file at once, for a reader that watches; otherwise when 64 KiB have gathered.
    public var flushesEachFrame: Bool
    /// Frames written, those in the buffer included.
    public private(set) var frameCount: UInt64 = 0
    /// Frames that the file has, whole.
    public private(set) var savedFrameCount: UInt64 = 0
    /// Bytes written, those in the buffer included.
    public var byteCount: UInt64 { offset + UInt64(buffer.count) }
    /// Longest part of a frame that is kept; 0: no limit.
    private let snapLength: UInt32

    private var buffer: [UInt8] = []
    /// Bytes that the file has.
    private var offset: UInt64 = 0
    private var failure: CaptureError?

    private static let bufferSize = 65536

    /// Creates or empties a file; `-` is standard output.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - flushesEachFrame: each frame is handed to the system at once, for a reader that waits for it.
    ///   - program: name and version of the program, for the section header.
    ///   - interface: what the frames were captured on, for people.
    ///   - snapLength: longest part of a frame that is kept; 0: no limit.
    ///   - comments: about the capture, for people (opt_comment of the section header).
    /// - Throws: `CaptureError` when the file cannot be created or written.
    public init(
        path: String, program: String, interface: String, snapLength: UInt32 = 0, comments: [String] = [],
        flushesEachFrame: Bool = false
    ) throws(CaptureError) {
        let isStandard = path == "-"
        let descriptor = isStandard ? STDOUT_FILENO : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0o644)
        guard descriptor >= 0 else { throw CaptureError(file: path, reason: .cannotOpen(errno)) }
        try self.init(
            descriptor, owned: !isStandard, name: isStandard ? "standard output" : path, program: program, interface: interface,
            snapLength: snapLength, comments: comments, flushesEachFrame: flushesEachFrame)
    }

    /// Writes to a descriptor, which stays open and the caller's.
    public init(
        descriptor: Int32, name: String, program: String, interface: String, snapLength: UInt32 = 0, comments: [String] = [],
        flushesEachFrame: Bool = false
    ) throws(CaptureError) {
        try self.init(
            descriptor, owned: false, name: name, program: program, interface: interface, snapLength: snapLength,
            comments: comments, flushesEachFrame: flushesEachFrame)
    }

    private init(
        _ descriptor: Int32, owned: Bool, name: String, program: String, interface: String, snapLength: UInt32,
        comments: [String], flushesEachFrame: Bool
    ) throws(CaptureError) {
        (self.descriptor, isOwned, self.name, self.flushesEachFrame) = (descriptor, owned, name, flushesEachFrame)
        self.snapLength = snapLength
        try start(program: program, interface: interface, comments: comments)
    }

    deinit {
        // Only what an earlier error of the caller's left here: `finish` has reported everything else.
        _ = Self.send(buffer, to: descriptor)
        if isOwned { close(descriptor) }
    }

    /// Appends a frame, or as much of it as the snap length allows.
    ///
    /// - Parameters:
    ///   - frame: its bytes from the destination address on, without frame check sequence.
    ///   - timestamp: nanoseconds since 1970-01-01 00:00 UTC.
    ///   - originalLength: bytes on the wire, when `frame` is only their start.
    public mutating func write(_ frame: RawSpan, timestamp: UInt64, originalLength: Int? = nil) throws(CaptureError) {
        if let failure { throw failure }
        let kept = snapLength == 0 ? frame.byteCount : min(frame.byteCount, Int(snapLength))
        let padded = (kept + 3) & ~3
        let total = UInt32(truncatingIfNeeded: 32 + padded)
        appendLittle(Self.enhancedPacket)
        appendLittle(total)
        appendLittle(0)
        appendTime(timestamp)
        appendLittle(UInt32(truncatingIfNeeded: kept))
        appendLittle(UInt32(truncatingIfNeeded: originalLength ?? frame.byteCount))
        frame.extracting(0..<kept).withUnsafeBytes { buffer.append(contentsOf: $0) }
        buffer.append(contentsOf: repeatElement(0, count: padded - kept))
        appendLittle(total)
        frameCount += 1
        if flushesEachFrame || buffer.count >= Self.bufferSize { try flush() }
    }

    /// Writes a frame that is an array: as one that is a span.
    public mutating func write(_ frame: [UInt8], timestamp: UInt64, originalLength: Int? = nil) throws(CaptureError) {
        try write(frame.span.bytes, timestamp: timestamp, originalLength: originalLength)
    }

    /// Appends a frame as it was read; the number of its interface is lost.
    public mutating func write(_ frame: CapturedFrame) throws(CaptureError) {
        try write(frame.bytes.span.bytes, timestamp: frame.timestamp, originalLength: frame.originalLength)
    }

    /// Hands everything written so far to the system. Also notices a reader that has gone when there is nothing to hand over.
    public mutating func flush() throws(CaptureError) {
        if let failure { throw failure }
        guard !buffer.isEmpty else {
            if Self.hasLostReader(descriptor) { throw fail(EPIPE) }
            return
        }
        let (sent, error) = Self.send(buffer, to: descriptor)
        // Whole blocks: each says how long it is.
        var whole = 0
        while whole + 8 <= sent {
            let length = Int(word(whole + 4))
            guard whole + length <= sent else { break }
            if word(whole) == Self.enhancedPacket { savedFrameCount += 1 }
            whole += length
        }
        buffer.removeAll(keepingCapacity: true)
        offset += UInt64(whole)
        guard error == 0 else {
            // A pipe cannot be shortened; its reader finds the cut.
            if whole < sent { _ = ftruncate(descriptor, off_t(offset)) }
            throw fail(error)
        }
    }

    private mutating func fail(_ number: Int32) -> CaptureError {
        let error = CaptureError(file: name, reason: .cannotWrite(number), offset: offset, record: savedFrameCount)
        failure = error
        return error
    }

    private func word(_ position: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(buffer[position + $1]) << (8 * UInt32($1)) }
    }

    /// The other end of a pipe is closed.
    private static func hasLostReader(_ descriptor: Int32) -> Bool {
        var poller = pollfd(fd: descriptor, events: 0, revents: 0)
        return poll(&poller, 1, 0) > 0 && poller.revents & Int16(POLLERR) != 0
    }

    /// Ends the capture with the interface's counters, and flushes.
    ///
    /// - Parameters:
    ///   - timestamp: nanoseconds since 1970-01-01 00:00 UTC.
    ///   - received: frames that the card received while capturing (isb_ifrecv).
    ///   - dropped: frames that the card dropped for want of buffers (isb_ifdrop).
    public mutating func finish(timestamp: UInt64, received: UInt64, dropped: UInt64) throws(CaptureError) {
        if let failure { throw failure }
        var options: [UInt8] = []
        for (code, value) in [(4, received), (5, dropped)] { Self.appendOption(UInt16(code), Self.little(value), to: &options) }
        appendBlock(5) { writer in
            writer.appendLittle(0)
            writer.appendTime(timestamp)
            writer.appendOptions(options)
        }
        try flush()
    }

    private static let enhancedPacket: UInt32 = 6

    private mutating func start(program: String, interface: String, comments: [String]) throws(CaptureError) {
        var section: [UInt8] = []
        // opt_comment.
        for comment in comments { Self.appendOption(1, Array(comment.utf8), to: &section) }
        // shb_userappl.
        Self.appendOption(4, Array(program.utf8), to: &section)
        appendBlock(PcapngDecoder.sectionHeader) { writer in
            writer.appendLittle(0x1a2b_3c4d)
            // Version 1.0, section length unknown.
            writer.appendLittle(1)
            writer.appendLittle(.max)
            writer.appendLittle(.max)
            writer.appendOptions(section)
        }
        var description: [UInt8] = []
        // if_name, if_tsresol.
        Self.appendOption(2, Array(interface.utf8), to: &description)
        Self.appendOption(9, [9], to: &description)
        appendBlock(1) { writer in
            writer.appendLittle(UInt32(CaptureInterface.ethernet))
            writer.appendLittle(writer.snapLength)
            writer.appendOptions(description)
        }
        // A reader on a pipe sees at once that a capture has begun.
        try flush()
    }

    private mutating func appendBlock(_ type: UInt32, _ body: (inout Self) -> Void) {
        let begin = buffer.count
        appendLittle(type)
        appendLittle(0)
        body(&self)
        let total = UInt32(truncatingIfNeeded: buffer.count - begin + 4)
        buffer.replaceSubrange((begin + 4)..<(begin + 8), with: Self.little(total))
        appendLittle(total)
    }

    private mutating func appendLittle(_ value: UInt32) {
        withUnsafeBytes(of: value.littleEndian) { buffer.append(contentsOf: $0) }
    }

    private mutating func appendTime(_ nanoseconds: UInt64) {
        appendLittle(UInt32(truncatingIfNeeded: nanoseconds >> 32))
        appendLittle(UInt32(truncatingIfNeeded: nanoseconds))
    }

    /// Options and the end of them.
    private mutating func appendOptions(_ options: [UInt8]) {
        buffer += options
        appendLittle(0)
    }

    private static func appendOption(_ code: UInt16, _ value: [UInt8], to options: inout [UInt8]) {
        let kept = value.prefix(Int(UInt16.max))
        options += little(code) + little(UInt16(kept.count)) + kept
        options.append(contentsOf: repeatElement(0, count: -kept.count & 3))
    }

    private static func little(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }

    /// Writes all of `bytes`, however many calls that takes; a descriptor that does not block is waited for.
    /// - Returns: how many bytes went out, and the system's error number or 0.
    private static func send(_ bytes: [UInt8], to descriptor: Int32) -> (Int, Int32) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + sent, $0.count - sent) }
            if count >= 0 {
                sent += count
                continue
            }
            switch errno {
            case EINTR: continue
            case EAGAIN:
                var poller = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&poller, 1, -1)
            case let number: return (sent, number)
            }
        }
        return (sent, 0)
    }
}
