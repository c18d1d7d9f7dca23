import Frames
import Glibc
import Lab
import TestSupport
import Testing

/// The card through /dev/uio0 of a booted kernel, with QEMU's capture as the witness.
@Suite(.serialized, .showsConsole)
struct UIOTests {
    @Test("What is sent in the guest is on the wire, in order, byte for byte")
    func send() throws {
        try withCard { bench in
            let result = try bench.guest.run(
                "e1000-uio send --text 'guest %03d' --to 02:00:00:00:00:07 --ethertype 0x88b6 --count 2000 --json", within: .seconds(30))
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.text.contains("\"frames\" : 2000"), "\(result.text)")
            let frames = try bench.guest.wires[0].frames().map(\.bytes)
            let header: [UInt8] = [2, 0, 0, 0, 0, 7] + [0x52, 0x54, 0, 0x12, 0x34, 0x56] + [0x88, 0xb6]
            let expected = (0..<2000).map { number in
                header + Array("guest \(String(repeating: "0", count: max(0, 3 - String(number).count)))\(number)".utf8)
            }
            #expect(frames == expected)
            #expect(try !bench.isBusMaster)
        }
    }

    @Test("What comes over the cable is received byte for byte, into a capture that can be read again")
    func receive() throws {
        try withCard(withPeer: true) { bench in
            let count = 1000
            let receiver = try bench.guest.start("exec e1000-uio recv -c \(count) -w /tmp/received.pcapng --duration 30")
            try receiver.wait(for: "ready")
            // It sleeps until an interrupt: a slow guest would find frame after frame without one.
            try bench.guest.wait(until: "grep -q '^State:.S' /proc/$(pidof e1000-uio)/status")
            for number in 0..<count {
                let frame = numberedFrame(number, length: 60 + (number * 7919) % 1455)
                try #require(Glibc.send(bench.peer, frame, frame.count, 0) == frame.count)
            }
            let result = try receiver.wait(within: .seconds(40))
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.errors.contains("\(count) frames, "), "\(result.errors)")
            #expect(try bench.interrupts() > 0)
            #expect(result.errors.contains(" 0 dropped by the card"), "\(result.errors)")
            let file = scratchDescriptor()
            defer { close(file) }
            let bytes = try bench.guest.read("/tmp/received.pcapng")
            #expect(write(file, bytes, bytes.count) == bytes.count)
            lseek(file, 0, SEEK_SET)
            var reader = CaptureReader(descriptor: file, name: "received")
            let received = try reader.rest().map(\.bytes)
            #expect(received == (0..<count).map { numberedFrame($0, length: 60 + ($0 * 7919) % 1455) })
        }
    }

    @Test("An address is announced, and a request for it answered")
    func arp() throws {
        try withCard(withPeer: true) { bench in
            let own = try #require(IPv4Address("192.0.2.7"))
            let asking = try #require(IPv4Address("192.0.2.1"))
            let asker = MACAddress(rawValue: 0x0200_0000_0001)
            let receiver = try bench.guest.start("e1000-uio recv --arp-announce \(own) --duration 20 -c 1")
            try receiver.wait(for: "ready")
            let request = ARPPacket.request(for: own, from: asker, ip: asking).frame
            #expect(Glibc.send(bench.peer, request, request.count, 0) == request.count)
            #expect(try receiver.wait(within: .seconds(30)).status == 0)
            let packets = try bench.guest.wires[0].wait(for: 3).compactMap { ARPPacket(frame: $0.bytes) }
            let card = MACAddress(rawValue: 0x5254_0012_3456)
            #expect(packets.first == .announcement(of: own, at: card))
            #expect(packets.last == ARPPacket(operation: .reply, senderMAC: card, senderIP: own, targetMAC: asker, targetIP: asking))
        }
    }

    @Test("info, the choice of the card, and a second user")
    func chooseAndShare() throws {
        try withCard { bench in
            let guest = bench.guest
            for choice in ["", "--device 00:03.0", "--device 0000:00:03.0", "--device uio0", "--device /dev/uio0"] {
                let result = try guest.run("e1000-uio info \(choice) --json")
                #expect(result.status == 0, "\(choice): \(result.errors)")
                #expect(result.text.contains("\"macAddress\" : \"52:54:00:12:34:56\""), "\(result.text)")
                #expect(result.text.contains("\"wayIn\" : \"uio\"") && result.text.contains("\"model\" : \"82540EM\""), "\(result.text)")
            }
            #expect(try guest.run("RINGLIGHT_DEVICE=uio0 e1000-uio info").status == 0)
            #expect(try guest.run("RINGLIGHT_DEVICE=uio9 e1000-uio info").errors.contains("uio9: no such UIO device"))

            let holder = try guest.start("guest-probe /dev/uio0 open pause")
            try holder.wait(for: "pause")
            let second = try guest.run("e1000-uio info")
            #expect(second.status == 1)
            #expect(second.errors.contains("/dev/uio0: another process has the card open"), "\(second.errors)")
            try holder.signal(SIGKILL)
            _ = try holder.wait()
            #expect(try guest.run("e1000-uio info").status == 0)

            // Without an IOMMU, opening the node is as good as being root, whatever its mode.
            try guest.output(of: "chmod 666 /dev/uio0")
            let result = try guest.run("setuidgid nobody e1000-uio info || su -s /bin/sh nobody -c 'e1000-uio info'")
            #expect(result.status != 0)
            #expect(result.errors.contains("/dev/uio0: permission denied"), "\(result.errors)")

            try guest.output(of: "e1000-uio unbind \(bench.address)")
            let unbound = try guest.run("e1000-uio info")
            #expect(unbound.status == 1)
            #expect(unbound.errors.contains("no card is bound to ringlight or vfio-pci; there are: 0000:00:03.0"), "\(unbound.errors)")
            #expect(try guest.run("e1000-uio info --device 00:03.0").errors.contains("run 'sudo e1000-uio bind 0000:00:03.0'"))
        }
    }

    @Test("kill -9 in mid-traffic: bus master off, the card silent, and a clean start afterwards")
    func kill9() throws {
        try withCard { bench in
            let sender = try bench.guest.start("e1000-uio send --hex 'ffffffffffff525400123456 88b5 00' --count 0")
            try bench.guest.wires[0].wait(for: 1000)
            #expect(try bench.isBusMaster)
            try sender.signal(SIGKILL)
            #expect(try sender.wait().status == 128 + SIGKILL)
            #expect(try !bench.isBusMaster)
            // INTx disabled.
            #expect(try bench.command() & 0x0400 != 0)
            let silent = try bench.guest.wires[0].frames().count
            _ = try bench.guest.run("sleep 1")
            #expect(try bench.guest.wires[0].frames().count == silent)

            // A new opener finds zeroed memory and a card that neither sends, receives nor interrupts: RCTL, TCTL, IMS.
            let found = try bench.probe("open map:1:8388608 zero:8388608 map:0:131072 load:0x100 load:0x400 load:0xd0")
            #expect(found.answers == ["open", "mapped", "zero", "mapped", "0x0", "0x0", "0x0"])
            let again = try bench.guest.run("e1000-uio send --hex 'ffffffffffff525400123456 88b5 01' --count 500")
            #expect(again.status == 0, "\(again.errors)")
            let frames = try bench.guest.wires[0].frames()
            #expect(frames.count == silent + 500)
            #expect(frames.suffix(500).allSatisfy { $0.bytes.last == 1 })
        }
    }

    @Test("An interrupt that nobody acknowledges is one interrupt, not thousands")
    func storm() throws {
        try withCard { bench in
            let before = try bench.interrupts()
            // IMS lets LSC through, ICS raises it, nobody reads ICR.
            let result = try bench.probe("open map:0:131072 enable:1 store:0xd0:4 store:0xc8:4 poll:1000 count poll:700 load:0xd0")
            #expect(result.status == 0)
            #expect(result.answers[5] == "POLLIN")
            #expect(result.answers[7] == "nothing", "a second interrupt came: \(result.answers)")
            #expect(try bench.interrupts() - before == 1)

            // Let through again without an acknowledgement: one more each time, no more.
            _ = try bench.probe(
                "open map:0:131072 enable:1 store:0xd0:4 store:0xc8:4 poll:1000 count enable:1 poll:1000 count enable:1 poll:1000 count")
            #expect(try bench.interrupts() - before == 4)
        }
    }

    @Test("The card is pulled while a tool sends: it ends at once and says so; the next load is SIGBUS, the next read EIO")
    func hotUnplug() throws {
        try withCard { bench in
            let sender = try bench.guest.start("e1000-uio send --hex 'ffffffffffff525400123456 88b5 00' --count 0")
            try bench.guest.wires[0].wait(for: 1000)
            try bench.guest.monitor.removeDevice("card0")
            let result = try sender.wait(within: .seconds(5))
            #expect(result.status == 1, "\(result.errors)")
            #expect(result.errors.contains("the card is gone"), "\(result.errors)")
            #expect(try bench.guest.run("ls /dev/uio0").status != 0)
            #expect(try bench.guest.output(of: "e1000-uio list --json") == "[]")
        }
        try withCard { bench in
            let holder = try bench.guest.start("guest-probe /dev/uio0 open map:0:131072 load:8 count; echo status $?")
            // `count` blocks in read(2) until the card goes.
            try holder.wait(for: "load:8")
            try bench.guest.monitor.removeDevice("card0")
            let result = try holder.wait(within: .seconds(5))
            #expect(result.text.contains("count EIO"), "\(result.text)")
        }
        try withCard { bench in
            // Still mapped after the card has gone: a load is SIGBUS, not freed memory.
            let holder = try bench.guest.start("guest-probe /dev/uio0 open map:1:8388608 store:0:7 map:0:131072 count load:8; echo status $?")
            try holder.wait(for: "map:0:131072")
            try bench.guest.output(of: "e1000-uio unbind --force \(bench.address)")
            let result = try holder.wait(within: .seconds(5))
            #expect(result.text.contains("count EIO"), "\(result.text)")
            #expect(result.text.contains("status \(128 + SIGBUS)"), "\(result.text)")
            #expect(try !bench.isBusMaster)
        }
    }

    @Test("dma_size, and the DMA memory's place in sysfs")
    func dmaSize() throws {
        try withCard(moduleArguments: "dma_size=1048576") { bench in
            let folder = "/sys/bus/pci/devices/\(bench.address)/ringlight"
            #expect(try bench.guest.output(of: "cat \(folder)/dma_size") == "1048576")
            #expect(try bench.guest.output(of: "cat \(folder)/dma_address").hasPrefix("0x"))
            #expect(try bench.probe("open map:1:1048576 zero:1048576").answers == ["open", "mapped", "zero"])
            // One page more than there is.
            #expect(try bench.probe("open map:1:1052672").answers == ["open", "EINVAL"])
            #expect(try bench.probe("open map:2:4096").answers == ["open", "EINVAL"])
            #expect(try bench.guest.run("e1000-uio send --text x --raw --ring-size 64").status == 0)
            let large = try bench.guest.run("e1000-uio info --ring-size 4096")
            #expect(large.status == 1)
            #expect(large.errors.contains("do not fit") && large.errors.contains("dma_size"), "\(large.errors)")
        }
    }
}
