import Frames
import Glibc
import Lab
import Testing

/// The tutorial's program, on two cards of a booted guest.
@Suite(.serialized, .showsConsole)
struct ForwarderTests {
    @Test("What comes in on one card goes out on the other, both ways, in order; Ctrl-C ends it with the cards silent")
    func bothWays() throws {
        var ends: [Int32] = []
        defer { for descriptor in ends { close(descriptor) } }
        var options = Guest.Options(cards: 2)
        for number in 0..<2 {
            var pair: [Int32] = [-1, -1]
            try #require(socketpair(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0, &pair) == 0)
            ends += pair
            options.cards[number].network = .peer(pair[1])
        }
        try withGuest(options) { guest in
            let addresses = [Guest.address(ofCard: 0), Guest.address(ofCard: 1)]
            try guest.output(of: "modprobe ringlight && e1000-uio bind \(addresses[0]) \(addresses[1])")
            let forwarder = try guest.start("forwarder uio0 uio1")
            try forwarder.wait(for: "forwarding between")
            // QEMU's card takes nothing in its first second.
            _ = try guest.run("sleep 1.2")
            let frames = (0..<200).map { numberedFrame($0, length: 60 + $0 * 7) }
            for frame in frames { try #require(send(ends[0], frame, frame.count, 0) == frame.count) }
            let outOfSecond = try guest.wires[1].wait(for: frames.count)
            #expect(outOfSecond.map(\.bytes) == frames)
            let answers = (0..<50).map { numberedFrame(1000 + $0, length: 100) }
            for frame in answers { try #require(send(ends[2], frame, frame.count, 0) == frame.count) }
            let outOfFirst = try guest.wires[0].wait(for: frames.count + answers.count)
            #expect(outOfFirst.suffix(answers.count).map(\.bytes) == answers)

            try forwarder.signal(SIGINT)
            let result = try forwarder.wait()
            #expect(result.status == 0, "\(result.text)\(result.errors)")
            #expect(result.text.contains("250 frames forwarded"))
            for address in addresses {
                let bytes = try guest.read("/sys/bus/pci/devices/\(address)/config")
                #expect(bytes.count >= 64 && bytes[4] & 0x04 == 0, "bus master is off")
            }
        }
    }
}
