import Clocks
import Frames
import Glibc
import Lab
import Testing

/// What every other guest test stands on.
@Suite(.serialized, .showsConsole)
struct LauncherTests {
    @Test("A command's output, errors and exit code come through, byte for byte")
    func commands() throws {
        try withGuest { guest in
            let result = try guest.run("printf 'a\\000b\\n'; echo oops >&2; exit 7")
            #expect(result.status == 7)
            #expect(result.output == [0x61, 0, 0x62, 0x0a])
            #expect(result.errors == "oops\n")
            #expect(try guest.output(of: "uname -s") == "Linux")
            #expect(throws: GuestError.self) { try guest.output(of: "false") }
            #expect(try guest.run("kill -SEGV $$").status == 128 + SIGSEGV)

            // More than a pipe, a piece of the protocol or a socket buffer holds, both ways.
            let bytes = (0..<1_000_003).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) }
            try guest.write(bytes, to: "/tmp/it's here")
            #expect(try guest.read("/tmp/it's here") == bytes)
            try guest.write([], to: "/tmp/empty")
            #expect(try guest.read("/tmp/empty").isEmpty)
            #expect(throws: GuestError.self) { try guest.write([1], to: "/nowhere/file") }
            #expect(throws: GuestError.self) { try guest.read("/nowhere/file") }
        }
    }

    @Test("Jobs run beside each other, tell their output while they run, and can be killed with what they started")
    func jobs() throws {
        try withGuest { guest in
            let long = try guest.start("echo begun; sleep 1000 & sleep 1000; echo never")
            try long.wait(for: "begun")
            #expect(try guest.output(of: "echo beside") == "beside")
            #expect(long.isRunning)
            try long.signal(SIGKILL)
            #expect(try long.wait(within: .seconds(5)).status == 128 + SIGKILL)
            #expect(long.text == "begun\n")
            #expect(try guest.run("pidof sleep").status == 1)

            // What a command leaves behind does not hold up its result.
            #expect(try guest.run("sleep 1000 & echo quick", within: .seconds(5)).text == "quick\n")

            let start = Clocks.monotonic
            #expect {
                try guest.run("echo some; sleep 1000", within: .seconds(1))
            } throws: { error in
                guard case GuestError.timedOut(_, seen: "some\n") = error else { return false }
                return true
            }
            #expect(Clocks.monotonic - start < 2_000_000_000)
            #expect(throws: GuestError.self) { try guest.start("true").wait(for: "never said", within: .seconds(5)) }
            try guest.wait(until: "true")
            #expect(throws: GuestError.self) { try guest.wait(until: "false", within: .milliseconds(300)) }
        }
    }

    @Test("The light that the guest's keyboard driver switches is seen outside, with its times")
    func lights() throws {
        try withGuest { guest in
            #expect(guest.lights.state == LightState())
            try guest.output(of: "echo none | tee /sys/class/leds/input*::capslock/trigger")
            let start = Clocks.monotonic
            let job = try guest.start(
                "led=$(echo /sys/class/leds/input*::capslock); for i in 1 2 3; do "
                    + "echo 1 > $led/brightness; sleep 0.2; echo 0 > $led/brightness; sleep 0.2; done")
            let seen = try guest.lights.wait(forTransitions: 6, of: .capslock, since: start)
            #expect(seen.map(\.isOn) == [true, false, true, false, true, false])
            #expect(zip(seen, seen.dropFirst()).allSatisfy { (100_000_000...1_000_000_000).contains($1.time - $0.time) })
            #expect(try job.wait().status == 0)
            #expect(guest.lights.transitions(of: .numlock).isEmpty)
            #expect(throws: GuestError.self) { try guest.lights.wait(for: .scrolllock, on: true, within: .milliseconds(50)) }
        }
    }

    @Test("Keys pressed from outside reach the guest; a USB keyboard comes and goes")
    func keyboards() throws {
        try withGuest(.init(cards: 0, usb: true)) { guest in
            try guest.monitor.press("caps_lock")
            try guest.lights.wait(for: .capslock, on: true)
            let leds = "ls -d /sys/class/leds/*::capslock | wc -l"
            #expect(try guest.output(of: leds) == "1")
            try guest.monitor.addDevice("usb-kbd", id: "second", ["bus": "usb.0"])
            try guest.wait(until: "[ $(\(leds)) = 2 ]")
            try guest.monitor.removeDevice("second")
            try guest.wait(until: "[ $(\(leds)) = 1 ]")
            #expect {
                try guest.monitor.addDevice("no-such-device", id: "x")
            } throws: { "\($0)".contains("'no-such-device' is not a valid device model name") }
        }
    }

    @Test("Frames between two cards are on the wire of each")
    func wires() throws {
        var options = Guest.Options(cards: 2, modules: ["e1000"])
        options.cards[0] = Guest.Card(network: .netdev("hubport,hubid=0"), mac: "52:54:00:00:00:0a")
        options.cards[1] = Guest.Card(network: .netdev("hubport,hubid=0"), mac: "52:54:00:00:00:0b")
        try withGuest(options) { guest in
            #expect(
                try guest.output(of: "cat /sys/bus/pci/devices/\(Guest.address(ofCard: 1))/net/*/address") == "52:54:00:00:00:0b")
            try guest.output(of: "ip link set eth0 up; ip link set eth1 up; ip addr add 10.0.0.1/24 dev eth0")
            // What is sent before the link is up is lost.
            for name in ["eth0", "eth1"] { try guest.wait(until: "[ $(cat /sys/class/net/\(name)/carrier) = 1 ]") }
            try guest.output(of: "arping -c 1 -I eth0 10.0.0.9 || true")
            let request = try guest.wires[0].wait(for: 1) { $0.bytes.dropFirst(12).starts(with: [0x08, 0x06]) }
            #expect(request[0].bytes.prefix(12) == [255, 255, 255, 255, 255, 255, 0x52, 0x54, 0, 0, 0, 0x0a])
            #expect(try guest.wires[1].wait(for: 1) { $0.bytes == request[0].bytes }.count >= 1)
            try guest.monitor.setLink(card: 0, up: false)
            try guest.wait(until: "[ $(cat /sys/class/net/eth0/carrier) = 0 ]")
        }
    }

    @Test("A card is unplugged and plugged in again; its wire is still watched")
    func hotplug() throws {
        try withGuest(.init(cards: 1, modules: ["e1000"])) { guest in
            let path = "/sys/bus/pci/devices/\(Guest.address(ofCard: 0))"
            try guest.output(of: "test -e \(path)")
            try guest.monitor.removeDevice("card0")
            try guest.output(of: "test ! -e \(path)")
            try guest.monitor.addDevice("e1000", id: "card0", ["netdev": "net0", "addr": "3", "romfile": ""])
            try guest.wait(until: "test -e \(path)/net")
            try guest.output(of: "ip link set eth0 up; ip addr add 10.0.0.1/24 dev eth0")
            try guest.wait(until: "[ $(cat /sys/class/net/eth0/carrier) = 1 ]")
            try guest.output(of: "arping -c 1 -I eth0 10.0.0.9 || true")
            try guest.wires[0].wait(for: 1) { $0.bytes.dropFirst(12).starts(with: [0x08, 0x06]) }
        }
    }

    @Test("Two processors, another memory size, another machine")
    func shapes() throws {
        var options = Guest.Options(cards: 1)
        options.processors = 2
        options.memory = 768
        options.machine = "q35"
        try withGuest(options) { guest in
            #expect(try guest.output(of: "nproc") == "2")
            #expect(try guest.output(of: "cat /sys/bus/pci/devices/\(Guest.address(ofCard: 0))/vendor") == "0x8086")
            let kibibytes = try guest.output(of: "awk '/MemTotal/ { print $2 }' /proc/meminfo")
            #expect((700_000...786_432).contains(Int(kibibytes) ?? 0))
        }
    }

    @Test("A script's exit code reaches the host")
    func script() throws {
        let result = try Guest.runScript("echo from the script; exit 42")
        #expect(result.status == 42)
        #expect(result.text == "from the script\n")
    }
}
