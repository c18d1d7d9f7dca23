import Frames
import Testing

@Suite struct PcapTests {
    @Test(arguments: [false, true], [false, true])
    func bothByteOrdersAndResolutions(big: Bool, nanoseconds: Bool) throws {
        var file = CaptureBytes(big: big)
        file.pcapHeader(nanoseconds: nanoseconds)
        file.pcapRecord(numberedFrame(0), seconds: 1_700_000_000, fraction: 999_999)
        file.pcapRecord(numberedFrame(1, length: 1514), seconds: .max, fraction: 1)
        let read = try frames(of: file.bytes)
        #expect(read.map(\.bytes) == [numberedFrame(0), numberedFrame(1, length: 1514)])
        #expect(read.map(\.originalLength) == [60, 1514])
        let scale: UInt64 = nanoseconds ? 1 : 1000
        #expect(read.map(\.timestamp) == [1_700_000_000_000_000_000 + 999_999 * scale, 4_294_967_295_000_000_000 + scale])
    }

    @Test func aCutFrameIsMarked() throws {
        var file = CaptureBytes()
        file.pcapHeader(snapLength: 64)
        file.pcapRecord(numberedFrame(0, length: 64), original: 1500)
        file.pcapRecord(numberedFrame(1, length: 64))
        #expect(try frames(of: file.bytes).map(\.isCut) == [true, false])
    }

    @Test func frameCheckSequencesAreTakenOff() throws {
        var file = CaptureBytes()
        // Bit 26: the length in bits 28... (2 words of 16 bits) is valid.
        file.pcapHeader(link: 1 | 1 << 26 | 2 << 28)
        file.pcapRecord(numberedFrame(0) + [1, 2, 3, 4])
        file.pcapRecord(Array(numberedFrame(1).prefix(32)), original: 64)
        let read = try frames(of: file.bytes)
        #expect(read.map(\.bytes) == [numberedFrame(0), Array(numberedFrame(1).prefix(32))])
        #expect(read.map(\.originalLength) == [60, 60])
    }

    @Test func noFramesIsNoError() throws {
        var file = CaptureBytes()
        file.pcapHeader()
        #expect(try frames(of: file.bytes).isEmpty)
    }

    @Test func aTruncatedRecordIsNamedAfterTheFramesBeforeIt() throws {
        var file = CaptureBytes()
        file.pcapHeader()
        for number in 0..<3 { file.pcapRecord(numberedFrame(number)) }
        let scratch = ScratchFile(file.bytes.dropLast(10))
        defer { scratch.close() }
        var reader = CaptureReader(descriptor: scratch.descriptor, name: "test.pcap")
        #expect(try reader.next()?.bytes == numberedFrame(0))
        #expect(try reader.next()?.bytes == numberedFrame(1))
        let error = CaptureError(
            file: "test.pcap", reason: .truncated(needed: 76, present: 66), offset: 24 + 2 * 76, record: 3)
        #expect(throws: error) { try reader.next() }
        #expect(throws: error) { try reader.next() }
        #expect(
            "\(error)"
                == "test.pcap: truncated in record 3 at byte 176: 66 of 76 bytes are there (fetch or write the whole file again)")
    }

    @Test func anAbsurdLengthIsRefused() throws {
        var file = CaptureBytes()
        file.pcapHeader()
        file.add(UInt64(0))
        file.add(UInt32.max)
        file.add(UInt32.max)
        let error = #expect(throws: CaptureError.self) { try frames(of: file.bytes) }
        #expect(error?.reason == .malformed("a frame of 4294967295 bytes (at most 262144 can be)"))
        #expect(error?.offset == 24)
    }

    @Test func otherLinkTypesAreRefused() throws {
        var file = CaptureBytes()
        file.pcapHeader(link: 101)
        let error = #expect(throws: CaptureError.self) { try frames(of: file.bytes) }
        #expect(error?.reason == .notEthernet(linkType: 101))
    }

    @Test(
        arguments: [
            ([0x34, 0xcd, 0xb2, 0xa1], "modified pcap"), ([0xa1, 0xb2, 0xcd, 0x34], "modified pcap"),
            ([0x1f, 0x8b, 8, 0], "gzip"),
            ([0x28, 0xb5, 0x2f, 0xfd], "zstd"), ([0xac, 0x01, 0x00, 0x1c], "IXIA"), (Array("snoop".utf8), "snoop"),
        ] as [([UInt8], String)])
    func relativesAreNamed(start: [UInt8], name: String) throws {
        let error = #expect(throws: CaptureError.self) { try frames(of: start + [UInt8](repeating: 0, count: 60)) }
        guard case .unsupported(let what, _)? = error?.reason else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(what.contains(name))
    }

    @Test func oldVersionsAreRefused() throws {
        var file = CaptureBytes()
        file.pcapHeader()
        file.bytes[6] = 3
        let error = #expect(throws: CaptureError.self) { try frames(of: file.bytes) }
        #expect(error.map { "\($0)" }?.contains("pcap version 2.3") == true)
    }

    @Test func whatIsNoCaptureIsSaid() throws {
        #expect(throws: CaptureError(file: "test.pcap", reason: .empty)) { try frames(of: []) }
        #expect(throws: CaptureError(file: "test.pcap", reason: .notACapture)) { try frames(of: [0xd4, 0xc3]) }
        #expect(throws: CaptureError(file: "test.pcap", reason: .notACapture)) {
            try frames(of: Array("#!/bin/sh\nexit 1\n".utf8))
        }
        let missing = #expect(throws: CaptureError.self) { _ = try CaptureReader(path: "/nonexistent/file.pcap") }
        #expect(missing.map { "\($0)" }?.hasPrefix("/nonexistent/file.pcap: cannot be opened: No such file or directory") == true)
        let folder = #expect(throws: CaptureError.self) {
            var reader = try CaptureReader(path: "/")
            _ = try reader.next()
        }
        #expect(folder.map { "\($0)" }?.contains("cannot be read: Is a directory") == true)
    }
}
