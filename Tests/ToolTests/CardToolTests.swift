import Frames
import Glibc
import TestSupport
import Testing

/// `info`, `send` and `recv` as a user runs them, with what users get wrong.
@Suite("e1000-uio: send, recv, info")
struct CardToolTests {
    struct BadInput: CustomTestStringConvertible, Sendable {
        let words: [String]
        let status: Int32
        /// What, why and what to do: each must be said.
        let says: [String]
        var testDescription: String { words.joined(separator: " ") }

        init(_ words: String, _ status: Int32, _ says: String...) {
            self.words = words.split(separator: " ").map(String.init)
            self.status = status
            self.says = says
        }
    }

    @Test(
        "bad input is answered with what, why and what to do, and the right exit code",
        arguments: [
            BadInput("send --device qemu", 64, "what to send is not clear", "give one of --hex, --pcap and --text"),
            BadInput("send --device qemu --hex 00 --text x", 64, "what to send is not clear"),
            BadInput("send --device qemu --hex 123", 64, "--hex", "odd", "two digits"),
            BadInput("send --device qemu --hex 00zz", 64, "--hex", "'z' at character 3", "use 0-9 and a-f"),
            BadInput("send --device qemu --hex \(String(repeating: "ab", count: 1515))", 64, "--hex", "1515 bytes", "1 to 1514 bytes"),
            BadInput("send --device qemu --text x", 64, "--text", "destination is missing", "--to or --raw"),
            BadInput("send --device qemu --text x --raw --to ff:ff:ff:ff:ff:ff", 64, "--text", "--raw has no destination"),
            BadInput("send --device qemu --hex 00 --raw", 64, "--raw", "goes with --text"),
            BadInput("send --device qemu --text x --to 1:2:3", 64, "--to", "'1:2:3' is not a MAC address", "write six bytes"),
            BadInput("send --device qemu --text x --to ff:ff:ff:ff:ff:ff --ethertype 0x123456", 64, "--ethertype", "is not a type"),
            BadInput("send --device qemu --hex 00 --pps 0", 64, "--pps", "use a number from"),
            BadInput("send --device qemu --hex 00 --pps nan", 64, "--pps", "use a number from"),
            BadInput("send --device qemu --hex 00 --loop 2", 64, "--loop", "give --pcap too"),
            BadInput("send --device qemu --hex 00 --count -1", 64, "count"),
            BadInput("send --device qemu --pcap /nonexistent/capture", 1, "/nonexistent/capture", "No such file", "check the name"),
            BadInput("send --device qemu --pcap /proc/self/status", 1, "not a capture", "pcap nor pcapng"),
            BadInput("recv --device qemu -c 0", 64, "-c", "0 frames"),
            BadInput("recv --device qemu --duration -1", 64, "duration"),
            BadInput("recv --device qemu --arp-announce 10.0.2", 64, "'10.0.2' is not an IPv4 address", "write it like"),
            BadInput("recv --device qemu -w - -x", 64, "-w -", "standard output holds the capture"),
            BadInput("recv --device qemu -w /nonexistent/x.pcapng", 1, "/nonexistent/x.pcapng", "No such file"),
            BadInput("recv --device qemu -w /dev/full --duration 0.1", 1, "/dev/full", "No space left"),
            BadInput("capture --device qemu", 64, "-w <file>"),
            BadInput("capture --device qemu -w x -c 0", 64, "-c", "0 frames"),
            BadInput("capture --device qemu -w x -s -1", 64, "-s"),
            BadInput("capture --device qemu -w x -a 10", 64, "-a", "'10' is not a criterion", "duration:SECONDS"),
            BadInput("capture --device qemu -w x -a duration:soon", 64, "-a", "'duration:soon'", "duration:10"),
            BadInput("capture --device qemu -w x -a filesize:0", 64, "-a", "'filesize:0'", "whole number from 1"),
            BadInput("capture --device qemu -w x -a files:2", 64, "-a files", "give -b too"),
            BadInput("capture --device qemu -w x -b files:2", 64, "-b", "add -b filesize:KB"),
            BadInput("capture --device qemu -w - -b filesize:1", 64, "-b", "standard output is one file"),
            BadInput("capture --device qemu -w - --json", 64, "-w -", "standard output holds the capture"),
            BadInput("capture --device qemu -w /nonexistent/x.pcapng", 1, "/nonexistent/x.pcapng", "No such file"),
            BadInput("capture --device qemu -w /dev/full", 1, "/dev/full", "No space left"),
            BadInput("replay --device qemu", 64, "<file>"),
            BadInput("replay --device qemu x --pps 1 --topspeed", 64, "how fast is not clear", "give one of --speed"),
            BadInput("replay --device qemu x --speed 0", 64, "--speed", "use a number from"),
            BadInput("replay --device qemu x --mbps nan", 64, "--mbps", "use a number from"),
            BadInput("replay --device qemu x --max-gap -1", 64, "max-gap"),
            BadInput("replay --device qemu x --loop -1", 64, "loop"),
            BadInput("replay --device qemu /nonexistent/x.pcap", 1, "/nonexistent/x.pcap", "No such file", "check the name"),
            BadInput("replay --dry-run /proc/self/status", 1, "not a capture"),
            BadInput("top --device qemu --interval 0", 64, "--interval", "use a number from 0.05"),
            BadInput("top --device qemu --count -1", 64, "count"),
            BadInput("top --metrics /tmp/x --device sim", 64, "--metrics", "another program has that card", "leave the card's options away"),
            BadInput("top --metrics /tmp/x --promiscuous", 64, "--metrics", "leave the card's options away"),
            BadInput("top --metrics \(String(repeating: "x", count: 108))", 64, "--metrics", "not a path", "use 1 to 107 bytes"),
            BadInput("top --metrics /nonexistent/x.sock", 1, "/nonexistent/x.sock", "nobody listens there", "start e1000d"),
            BadInput("top --metrics /proc/self/status", 1, "/proc/self/status", "nobody listens there", "name another socket"),
            BadInput("bridge --device qemu --metrics \(String(repeating: "x", count: 108))", 64, "--metrics", "not a path", "use 1 to 107 bytes"),
            BadInput("bridge --device qemu --name a/b", 64, "--name", "not a name for an interface", "use at most 15"),
            BadInput("bridge --device qemu --name ringlight%s", 64, "--name", "not a name for an interface"),
            BadInput("bridge --device qemu --name 0123456789abcdef", 64, "--name", "not a name for an interface"),
            BadInput("recv --device sim --link-speed 2500", 64, "--link-speed", "2500 Mb/s", "use 10, 100 or 1000"),
            BadInput("recv --device sim --link-speed fast", 64, "fast"),
            BadInput("top --device sim --link-speed 1000 --duplex half", 64, "--duplex", "no half duplex", "use 10 or 100"),
            BadInput("stats --device sim --duplex quarter", 64, "quarter", "half"),
            BadInput("send --device sim --hex 00 --no-autoneg", 64, "--no-autoneg", "there is no speed", "give --link-speed"),
            BadInput("bench --device sim --no-autoneg --link-speed 1000", 64, "--link-speed", "cannot be had without", "use 10 or 100"),
            BadInput("replay --device sim x --pause sometimes", 64, "sometimes", "both"),
            BadInput("bridge --device sim --rx-usecs 16777", 64, "--rx-usecs", "16777 microseconds", "use 0 to 16776"),
            BadInput("recv --device sim --vlan 4096", 64, "--vlan", "VLAN 4096", "use 0 to 4095"),
            BadInput("recv --device sim --vlan -1", 64, "vlan"),
            BadInput("recv --device sim --promiscuous --vlan 7", 64, "--vlan", "receives every frame", "leave --promiscuous away"),
            BadInput("capture --device sim -w /nonexistent/x --vlan 7", 64, "--vlan", "receives every frame", "add -p"),
            BadInput("recv --device sim --unicast 52:54", 64, "--unicast", "is not a MAC address"),
            BadInput("recv --device sim --unicast 01:00:5e:00:00:01", 64, "--unicast", "a group's address"),
            BadInput(
                "recv --device sim" + String(repeating: " --unicast 02:00:00:00:00:07", count: 16), 64, "--unicast", "16 addresses", "at most 15"),
            BadInput("info --device qemu --ring-size 12", 64, "--ring-size", "multiple of 8 from 8 to 4096"),
            BadInput("info --device qemu --mac 52:54", 64, "--mac", "is not a MAC address"),
            BadInput("info --device qemu --mac 01:00:5e:00:00:01", 64, "--mac", "multicast"),
            BadInput("info --device qemu --qemu /nonexistent/qemu", 1, "/nonexistent/qemu", "no such program", "install it"),
            BadInput("info --device qemu --netdev bogus", 1, "qemu", "does not accept value 'bogus'"),
            BadInput("info --device qemu --netdev tap,ifname=ringlight9,script=no,fd=99", 1, "qemu"),
            BadInput("info --device qemu --qemu-model ne2k_pci", 1, "not an Intel card", "choose e1000"),
            BadInput("info --device qemu --qemu-model i82557b", 1, "8086:1229", "not a card that this driver drives"),
            BadInput("info --device qemu --wire-pcap /nonexistent/wire.pcap", 1, "/nonexistent/wire.pcap"),
            BadInput("info --device uio250", 1, "uio250: no such UIO device", "e1000-uio bind"),
            BadInput("info --device bogus", 64, "'bogus' is not a PCI address", "write it like"),
            BadInput("info --device ffff:ff:1f.7", 1, "ffff:ff:1f.7", "no such device", "e1000-uio list"),
            BadInput("info --device vfio:bogus", 64, "'bogus' is not a PCI address", "write it like"),
            BadInput("info --device vfio:ffff:ff:1f.7", 1, "ffff:ff:1f.7", "no such device", "e1000-uio list"),
            BadInput("info --bogus", 64, "--bogus", "--help"),
            BadInput("bogus", 64, "bogus", "--help"),
        ])
    func badInput(_ input: BadInput) throws {
        let result = try runTool("e1000-uio", input.words, bound: 20_000)
        #expect(result.status == input.status, "\(result.errors)")
        #expect(result.errors.hasPrefix("e1000-uio: ") || result.errors.contains("\ne1000-uio: "), "\(result.errors)")
        for words in input.says { #expect(result.errors.contains(words), "\(result.errors)") }
        #expect(result.output.isEmpty)
    }

    @Test("without a choice and without a card, the error says so", .disabled(if: machineHasCard, "this machine has a card of the family"))
    func noCard() throws {
        let result = try runTool("e1000-uio", ["info"])
        #expect(result.status == 1)
        #expect(result.errors.contains("no card that can be driven") && result.errors.contains("--device qemu"), "\(result.errors)")
    }

    /// Whether `list` finds any card here: then the choice without --device is another one.
    private static var machineHasCard: Bool { (try? runTool("e1000-uio", ["list", "--json"]).text != "[]\n") ?? false }

    @Test("a truncated capture: what is whole is sent, then the error names the record; exit 1")
    func truncated() throws {
        let whole = try capture(of: (0..<3).map { [UInt8](repeating: $0, count: 60) })
        let result = try runTool(
            "e1000-uio", ["send", "--device", "qemu", "--netdev", "hubport,hubid=0", "--pcap", "-"], input: Array(whole.dropLast(10)))
        #expect(result.status == 1)
        #expect(result.errors.contains("2 frames, 120 bytes sent"), "\(result.errors)")
        #expect(result.errors.contains("standard input") && result.errors.contains("truncated"), "\(result.errors)")
    }

    @Test("captures from a file or a pipe, several times over")
    func captureLoop() throws {
        let file = try capture(of: (0..<5).map { [UInt8](repeating: $0, count: 60 + Int($0)) })
        let result = try runTool(
            "e1000-uio", ["send", "--device", "qemu", "--netdev", "hubport,hubid=0", "--pcap", "-", "--loop", "3", "--json"],
            input: file)
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.text.contains("\"frames\" : 15") && result.text.contains("\"bytes\" : 930"), "\(result.text)")
        let limited = try runTool(
            "e1000-uio", ["send", "--device", "qemu", "--netdev", "hubport,hubid=0", "--pcap", "-", "--loop", "0", "--count", "7", "--json"],
            input: file)
        #expect(limited.text.contains("\"frames\" : 7"), "\(limited.text)")
    }

    @Test("text frames are numbered from 0, with the widths that were asked for; --raw has no header")
    func text() throws {
        let capture = scratchDescriptor()
        defer { close(capture) }
        let arguments = ["send", "--device", "qemu", "--netdev", "hubport,hubid=0", "--wire-pcap", "/proc/\(getpid())/fd/\(capture)"]
        let result = try runTool("e1000-uio", arguments + ["--text", "%d %02d %03d 100% %x", "--raw", "--count", "11"])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.errors.contains("11 frames, "), "\(result.errors)")
        var reader = CaptureReader(descriptor: capture, name: "wire")
        let wire = try reader.rest().map { String(decoding: $0.bytes, as: UTF8.self) }
        #expect(wire == (0..<10).map { "\($0) 0\($0) 00\($0) 100% %x" } + ["10 10 010 100% %x"])
    }

    @Test("a text with a destination has an Ethernet header from the card's own address")
    func textHeader() throws {
        let capture = scratchDescriptor()
        defer { close(capture) }
        let result = try runTool(
            "e1000-uio",
            ["send", "--device", "qemu", "--mac", "02:00:00:00:00:2a", "--netdev", "hubport,hubid=0", "--wire-pcap",
                "/proc/\(getpid())/fd/\(capture)", "--text", "hi", "--to", "02:00:00:00:00:07", "--ethertype", "0x1234"])
        #expect(result.status == 0, "\(result.errors)")
        var reader = CaptureReader(descriptor: capture, name: "wire")
        let wire = try reader.rest().map(\.bytes)
        #expect(wire == [[2, 0, 0, 0, 0, 7, 2, 0, 0, 0, 0, 0x2a, 0x12, 0x34] + Array("hi".utf8)])
    }

    @Test("pacing: 20 frames at 100 a second take 190 ms, not less")
    func pacing() throws {
        let result = try runTool(
            "e1000-uio", ["send", "--device", "qemu", "--netdev", "hubport,hubid=0", "--hex", "00", "--count", "20", "--pps", "100", "--json"])
        #expect(result.status == 0, "\(result.errors)")
        let seconds = try #require(result.text.split(separator: "\n").first { $0.contains("\"seconds\"") }?
            .split(separator: ":").last.flatMap { Double($0.filter { $0.isNumber || $0 == "." }) })
        #expect(seconds >= 0.19)
    }

    @Test("info: what a person reads, and JSON")
    func info() throws {
        let arguments = ["info", "--device", "qemu", "--mac", "02:00:00:00:be:ef", "--ring-size", "64"]
        let text = try runTool("e1000-uio", arguments)
        #expect(text.status == 0, "\(text.errors)")
        for words in [
            "82540EM", "02:00:00:00:be:ef", "up, 1000 Mb/s, full duplex", "transmit 64, receive 64", "checksum 0xbaba, good\n", "INTx in use\n",
        ] {
            #expect(text.text.contains(words), "\(text.text)")
        }
        let json = try runTool("e1000-uio", arguments + ["--json"], environment: [:])
        for words in ["\"macAddress\" : \"02:00:00:00:be:ef\"", "\"link\" : true", "\"speed\" : 1000", "\"receiveDescriptors\" : 64"] {
            #expect(json.text.contains(words), "\(json.text)")
        }
        for (model, words) in [("82545EM", "INTx in use; the card has MSI too"), ("82574L", "INTx in use; the card has MSI-X too")] {
            let other = try runTool("e1000-uio", ["info", "--device", "sim:\(model)"])
            #expect(other.text.contains("interrupts: \(words)\n"), "\(other.text)")
        }
        #expect(json.text.contains("\"interrupt\" : \"INTx\"") && json.text.contains("\"eepromChecksum\" : \"0xbaba\""), "\(json.text)")
        #expect(try runTool("e1000-uio", ["info"], environment: ["RINGLIGHT_DEVICE": "qemu"]).status == 0)
    }

    @Test("recv: 'ready', a capture on standard output, a reader that goes away")
    func receive() throws {
        let arguments = ["recv", "--device", "qemu", "--netdev", "user", "--duration", "0.2"]
        let capture = try runTool("e1000-uio", arguments + ["-w", "-"])
        #expect(capture.status == 0, "\(capture.errors)")
        #expect(capture.errors.hasPrefix("ready\n"), "\(capture.errors)")
        #expect(capture.errors.contains("0 dropped by the card"), "\(capture.errors)")
        // pcapng's section header block, and no text.
        #expect(capture.output.starts(with: [0x0a, 0x0d, 0x0d, 0x0a]))
        let json = try runTool("e1000-uio", arguments + ["--json"])
        #expect(json.text.contains("\"dropped\":0") && json.text.contains("\"frames\":0"), "\(json.text)")
    }

    @Test(
        "every subcommand's help has examples",
        arguments: [
            "list", "bind", "unbind", "info", "regs", "eeprom", "stats", "identify", "selftest", "send", "recv", "capture", "replay",
            "top", "bridge", "bench", "ping", "arping", "dns", "dhcp", "nc", "echo", "serve", "chat",
        ])
    func help(command: String) throws {
        let result = try runTool("e1000-uio", [command, "--help"])
        #expect(result.status == 0)
        #expect(result.text.contains("Examples:\n"), "\(result.text)")
        #expect(result.text.contains("e1000-uio \(command)"))
        #expect(result.errors.isEmpty)
    }
}
