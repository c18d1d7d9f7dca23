import Frames
import Testing

@Suite struct PcapngTests {
    @Test(arguments: [false, true])
    func everyPacketBlock(big: Bool) throws {
        var file = CaptureBytes(big: big)
        file.section()
        file.interface(snapLength: 100, name: "eth0")
        file.enhanced(numberedFrame(0, length: 61), ticks: 1_700_000_000_000_001, comment: "hello")
        file.block(5) { $0.add(UInt64(0)) }
        file.block(0x4000_0bad) { $0.bytes += [UInt8](repeating: 9, count: 200_000) }
        file.obsolete(numberedFrame(1, length: 62), ticks: 5)
        file.simple(numberedFrame(2, length: 63))
        file.simple(numberedFrame(3, length: 100), original: 1000)
        let scratch = ScratchFile(file.bytes)
        defer { scratch.close() }
        var reader = CaptureReader(descriptor: scratch.descriptor, name: "test.pcapng")
        let read = try reader.rest()
        #expect(read.map(\.bytes) == [61, 62, 63, 100].enumerated().map { numberedFrame($0.offset, length: $0.element) })
        #expect(read.map(\.timestamp) == [1_700_000_000_000_001_000, 5000, 0, 0])
        #expect(read.map(\.isCut) == [false, false, false, true])
        #expect(reader.interfaces.map(\.name) == ["eth0"])
        #expect(reader.frameCount == 4)
    }

    @Test func eachInterfaceHasItsClock() throws {
        var file = CaptureBytes()
        file.section()
        file.interface(resolution: 9)
        file.interface(resolution: 0x80 | 10)
        file.interface(resolution: 0, offset: 1_000_000)
        file.interface(resolution: 12)
        file.interface(resolution: 3, offset: -1)
        for (interface, ticks) in [7, 1024 + 512, 3, 1999, 500].enumerated() {
            file.enhanced(numberedFrame(interface), interface: UInt32(interface), ticks: UInt64(ticks))
        }
        let read = try frames(of: file.bytes)
        #expect(read.map(\.timestamp) == [7, 1_500_000_000, 1_000_003_000_000_000, 1, 0])
        #expect(read.map(\.interface) == [0, 1, 2, 3, 4])
    }

    @Test func extremeClocksDoNotTrap() throws {
        for resolution in UInt8.min...UInt8.max {
            var file = CaptureBytes()
            file.section()
            file.interface(resolution: resolution, offset: resolution.isMultiple(of: 2) ? .max : .min)
            file.enhanced(numberedFrame(0), ticks: .max)
            #expect(try frames(of: file.bytes).count == 1)
        }
    }

    @Test func aNewSectionMayChangeTheByteOrderAndForgetsInterfaces() throws {
        var first = CaptureBytes()
        first.section()
        first.interface()
        first.enhanced(numberedFrame(0))
        var second = CaptureBytes(big: true)
        second.section()
        second.interface(resolution: 9)
        second.enhanced(numberedFrame(1), ticks: 77)
        let read = try frames(of: first.bytes + second.bytes)
        #expect(read.map(\.bytes) == [numberedFrame(0), numberedFrame(1)])
        #expect(read[1].timestamp == 77)

        second = CaptureBytes()
        second.section()
        second.enhanced(numberedFrame(1))
        let error = #expect(throws: CaptureError.self) { try frames(of: first.bytes + second.bytes) }
        #expect(error?.reason == .malformed("a frame of interface 0, which is not described"))
    }

    @Test func anotherLinkTypeMattersOnlyWhenItHasFrames() throws {
        var file = CaptureBytes()
        file.section()
        file.interface(link: 113)
        file.interface()
        file.enhanced(numberedFrame(0), interface: 1)
        #expect(try frames(of: file.bytes).count == 1)
        file.enhanced(numberedFrame(1), interface: 0)
        let error = #expect(throws: CaptureError.self) { try frames(of: file.bytes) }
        #expect(error?.reason == .notEthernet(linkType: 113))
        #expect(error?.record == 2)
    }

    @Test func lengthsThatCannotBeAreRefused() throws {
        func error(_ change: (inout CaptureBytes) -> Void) throws -> String {
            var file = CaptureBytes()
            file.section()
            file.interface()
            change(&file)
            let error = #expect(throws: CaptureError.self) { try frames(of: file.bytes) }
            return error.map { "\($0)" } ?? ""
        }
        // The block's own length.
        #expect(try error { $0.bytes += [6, 0, 0, 0, 13, 0, 0, 0, 0, 0, 0, 0] }.contains("a block of 13 bytes"))
        #expect(try error { $0.bytes += [6, 0, 0, 0, 20, 0, 0, 0, 0, 0, 0, 0] }.contains("a packet block of 20 bytes"))
        #expect(
            try error { $0.bytes += [1, 0, 0, 0, 0xfc, 0xff, 0xff, 0xff, 0, 0, 0, 0] }.contains(
                "an interface description of 4294967292 bytes"))
        // The frame's length against the block's.
        #expect(
            try error {
                $0.enhanced(numberedFrame(0))
                let captured = $0.bytes.count - 4 - 60 - 8
                $0.bytes[captured] = 65
            }.contains("a frame of 65 bytes in a block of 92"))
        // The length at the block's end.
        #expect(
            try error {
                $0.enhanced(numberedFrame(0))
                $0.bytes[$0.bytes.count - 4] = 96
            }.contains("a block of 92 bytes that ends with the length 96"))
        // An option that leaves its block.
        #expect(
            try error {
                $0.block(1) {
                    $0.add(UInt32(1))
                    $0.add(UInt32(0))
                    $0.add(UInt16(2))
                    $0.add(UInt16(40))
                }
            }.contains("an option of 40 bytes"))
        #expect(try error { file in for _ in 0..<4096 { file.interface() } }.contains("more than 4096 interfaces"))
    }

    @Test func aHugeUnknownBlockIsPassedOverWithoutMemory() throws {
        var file = CaptureBytes()
        file.section()
        file.add(UInt32(0x0bad))
        file.add(UInt32(0xffff_fff0))
        file.bytes += [UInt8](repeating: 0, count: 100_000)
        let error = #expect(throws: CaptureError.self) { try frames(of: file.bytes) }
        guard case .truncated? = error?.reason else {
            Issue.record("\(String(describing: error))")
            return
        }
    }
}
