import Glibc
import NIOCore
import TestSupport
import Testing

extension Channels {
    @Suite("Data")
    struct DataTests {
        /// Bytes that are the same each time, and nowhere the same.
        static func data(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
            var random = SplitMix(seed: seed)
            var bytes: [UInt8] = []
            bytes.reserveCapacity(count + 8)
            while bytes.count < count { withUnsafeBytes(of: random.next()) { bytes += $0 } }
            return Array(bytes.prefix(count))
        }

        @Test("Ten megabytes each way at once, every byte right", arguments: Side.here, Role.allCases)
        func large(side: Side, role: Role) throws {
            try withWorld(side) { world in
                let pair = try world.pair(role)
                let (there, back) = (Self.data(10_000_000, seed: 1), Self.data(10_000_000, seed: 2))
                let first = pair.tested.writeAndFlush(ByteBuffer(bytes: there))
                let second = pair.peer.writeAndFlush(ByteBuffer(bytes: back))
                try first.result()
                try second.result()
                try pair.peerRecorder.wait(forBytes: there.count)
                try pair.recorder.wait(forBytes: back.count)
                #expect(difference(pair.peerRecorder.received, there) == nil)
                #expect(difference(pair.recorder.received, back) == nil)
                pair.closeBoth()
            }
        }

        @Test("IPv6 carries as much", arguments: Side.here)
        func large6(side: Side) throws {
            try withWorld(side, isIPv6: true) { world in
                let pair = try world.pair()
                let data = Self.data(1_000_000)
                try pair.tested.writeAndFlush(ByteBuffer(bytes: data)).result()
                try pair.peer.writeAndFlush(ByteBuffer(bytes: data)).result()
                try pair.peerRecorder.wait(forBytes: data.count)
                try pair.recorder.wait(forBytes: data.count)
                #expect(difference(pair.peerRecorder.received, data) == nil)
                #expect(difference(pair.recorder.received, data) == nil)
                pair.closeBoth()
            }
        }

        @Test("A flood of small writes: their bytes and their promises in order", arguments: Side.here)
        func flood(side: Side) throws {
            try withWorld(side) { world in
                let events = Events()
                let pair = try world.pair()
                let data = Self.data(200_000)
                let count = try world.loop.submit {
                    var (offset, number) = (0, 0)
                    while offset < data.count {
                        // None, one, or a few bytes.
                        let end = min(data.count, offset + number % 20)
                        let line = "\(number)"
                        pair.tested.write(ByteBuffer(bytes: data[offset..<end])).whenSuccess { events.add(line) }
                        if number % 7 == 0 { pair.tested.flush() }
                        (offset, number) = (end, number + 1)
                    }
                    pair.tested.flush()
                    return number
                }.result()
                try events.wait { $0.count == count }
                #expect(events.all == (0..<count).map { "\($0)" })
                try pair.peerRecorder.wait(forBytes: data.count)
                #expect(difference(pair.peerRecorder.received, data) == nil)
                pair.closeBoth()
            }
        }

        @Test("A flood of small segments from the peer", arguments: Side.here)
        func floodIn(side: Side) throws {
            try withWorld(side) { world in
                let pair = try world.pair()
                let data = Self.data(20_000)
                for offset in stride(from: 0, to: data.count, by: 10) {
                    pair.peer.writeAndFlush(ByteBuffer(bytes: data[offset..<offset + 10]), promise: nil)
                }
                try pair.recorder.wait(forBytes: data.count)
                #expect(difference(pair.recorder.received, data) == nil)
                pair.closeBoth()
            }
        }

        @Test("A flood of small segments that waits to be read", arguments: Side.here)
        func floodWaiting(side: Side) throws {
            try withWorld(side) { world in
                let pair = try world.pair(tested: { $0.setOption(.autoRead, value: false) })
                let data = Self.data(20_000)
                for offset in stride(from: 0, to: data.count, by: 10) {
                    try pair.peer.writeAndFlush(ByteBuffer(bytes: data[offset..<offset + 10])).result()
                    // Read in the middle of what was put together, too.
                    if offset % 3000 == 0 { pair.tested.read() }
                }
                try pair.tested.setOption(.autoRead, value: true).result()
                try pair.recorder.wait(forBytes: data.count)
                #expect(difference(pair.recorder.received, data) == nil)
                pair.closeBoth()
            }
        }

        @Test("Too much waiting makes it unwritable, until it has gone", arguments: Side.here)
        func writability(side: Side) throws {
            try withWorld(side) { world in
                let pair = try world.pair(peer: { $0.setOption(.autoRead, value: false) })
                let mark = ChannelOptions.Types.WriteBufferWaterMark(low: 1000, high: 2000)
                try pair.tested.setOption(.writeBufferWaterMark, value: mark).result()
                #expect(try pair.tested.getOption(.writeBufferWaterMark).map { $0.low }.result() == 1000)
                try world.loop.submit {
                    pair.tested.write(ByteBuffer(repeating: 1, count: 2000), promise: nil)
                    #expect(pair.tested.isWritable)
                    pair.tested.write(ByteBuffer(repeating: 1, count: 1), promise: nil)
                    #expect(!pair.tested.isWritable)
                    #expect(try! pair.tested.syncOptions!.getOption(.bufferedWritableBytes) == 2001)
                    pair.tested.flush()
                }.result()
                try pair.recorder.events.wait(for: "writable true")
                // As much as nobody takes who does not read.
                let more = pair.tested.writeAndFlush(ByteBuffer(repeating: 1, count: 20_000_000))
                try pair.recorder.events.wait { $0.filter { $0 == "writable false" }.count == 2 }
                #expect(try pair.tested.getOption(.bufferedWritableBytes).result() > 2000)
                try pair.peer.setOption(.autoRead, value: true).result()
                try more.result()
                try pair.recorder.events.wait { $0.filter { $0 == "writable true" }.count == 2 }
                try pair.peerRecorder.wait(forBytes: 20_002_001)
                #expect(try pair.tested.getOption(.bufferedWritableBytes).result() == 0)
                pair.closeBoth()
            }
        }

        @Test("Who does not read stops the peer; who reads once gets something", arguments: Side.here, Role.allCases)
        func pressure(side: Side, role: Role) throws {
            try withWorld(side) { world in
                let pair = try world.pair(role, tested: { $0.setOption(.autoRead, value: false) })
                let data = Self.data(30_000_000)
                let sent = pair.peer.writeAndFlush(ByteBuffer(bytes: data))
                try pair.peerRecorder.events.wait(for: "writable false")
                #expect(pair.recorder.received.isEmpty)
                pair.tested.read()
                try pair.recorder.wait(forBytes: 1)
                // All that one read gives, and nothing after it.
                let first = try world.loop.submit { pair.recorder.received.count }.result()
                #expect(try world.loop.submit { pair.recorder.received.count }.result() == first)
                #expect(first < 1_000_000)
                // Time passes, as others' messages go back and forth: no more is taken than Linux's buffers hold.
                let other = try world.pair(role, tested: { $0.pipeline.addHandler(Echo()) })
                for number in 1...300 {
                    try other.peer.writeAndFlush(bytes("x")).result()
                    try other.peerRecorder.wait(forBytes: number)
                }
                #expect(try pair.peer.getOption(.bufferedWritableBytes).result() > 15_000_000)
                #expect(try world.loop.submit { pair.recorder.received.count }.result() == first)
                try pair.tested.setOption(.autoRead, value: true).result()
                try sent.result()
                try pair.recorder.wait(forBytes: data.count)
                #expect(difference(pair.recorder.received, data) == nil)
                other.closeBoth()
                pair.closeBoth()
            }
        }

        @Test("At most so many buffers, of at most that size, between two ends of a read", arguments: Side.here)
        func messagesPerRead(side: Side) throws {
            try withWorld(side) { world in
                let pair = try world.pair(
                    tested: { channel in
                        channel.setOption(.autoRead, value: false)
                            .flatMap { channel.setOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 128)) }
                            .flatMap { channel.setOption(.maxMessagesPerRead, value: 2) }
                    }, keepsReads: true)
                try pair.peer.writeAndFlush(ByteBuffer(repeating: 1, count: 100_000)).result()
                // Now so much has come that every read is full.
                pair.tested.read()
                try pair.recorder.events.wait(for: "complete")
                try pair.tested.setOption(.autoRead, value: true).result()
                try pair.recorder.wait(forBytes: 100_000)
                var run = 0
                var last = 0
                for event in pair.recorder.events.all.drop(while: { !$0.hasPrefix("read ") }) {
                    if event.hasPrefix("read "), let total = Int(event.dropFirst(5)) {
                        run += 1
                        #expect(run <= 2 && total - last <= 128)
                        last = total
                    } else {
                        run = 0
                    }
                }
                pair.closeBoth()
            }
        }

        @Test("A file's region", arguments: Side.here)
        func file(side: Side) throws {
            try withWorld(side) { world in
                let pair = try world.pair()
                let data = Self.data(300_000)
                var name = Array("/tmp/rl-nio-XXXXXX".utf8CString)
                let descriptor = mkstemp(&name)
                unlink(&name)
                try #require(write(descriptor, data, data.count) == data.count)
                let handle = NIOFileHandle(_deprecatedTakingOwnershipOfDescriptor: descriptor)
                defer { try? handle.close() }
                let region = FileRegion(fileHandle: handle, readerIndex: 100, endIndex: 250_000)
                pair.tested.write(bytes("<"), promise: nil)
                pair.tested.write(IOData.fileRegion(region), promise: nil)
                try pair.tested.writeAndFlush(bytes(">")).result()
                try pair.peerRecorder.wait(forBytes: 249_902)
                let expected = [UInt8(ascii: "<")] + data[100..<250_000] + [UInt8(ascii: ">")]
                #expect(difference(pair.peerRecorder.received, expected) == nil)
                pair.closeBoth()
            }
        }
    }
}
