import Glibc
import Testing

@testable import Lab

struct QEMUCommandTests {
    private func command(_ options: Guest.Options, captures: [Int32] = [], files: [String] = ["vmlinux", "guest.cpio"]) throws -> QEMUCommand {
        var template = Array("/tmp/ringlight-test-XXXXXX".utf8CString)
        let folder = try #require(mkdtemp(&template).map { String(cString: $0) })
        defer { rmdir(folder) }
        for name in files { close(open("\(folder)/\(name)", O_CREAT | O_WRONLY, 0o600)) }
        defer { for name in files { unlink("\(folder)/\(name)") } }
        let image = try GuestImage(folder: folder)
        return QEMUCommand(
            options: options, image: image,
            channels: .init(nothing: 100, words: 101, console: 102, agent: 103, monitor: 104, captures: captures))
    }

    @Test("Every descriptor is where the command line says")
    func descriptors() throws {
        var options = Guest.Options(cards: 2)
        options.cards[1] = Guest.Card(network: .peer(200), mac: "52:54:00:00:00:01")
        let command = try command(options, captures: [110, 111])
        let words = command.arguments.joined(separator: " ")
        #expect(command.descriptors.prefix(3) == [100, 101, 101])
        for (descriptor, text) in [
            (102, "socket,id=console,fd="), (103, "socket,id=agent,fd="), (104, "socket,id=monitor,fd="),
            (110, "netdev=net0,file=/dev/fd/"), (111, "netdev=net1,file=/dev/fd/"), (200, "dgram,local.type=fd,local.str="),
        ] as [(Int32, String)] {
            let number = try #require(command.descriptors.firstIndex(of: descriptor))
            #expect(words.contains(text + "\(number)"))
        }
        #expect(words.contains("e1000,id=card1,netdev=net1,addr=4,romfile=,mac=52:54:00:00:00:01"))
        #expect(words.contains("-accel tcg") && !words.contains("kvm"))
    }

    @Test("The most cards, all with peers, fit into what a child may inherit")
    func mostCards() throws {
        var options = Guest.Options()
        options.cards = (0..<Int32(QEMUCommand.mostCards)).map { Guest.Card(network: .peer(200 + $0)) }
        let command = try command(options, captures: options.cards.indices.map { 300 + Int32($0) })
        #expect(command.descriptors.count == 16)
    }

    @Test("Modules and kernel arguments reach the kernel's command line, QEMU's own the end of QEMU's")
    func arguments() throws {
        var options = Guest.Options(cards: 0, usb: true, modules: ["e1000"])
        options.kernelArguments = ["nokaslr"]
        options.qemuArguments = ["-device", "pvpanic"]
        let command = try command(options)
        let append = try #require(command.arguments.firstIndex(of: "-append"))
        #expect(command.arguments[append + 1].hasSuffix("lab.modules=xhci_pci,usbhid,hid_generic,e1000 nokaslr"))
        #expect(command.arguments.suffix(2) == ["-device", "pvpanic"])
    }

    @Test("An image with a disk has it as its first, and forgets what is written")
    func disk() throws {
        let command = try command(.init(), files: ["vmlinux", "guest.cpio", "disk.img"])
        #expect(command.arguments.contains { $0.contains("/disk.img,id=disk,if=none,format=raw,snapshot=on") })
        #expect(try !self.command(.init()).arguments.contains { $0.contains("disk") })
    }

    @Test("More cards than possible are refused before QEMU starts")
    func tooManyCards() {
        #expect {
            _ = try Guest(.init(cards: QEMUCommand.mostCards + 1))
        } throws: {
            "\($0)".contains("at most \(QEMUCommand.mostCards)")
        }
    }
}
