import Frames
import Glibc
import TestSupport
import Testing

@Suite struct CaptureWriterTests {
    @Test func whatIsWrittenIsRead() throws {
        let sent = (0..<200).map {
            CapturedFrame(timestamp: 1_700_000_000_123_456_789 + UInt64($0), bytes: numberedFrame($0, length: 14 + $0 * 7))
        }
        let scratch = ScratchFile()
        defer { scratch.close() }
        var writer = try CaptureWriter(
            descriptor: scratch.descriptor, name: "test", program: "test 1", interface: "0000:00:03.0", snapLength: 2000)
        for frame in sent { try writer.write(frame) }
        try writer.write(numberedFrame(200), timestamp: 1, originalLength: 1000)
        #expect(writer.frameCount == 201)
        try writer.finish(timestamp: 2, received: 300, dropped: 99)
        var reader = CaptureReader(descriptor: scratch.descriptor, name: "test", following: true)
        let read = try reader.rest()
        #expect(Array(read.dropLast()) == sent)
        #expect(read.last?.isCut == true && read.last?.originalLength == 1000)
        #expect(reader.interfaces.map(\.name) == ["0000:00:03.0"])
        #expect(reader.interfaces.map(\.snapLength) == [2000])
    }

    /// Byte for byte, against the draft: the reader must not be the only witness.
    @Test func theBytesAreThoseOfTheDraft() throws {
        let scratch = ScratchFile()
        defer { scratch.close() }
        var writer = try CaptureWriter(descriptor: scratch.descriptor, name: "test", program: "abc", interface: "x")
        try writer.write([0xaa, 0xbb, 0xcc], timestamp: 0x1_0000_0002)
        try writer.finish(timestamp: 0x3_0000_0004, received: 5, dropped: 6)
        let words: [UInt32] = [
            0x0a0d_0d0a, 40, 0x1a2b_3c4d, 0x0000_0001, 0xffff_ffff, 0xffff_ffff, 0x0003_0004, 0x0063_6261, 0, 40,
            1, 40, 1, 0, 0x0001_0002, 0x0000_0078, 0x0001_0009, 0x0000_0009, 0, 40,
            6, 36, 0, 1, 2, 3, 3, 0x00cc_bbaa, 36,
            5, 52, 0, 3, 4, 0x0008_0004, 5, 0, 0x0008_0005, 6, 0, 0, 52,
        ]
        #expect(scratch.bytes == words.flatMap { word in withUnsafeBytes(of: word.littleEndian) { Array($0) } })
    }

    @Test func framesAreSeenAtOnceWhenAskedFor() throws {
        let scratch = ScratchFile()
        defer { scratch.close() }
        var writer = try CaptureWriter(descriptor: scratch.descriptor, name: "test", program: "t", interface: "x")
        var reader = CaptureReader(descriptor: scratch.descriptor, name: "test", following: true)
        try writer.write(numberedFrame(0), timestamp: 0)
        #expect(try reader.rest().isEmpty)
        try writer.flush()
        #expect(try reader.rest().count == 1)
        writer.flushesEachFrame = true
        try writer.write(numberedFrame(1), timestamp: 0)
        #expect(try reader.rest().count == 1)
    }

    @Test func aFullDiskIsReported() throws {
        let descriptor = open("/dev/full", O_WRONLY)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        let error = #expect(throws: CaptureError.self) {
            _ = try CaptureWriter(descriptor: descriptor, name: "out.pcapng", program: "t", interface: "x")
        }
        #expect(error?.reason == .cannotWrite(ENOSPC))
        #expect(
            error.map { "\($0)" } == "out.pcapng: cannot be written: No space left on device (the 0 frames before that are whole, in 0 bytes)")
    }

    /// A file that may not grow past two pages stands in for a disk that fills up: the write is cut in mid-record.
    @Test func aDiskThatFillsUpLeavesWholeRecords() throws {
        let descriptor = try sealedFile(size: 8192)
        defer { close(descriptor) }
        var writer = try CaptureWriter(descriptor: descriptor, name: "out.pcapng", program: "t", interface: "x")
        for number in 0..<30 { try writer.write(numberedFrame(number, length: 500), timestamp: 1) }
        let error = #expect(throws: CaptureError.self) { try writer.flush() }
        let saved = writer.savedFrameCount
        #expect(saved > 0 && saved < 30)
        #expect(error?.record == saved)
        #expect(throws: CaptureError.self) { try writer.write(numberedFrame(0), timestamp: 1) }
        var reader = CaptureReader(descriptor: descriptor, name: "out.pcapng", following: true)
        reader.isFollowing = false
        #expect(try reader.rest().map(\.bytes) == (0..<Int(saved)).map { numberedFrame($0, length: 500) })
    }

    private func sealedFile(size: off_t) throws -> Int32 {
        let descriptor = scratchDescriptor()
        try #require(ftruncate(descriptor, size) == 0)
        // F_ADD_SEALS, F_SEAL_GROW of linux/fcntl.h; Glibc's module has them as macros that Swift does not see.
        try #require(fcntl(descriptor, 1033, 0x0004) == 0)
        return descriptor
    }

    @Test func aSnapLengthCutsFramesAndCommentsAreKept() throws {
        let scratch = ScratchFile()
        defer { scratch.close() }
        var writer = try CaptureWriter(
            descriptor: scratch.descriptor, name: "test", program: "t", interface: "x", snapLength: 20, comments: ["one", "second"])
        try writer.write(numberedFrame(1, length: 60), timestamp: 1)
        try writer.write(numberedFrame(2, length: 18), timestamp: 2)
        try writer.finish(timestamp: 3, received: 2, dropped: 0)
        // opt_comment is option 1: its length and text, padded to 32 bits.
        for option in [[1, 0, 3, 0] + Array("one".utf8) + [0], [1, 0, 6, 0] + Array("second".utf8) + [0, 0]] as [[UInt8]] {
            #expect(scratch.bytes.prefix(64).indices.contains { scratch.bytes[$0...].starts(with: option) })
        }
        var reader = CaptureReader(descriptor: scratch.descriptor, name: "test", following: true)
        let frames = try reader.rest()
        #expect(frames.map(\.bytes) == [Array(numberedFrame(1, length: 60).prefix(20)), numberedFrame(2, length: 18)])
        #expect(frames.map(\.originalLength) == [60, 18])
    }

    @Test func aReaderThatGoesIsNoticedWithoutAFrame() throws {
        signal(SIGPIPE, SIG_IGN)
        var ends: [Int32] = [-1, -1]
        #expect(pipe(&ends) == 0)
        defer { close(ends[1]) }
        var writer = try CaptureWriter(descriptor: ends[1], name: "standard output", program: "t", interface: "x")
        try writer.flush()
        close(ends[0])
        let error = #expect(throws: CaptureError.self) { try writer.flush() }
        #expect(error?.reason == .cannotWrite(EPIPE))
    }

    @Test func aReaderThatHasGoneIsReported() throws {
        signal(SIGPIPE, SIG_IGN)
        var ends: [Int32] = [-1, -1]
        #expect(pipe(&ends) == 0)
        defer { close(ends[1]) }
        var writer = try CaptureWriter(
            descriptor: ends[1], name: "standard output", program: "t", interface: "x", flushesEachFrame: true)
        close(ends[0])
        let error = #expect(throws: CaptureError.self) { try writer.write(numberedFrame(0), timestamp: 0) }
        #expect(error?.reason == .cannotWrite(EPIPE))
        #expect(throws: CaptureError.self) { try writer.finish(timestamp: 0, received: 0, dropped: 0) }
    }

    @Test func aFolderThatIsMissingIsReported() throws {
        let error = #expect(throws: CaptureError.self) {
            _ = try CaptureWriter(path: "/nonexistent/out.pcapng", program: "t", interface: "x")
        }
        #expect(error?.reason == .cannotOpen(ENOENT))
    }
}
