import Frames
import Glibc
import TestSupport
import Testing

/// Files that a fault left: whatever they hold, the reader gives frames or an error.
@Suite struct CaptureRobustnessTests {
    static func pcap(big: Bool) -> [UInt8] {
        var file = CaptureBytes(big: big)
        file.pcapHeader()
        for number in 0..<4 { file.pcapRecord(numberedFrame(number, length: 60 + number)) }
        return file.bytes
    }

    static func pcapng(big: Bool) -> [UInt8] {
        var file = CaptureBytes(big: big)
        file.section()
        file.interface(resolution: 9, name: "eth0")
        file.enhanced(numberedFrame(0), comment: "first")
        file.block(0x0bad) { $0.add(UInt64(1)) }
        file.obsolete(numberedFrame(1, length: 61))
        file.simple(numberedFrame(2, length: 62))
        file.enhanced(numberedFrame(3, length: 63))
        return file.bytes
    }

    static let files = [pcap(big: false), pcap(big: true), pcapng(big: false), pcapng(big: true)]

    /// A file cut between two records is a shorter file; a cut anywhere else is an error after the frames before it.
    @Test(arguments: files)
    func everyTruncation(file: [UInt8]) throws {
        let whole = try frames(of: file)
        #expect(whole.count == 4)
        let boundaries = Self.boundaries(of: file)
        for length in 0..<file.count {
            let scratch = ScratchFile(Array(file.prefix(length)))
            defer { scratch.close() }
            var reader = CaptureReader(descriptor: scratch.descriptor, name: "test")
            var read: [CapturedFrame] = []
            var failure: CaptureError?
            do throws(CaptureError) {
                while let frame = try reader.next() { read.append(frame) }
            } catch {
                failure = error
            }
            #expect(read == Array(whole.prefix(read.count)))
            #expect((failure == nil) == boundaries.contains(length), "cut at \(length)")
        }
    }

    /// Where a file may end: after its header, after each record or block.
    static func boundaries(of file: [UInt8]) -> Set<Int> {
        var boundaries: Set<Int> = []
        var place = 24
        if file[0] == 0x0a {
            let big = file[8] == 0x1a
            place = 0
            while place < file.count {
                place += Int(file[place + (big ? 6 : 5)]) << 8 | Int(file[place + (big ? 7 : 4)])
                boundaries.insert(place)
            }
        } else {
            for number in 0...4 {
                boundaries.insert(place)
                place += 16 + 60 + number
            }
        }
        return boundaries
    }

    @Test(arguments: files)
    func corruptedBytes(file: [UInt8]) throws {
        var random = SplitMix(seed: 0x5eed)
        let scratch = ScratchFile(file)
        defer { scratch.close() }
        for _ in 0..<3000 {
            var bytes = file
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                bytes[place] = [0, 0xff, 0x80, 0x7f, UInt8.random(in: .min ... .max, using: &random)].randomElement(
                    using: &random)!
            }
            scratch.write(bytes, at: 0)
            var reader = CaptureReader(descriptor: scratch.descriptor, name: "test")
            var total = 0
            while let frame = try? reader.next() {
                total += frame.bytes.count
                _ = FrameSummary.line(frame.bytes, originalLength: frame.originalLength)
                #expect(frame.bytes.count <= frame.originalLength)
            }
            #expect(total <= file.count)
        }
    }

    @Test func corruptFramesHaveASummary() {
        var random = SplitMix(seed: 1)
        let headers: [[UInt8]] = [[0x08, 0x00, 0x45], [0x08, 0x06], [0x81, 0x00, 0, 5, 0x08, 0x00], [0x86, 0xdd], []]
        for _ in 0..<20_000 {
            var frame = [UInt8](repeating: 1, count: 12) + headers.randomElement(using: &random)!
            frame += (0..<Int.random(in: 0...60, using: &random)).map { _ in UInt8.random(in: .min ... .max, using: &random) }
            if Bool.random(using: &random), frame.count > 23 { frame[23] = [1, 6, 17].randomElement(using: &random)! }
            frame.removeLast(Int.random(in: 0...min(20, frame.count), using: &random))
            #expect(!FrameSummary.line(frame).isEmpty)
            _ = ARPPacket(frame: frame)
        }
    }
}
