import Frames
import Glibc
import TestSupport
import Testing

@Suite struct CaptureFollowingTests {
    @Test(arguments: CaptureRobustnessTests.files)
    func aFileThatGrowsByteByByte(file: [UInt8]) throws {
        let whole = try frames(of: file)
        let scratch = ScratchFile()
        defer { scratch.close() }
        var reader = CaptureReader(descriptor: scratch.descriptor, name: "wire", following: true)
        var read: [CapturedFrame] = []
        #expect(try reader.next() == nil)
        for (place, byte) in file.enumerated() {
            scratch.write([byte], at: place)
            read += try reader.rest()
        }
        #expect(read == whole)
    }

    @Test func theWriterMayShareTheDescriptor() throws {
        var file = CaptureBytes()
        file.pcapHeader()
        file.pcapRecord(numberedFrame(0))
        let scratch = ScratchFile()
        defer { scratch.close() }
        // Moves the place of the descriptor.
        #expect(write(scratch.descriptor, file.bytes, file.bytes.count) == file.bytes.count)
        var reader = CaptureReader(descriptor: scratch.descriptor, name: "wire", following: true)
        #expect(try reader.rest().count == 1)
        #expect(lseek(scratch.descriptor, 0, SEEK_CUR) == off_t(file.bytes.count))
    }

    @Test func whenFollowingEndsAPartialRecordIsAnError() throws {
        let file = CaptureRobustnessTests.files[0]
        let scratch = ScratchFile(file.dropLast(1))
        defer { scratch.close() }
        var reader = CaptureReader(descriptor: scratch.descriptor, name: "wire", following: true)
        #expect(try reader.rest().count == 3)
        #expect(try reader.next() == nil)
        reader.isFollowing = false
        #expect(throws: CaptureError.self) { try reader.next() }
    }

    @Test func damageIsAnErrorAlsoWhenFollowing() throws {
        let scratch = ScratchFile(Array("not a capture".utf8))
        defer { scratch.close() }
        var reader = CaptureReader(descriptor: scratch.descriptor, name: "wire", following: true)
        #expect(throws: CaptureError(file: "wire", reason: .notACapture)) { try reader.next() }
    }

    @Test func aPipeIsReadToItsEnd() throws {
        for file in CaptureRobustnessTests.files {
            var ends: [Int32] = [-1, -1]
            #expect(pipe(&ends) == 0)
            #expect(write(ends[1], file, file.count) == file.count)
            close(ends[1])
            defer { close(ends[0]) }
            var reader = CaptureReader(descriptor: ends[0], name: "pipe")
            #expect(try reader.rest() == frames(of: file))
        }
    }

    @Test func anInterruptionEndsTheWaitForAPipe() throws {
        let file = CaptureRobustnessTests.files[0]
        var (ends, stop): ([Int32], [Int32]) = ([-1, -1], [-1, -1])
        #expect(pipe(&ends) == 0 && pipe(&stop) == 0)
        defer { for descriptor in ends + stop { close(descriptor) } }
        #expect(write(ends[1], file, file.count - 1) == file.count - 1)
        var reader = CaptureReader(descriptor: ends[0], name: "pipe", interruption: stop[0])
        for _ in 0..<3 { #expect(try reader.next() != nil) }
        close(stop[1])
        stop[1] = -1
        #expect(try reader.next() == nil)
    }
}
