import Frames
import Glibc
import Lab
import TestSupport
import Testing

@Suite(.serialized, .showsConsole)
struct FullDiskTests {
    @Test("a disk that fills up: capture says so, and the file has every frame that was counted")
    func fullDisk() throws {
        try withCard(withPeer: true) { bench in
            try bench.guest.output(of: "mkdir /tmp/small && mount -t tmpfs -o size=64k small /tmp/small")
            let capture = try bench.guest.start("exec e1000-uio capture -w /tmp/small/x.pcapng --json")
            try capture.wait(for: "ready")
            // More than 64 KiB; the tool ends somewhere in between.
            for number in 0..<200 {
                let frame = numberedFrame(number, length: 1000)
                // Nobody takes any once the tool has ended: a send that waits would wait for ever.
                guard Glibc.send(bench.peer, frame, frame.count, Int32(MSG_DONTWAIT)) == frame.count else { break }
                usleep(5000)
            }
            let result = try capture.wait(within: .seconds(20))
            #expect(result.status == 1)
            #expect(result.errors.contains("/tmp/small/x.pcapng: cannot be written: No space left on device"), "\(result.errors)")
            let bytes = try bench.guest.read("/tmp/small/x.pcapng")
            let file = scratchDescriptor()
            defer { close(file) }
            #expect(write(file, bytes, bytes.count) == bytes.count)
            lseek(file, 0, SEEK_SET)
            var reader = CaptureReader(descriptor: file, name: "x.pcapng")
            let frames = try reader.rest().map(\.bytes)
            #expect(frames.count > 50 && frames.count < 66)
            #expect(frames == frames.indices.map { numberedFrame($0, length: 1000) })
            #expect(result.text.contains("\"captured\" : \(frames.count),"), "\(result.text)")
        }
    }
}
