import Frames
import Glibc
import Lab
import TestSupport
import Testing

/// Cards through vfio-pci, and through ringlight.ko, behind the IOMMU of an emulated Q35 machine.
@Suite(.serialized, .showsConsole)
struct VFIOTests {
    private static let card = Guest.address(ofCard: 0)
    private static let header: [UInt8] = [2, 0, 0, 0, 0, 7] + [0x52, 0x54, 0, 0x12, 0x34, 0x56] + [0x88, 0xb6]

    /// A machine with an IOMMU, which Linux uses or not.
    private func machine(cards: Int = 1, isUsed: Bool = true) -> Guest.Options {
        var options = Guest.Options(cards: cards)
        options.addIOMMU(isUsed: isUsed)
        return options
    }

    private func group(_ guest: Guest, of card: String = card) throws -> String {
        try guest.output(of: "basename $(readlink /sys/bus/pci/devices/\(card)/iommu_group)")
    }

    /// A tool that must fail, and its words.
    private func refusal(_ guest: Guest, _ command: String) throws -> String {
        let result = try guest.run(command)
        #expect(result.status == 1, "\(command): \(result.text)")
        return result.errors
    }

    /// A command of a user without any capability.
    private func asNobody(_ command: String) -> String { "su nobody -s /bin/sh -c '\(command)'" }

    @Test("Frames both ways, byte for byte; one user at a time; kill -9; and e1000.ko has the card back")
    func traffic() throws {
        var pair: [Int32] = [-1, -1]
        try #require(socketpair(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0, &pair) == 0)
        defer { for descriptor in pair { close(descriptor) } }
        var options = machine()
        options.cards[0].network = .peer(pair[1])
        options.modules = ["e1000", "vfio-pci"]
        try withGuest(options) { guest in
            let bench = CardBench(guest: guest, peer: pair[0])
            let node = "/dev/vfio/\(try group(guest))"
            #expect(
                try guest.output(of: "e1000-uio bind --driver vfio-pci 00:03.0")
                    == "\(Self.card): bound to vfio-pci (had e1000), \(node)")
            #expect(
                try guest.output(of: "e1000-uio list")
                    == "\(Self.card)  82540EM  vfio-pci  vfio/\(try group(guest))  free  override")
            let missing = try refusal(guest, "e1000-uio info")
            #expect(missing.contains("load it: 'modprobe vfio_iommu_type1'"), "\(missing)")
            try guest.output(of: "modprobe vfio_iommu_type1")

            for choice in ["", "--device 00:03.0", "--device vfio:00:03.0", "--device vfio:\(Self.card)"] {
                let result = try guest.run("e1000-uio info \(choice) --json")
                #expect(result.status == 0, "\(choice): \(result.errors)")
                #expect(result.text.contains("\"macAddress\" : \"52:54:00:12:34:56\""), "\(result.text)")
                #expect(result.text.contains("\"wayIn\" : \"vfio\"") && result.text.contains("\(Self.card) (vfio)"), "\(result.text)")
            }
            try send(bench)
            try receive(bench, node: node)
            try kill9(bench)
            try takeBack(bench, node: node)
        }
    }

    private func send(_ bench: CardBench) throws {
        let result = try bench.guest.run(
            "e1000-uio send --text 'guest %04d' --to 02:00:00:00:00:07 --ethertype 0x88b6 --count 2000 --json", within: .seconds(30))
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.text.contains("\"frames\" : 2000"), "\(result.text)")
        let expected = (0..<2000).map { Self.header + Array("guest \(String(String($0 + 10000).dropFirst()))".utf8) }
        #expect(try bench.guest.wires[0].frames().map(\.bytes) == expected)
        #expect(try !bench.isBusMaster)
    }

    private func receive(_ bench: CardBench, node: String) throws {
        let count = 1000
        // Reserved huge pages are taken: four of 2 MiB.
        try bench.guest.output(of: "echo 4 >/proc/sys/vm/nr_hugepages && grep -q 'HugePages_Free: *4$' /proc/meminfo")
        // Room for all of them at once: nobody knows when a busy machine lets the guest run.
        let receiver = try bench.guest.start("e1000-uio recv --ring-size 1024 -c \(count) -w /tmp/received.pcapng --duration 30")
        try receiver.wait(for: "ready")
        try bench.guest.output(of: "grep 'HugePages_Free: *0$' /proc/meminfo && echo 0 >/proc/sys/vm/nr_hugepages")
        #expect(try bench.guest.output(of: "e1000-uio list").contains("in use"))
        let second = try refusal(bench.guest, "e1000-uio info")
        #expect(second.contains("\(node): another process has the card \(Self.card)"), "\(second)")
        for number in 0..<count {
            // The receiver waits for an interrupt: nothing but the last frame is left to end it.
            if number == count - 1 {
                let line = try bench.guest.output(of: "grep 'vfio-intx(\(Self.card))' /proc/interrupts")
                let interrupts = try #require(line.split(separator: " ").dropFirst().first.flatMap { Int($0) })
                #expect(interrupts > 0, "\(line)")
            }
            let frame = numberedFrame(number, length: 60 + (number * 7919) % 1455)
            try #require(Glibc.send(bench.peer, frame, frame.count, 0) == frame.count)
        }
        let result = try receiver.wait(within: .seconds(40))
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.errors.contains(" 0 dropped by the card"), "\(result.errors)")
        let file = scratchDescriptor()
        defer { close(file) }
        let bytes = try bench.guest.read("/tmp/received.pcapng")
        #expect(write(file, bytes, bytes.count) == bytes.count)
        lseek(file, 0, SEEK_SET)
        var reader = CaptureReader(descriptor: file, name: "received")
        #expect(try reader.rest().map(\.bytes) == (0..<count).map { numberedFrame($0, length: 60 + ($0 * 7919) % 1455) })
    }

    private func kill9(_ bench: CardBench) throws {
        let before = try bench.guest.wires[0].frames().count
        let sender = try bench.guest.start("e1000-uio send --hex 'ffffffffffff525400123456 88b5 00' --count 0")
        try bench.guest.wires[0].wait(for: before + 1000)
        #expect(try bench.isBusMaster)
        try sender.signal(SIGKILL)
        #expect(try sender.wait().status == 128 + SIGKILL)
        #expect(try !bench.isBusMaster)
        let silent = try bench.guest.wires[0].frames().count
        _ = try bench.guest.run("sleep 1")
        #expect(try bench.guest.wires[0].frames().count == silent)

        let again = try bench.guest.run("e1000-uio send --hex 'ffffffffffff525400123456 88b5 01' --count 500")
        #expect(again.status == 0, "\(again.errors)")
        let frames = try bench.guest.wires[0].frames()
        #expect(frames.count == silent + 500)
        #expect(frames.suffix(500).allSatisfy { $0.bytes.last == 1 })
    }

    private func takeBack(_ bench: CardBench, node: String) throws {
        let receiver = try bench.guest.start("e1000-uio recv --duration 60")
        try receiver.wait(for: "ready")
        let refused = try refusal(bench.guest, "e1000-uio unbind --driver vfio-pci 00:03.0")
        #expect(refused.contains("a program has \(node) open"), "\(refused)")
        // The kernel asks the program for the card, and waits for it.
        #expect(
            try bench.guest.output(of: "e1000-uio unbind --driver vfio-pci --force 00:03.0")
                == "\(Self.card): given back to e1000 (had vfio-pci)")
        let result = try receiver.wait(within: .seconds(5))
        #expect(result.status == 1)
        #expect(result.errors.contains("\(Self.card): the kernel wants the card back"), "\(result.errors)")
        #expect(try bench.guest.run("test -e \(node)").status == 1)
        #expect(try bench.guest.output(of: "e1000-uio list") == "\(Self.card)  82540EM  e1000  eth0  free")
        let unbound = try refusal(bench.guest, "e1000-uio info --device vfio:00:03.0")
        #expect(unbound.contains("bound to e1000, not to vfio-pci (run 'sudo e1000-uio bind --driver vfio-pci"), "\(unbound)")
    }

    @Test("A stray bus address is a fault in the kernel's log and touches no memory; nodes for a group; groups that are not viable")
    func isolation() throws {
        var options = machine(cards: 2)
        options.cards[1].model = "e1000e"
        // Two functions without access control between them: one IOMMU group.
        for function in 0..<2 {
            options.qemuArguments += ["-device", "e1000,addr=0x8.\(function),multifunction=on,romfile="]
        }
        // A card on a bus of its own.
        options.qemuArguments += ["-device", "pcie-root-port,id=alone,addr=0x9", "-device", "e1000e,bus=alone,romfile="]
        options.modules = Guest.Options.vfioModules + ["ringlight"]
        try withGuest(options) { guest in
            try guest.output(of: "e1000-uio bind --driver vfio-pci 00:03.0")
            try stray(guest, Self.card, faults: ["Write", "Read"])
            try interrupts(guest)
            try reset(guest)
            try nodesForGroups(guest)
            try uioBehindIOMMU(guest)
            try viability(guest)
        }
    }

    /// - Parameter kinds: the faults that must be in the log: the kernel's limit of messages is reached after three in 5 s.
    private func stray(_ guest: Guest, _ name: String, faults kinds: [String]) throws {
        try guest.output(of: "dmesg -c >/dev/null")
        let result = try guest.run("guest-probe stray \(name)")
        #expect(result.status == 0, "\(result.text)")
        let lines = result.text.split(separator: "\n")
        #expect(lines.dropFirst() == ["memory intact", "nothing read"], "\(result.text)")
        let address = try #require(lines.first?.split(separator: " ").last)
        let log = try guest.kernelLog()
        let faults = log.split(separator: "\n").filter { $0.contains("Request device [00:03.0] fault addr \(address) ") }
        #expect(kinds.allSatisfy { kind in faults.contains { $0.contains("[DMA \(kind) ") } }, "\(log)")
    }

    /// A line on the 82540EM, a message on the 82574L.
    private func interrupts(_ guest: Guest) throws {
        let express = Guest.address(ofCard: 1)
        try guest.output(
            of: "echo vfio-pci >/sys/bus/pci/devices/\(express)/driver_override && echo \(express) >/sys/bus/pci/drivers/vfio-pci/bind")
        for (card, name) in [(Self.card, "vfio-intx(\(Self.card))"), (express, "vfio-msi[0](\(express))")] {
            #expect(try guest.output(of: "guest-probe interrupt \(card)") == "first true, storm false, second true, \(name)")
        }
    }

    /// A bus of the 82574L's own can be reset, and is each time that it is opened. The control: QEMU's card keeps its registers through
    /// D3, so that with power management as the way to reset it, what was left is found.
    private func reset(_ guest: Guest) throws {
        let card = try guest.output(of: "basename /sys/bus/pci/devices/0000:00:09.0/0000:??:00.0")
        try guest.output(of: "e1000-uio bind --driver vfio-pci \(card)")
        for (method, expected) in [("pm", "left 0x5a5a, found 0x5a5a"), ("bus", "left 0x5a5a, found 0x0")] {
            try guest.output(of: "echo \(method) >/sys/bus/pci/devices/\(card)/reset_method")
            let result = try guest.output(of: "guest-probe reset \(card)")
            #expect(result == expected, "\(method)")
        }
    }

    private func nodesForGroups(_ guest: Guest) throws {
        let node = "/dev/vfio/\(try group(guest))"
        let info = "e1000-uio info --device 00:03.0"
        let denied = try refusal(guest, asNobody(info))
        #expect(denied.contains("\(node): permission denied: it belongs to root:root, mode 600"), "\(denied)")
        try guest.output(of: "chgrp nogroup \(node) && chmod 660 \(node)")
        #expect(try guest.run(asNobody(info)).status == 0)
        let unlocked = try refusal(guest, asNobody("ulimit -l 4096; \(info)"))
        #expect(unlocked.contains("8388608 bytes cannot be locked in RAM: this process may lock 4194304 bytes"), "\(unlocked)")
    }

    private func uioBehindIOMMU(_ guest: Guest) throws {
        let reserved = try refusal(guest, "e1000-uio bind 00:03.0")
        #expect(reserved.contains("reserved for the driver vfio-pci"), "\(reserved)")
        try guest.output(of: "e1000-uio unbind --driver vfio-pci 00:03.0 && e1000-uio bind 00:03.0")
        // The machine's memory ends long before.
        let address = try guest.output(of: "cat /sys/bus/pci/devices/\(Self.card)/ringlight/dma_address")
        let busAddress = try #require(UInt64(address.dropFirst(2), radix: 16))
        #expect(busAddress >= 0x4000_0000, "\(address)")
        try stray(guest, "uio0", faults: ["Write"])
        #expect(try refusal(guest, asNobody("e1000-uio info --device uio0")).contains("/dev/uio0: permission denied"))
        try guest.output(of: "chgrp nogroup /dev/uio0 && chmod 660 /dev/uio0")
        let before = try guest.wires[0].frames().count
        try guest.output(of: asNobody("e1000-uio send --device uio0 --text \"guest %02d\" --to 02:00:00:00:00:07 --ethertype 0x88b6 --count 100"))
        let expected = (0..<100).map { Self.header + Array("guest \(String(String($0 + 100).dropFirst()))".utf8) }
        #expect(try guest.wires[0].frames().dropFirst(before).map(\.bytes) == expected)
    }

    private func viability(_ guest: Guest) throws {
        let (one, other) = ("0000:00:08.0", "0000:00:08.1")
        let number = try group(guest, of: one)
        #expect(try group(guest, of: other) == number)
        try guest.output(of: "modprobe e1000")
        let refused = try refusal(guest, "e1000-uio bind --driver vfio-pci 00:08.0")
        #expect(refused.contains("\(one): IOMMU group \(number) also holds \(other) (e1000), and VFIO needs the whole group"), "\(refused)")
        try guest.output(of: "e1000-uio bind --driver vfio-pci 00:08.0 00:08.1 && e1000-uio info --device 00:08.1")
        try guest.output(of: "e1000-uio unbind --driver vfio-pci 00:08.1")
        let spoiled = try refusal(guest, "e1000-uio info --device vfio:00:08.0")
        #expect(spoiled.contains("\(one): IOMMU group \(number) is not viable: \(other) (e1000) shares its memory"), "\(spoiled)")
    }

    @Test("Without an IOMMU vfio-pci is refused, and a stray bus address is somebody's memory")
    func withoutIOMMU() throws {
        try withGuest(machine(isUsed: false)) { guest in
            #expect(
                try refusal(guest, "e1000-uio bind --driver vfio-pci 00:03.0")
                    == "e1000-uio: vfio-pci: the kernel driver is not loaded (load it: 'modprobe vfio-pci', as root)\n")
            try guest.output(of: "modprobe vfio-pci && modprobe ringlight")
            let words = "\(Self.card): no IOMMU translates for it (enable VT-d or AMD-Vi in the firmware and boot with 'intel_iommu=on'"
            for command in ["bind --driver vfio-pci 00:03.0", "info --device vfio:00:03.0"] {
                let refused = try refusal(guest, "e1000-uio \(command)")
                #expect(refused.contains(words), "\(refused)")
            }
            // What the probe of the other test would see if the IOMMU did nothing.
            try guest.output(of: "e1000-uio bind 00:03.0")
            let result = try guest.run("guest-probe stray uio0")
            #expect(result.text.hasSuffix("memory overwritten\nmemory read\n"), "\(result.text)")
        }
    }
}
