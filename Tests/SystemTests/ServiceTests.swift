import Clocks
import Glibc
import Lab
import Testing

/// The services as packaged, with all that they are denied, in a booted Debian; lights are seen from outside.
@Suite(.serialized, .showsJournal)
struct ServiceTests {
    @Test("ledd: a member of the group lights a light, others may not; it outlives its daemon's death, and a reload")
    func lightDaemon() throws {
        try withDebian { guest in
            try guest.installWithModule()
            #expect(try guest.output(of: "systemctl is-enabled ledd.socket ledd.service") == "enabled\nenabled")
            #expect(try guest.output(of: "systemctl is-active ledd.socket") == "active")
            #expect(try guest.owner(of: "/run/ringlight/ledd.sock") == "660 root:ringlight")
            #expect(try guest.owner(of: "/run/ringlight") == "755 root:root")
            #expect(try guest.output(of: "stat -c %U /proc/$(systemctl show -P MainPID ledd)") == "ledd")
            #expect(try guest.output(of: "grep ^CapEff /proc/$(systemctl show -P MainPID ledd)/status").hasSuffix("0000000000000000"))

            let refused = try guest.run("ledctl notify", inGroups: [])
            #expect(refused.status == 1 && refused.errors.contains("may not talk to it"), "\(refused.errors)")
            let taken = try guest.run("ledctl notify --pattern on --timeout 600 --id lab", inGroups: ["ringlight"])
            #expect(taken.status == 0, "\(taken.errors)")
            try guest.lights.waitFor(.capslock, on: true)

            // The configuration is read anew; the claim stays, by the same daemon.
            let process = try guest.output(of: "systemctl show -P MainPID ledd")
            try guest.configure("# Nothing.\n")
            #expect(try guest.output(of: "systemctl show -P MainPID ledd") == process)
            #expect(guest.lights.state[.capslock])
            #expect(try guest.run("ledctl list", inGroups: ["ringlight"]).text.contains("lab"))

            // Killed: the kernel gives the light back, the manager starts another.
            try guest.output(of: "kill -9 \(process)")
            try guest.lights.waitFor(.capslock, on: false)
            try guest.wait(until: "test $(systemctl show -P MainPID ledd) -ne \(process) && systemctl -q is-active ledd", within: .seconds(30))
            #expect(try guest.run("ledctl notify --pattern on --timeout 600", inGroups: ["ringlight"]).status == 0)
            try guest.lights.waitFor(.capslock, on: true)

            // Stopped, it is started again by who talks to its socket.
            try guest.output(of: "systemctl stop ledd.service")
            try guest.lights.waitFor(.capslock, on: false)
            let started = try guest.run("ledctl notify --light numlock --pattern on --timeout 600", inGroups: ["ringlight"])
            #expect(started.status == 0, "\(started.errors)")
            try guest.lights.waitFor(.numlock, on: true)
            #expect(try guest.output(of: "systemctl is-active ledd.service") == "active")

            // The watchdog: a daemon that stands still is replaced.
            let second = try guest.output(of: "systemctl show -P MainPID ledd")
            try guest.output(of: "kill -STOP \(second)")
            try guest.wait(until: "test $(systemctl show -P MainPID ledd) -ne \(second) && systemctl -q is-active ledd", within: .seconds(150))
            #expect(try guest.output(of: "journalctl -u ledd --no-pager").contains("Watchdog timeout"))
        }
    }

    @Test("Events: a unit that fails or restarts, a line of the journal, a file, a command: each lights its light, as the configuration says")
    func events() throws {
        try withDebian { guest in
            try guest.installWithModule()
            try guest.configure(
                """
                [[unit]]
                name = "failed"
                on = "failed"
                unit = "lab-*"
                light = "capslock"
                pattern = "on:300,off:300"

                [[journal]]
                name = "lab"
                match = ["SYSLOG_IDENTIFIER=lab"]
                light = "numlock"
                pattern = "on"
                seconds = 3

                [[file]]
                name = "flag"
                directory = "/run"
                glob = "lab-flag"
                light = "scrolllock"
                pattern = "on"

                """)
            var begun = Clocks.monotonic
            try guest.output(of: "systemd-run -q --unit=lab-fails false")
            // Again and again, in the pattern's time.
            let seen = try guest.lights.wait(forTransitions: 6, of: .capslock, since: begun, within: .seconds(20))
            #expect(seen.prefix(6).map(\.isOn) == [true, false, true, false, true, false])
            let period = (seen[4].time - seen[0].time) / 2_000_000
            #expect((450...800).contains(period), "\(period) ms")
            try guest.output(of: "systemctl reset-failed lab-fails.service")
            try guest.lights.waitFor(.capslock, on: false)
            try guest.output(of: "sleep 1")
            #expect(guest.lights.transitions(of: .capslock, since: Clocks.monotonic - 900_000_000).isEmpty)

            begun = Clocks.monotonic
            try guest.output(of: "echo a line | systemd-cat -t lab")
            try guest.lights.waitFor(.numlock, on: true)
            try guest.lights.waitFor(.numlock, on: false)

            try guest.output(of: "touch /run/lab-flag")
            try guest.lights.waitFor(.scrolllock, on: true)
            try guest.output(of: "rm /run/lab-flag")
            try guest.lights.waitFor(.scrolllock, on: false)

            // What the service may do suffices for a program of its own, too.
            try guest.output(of: "touch /run/lab-fine")
            try guest.configure(
                """
                [[unit]]
                name = "restarts"
                on = "restart"
                unit = "lab-*"
                light = "capslock"
                pattern = "on"
                seconds = 3

                [[command]]
                name = "fine"
                command = ["/bin/sh", "-c", "test -e /run/lab-fine"]
                on = "failure"
                interval = 1
                light = "numlock"
                pattern = "on"

                """)
            begun = Clocks.monotonic
            try guest.output(of: "systemd-run -q --unit=lab-again -p Restart=on-failure -p RestartSec=500ms false")
            try guest.lights.waitFor(.capslock, on: true)
            try guest.lights.waitFor(.capslock, on: false, within: .seconds(30))
            // The command was run meanwhile, and was content.
            #expect(guest.lights.transitions(of: .numlock, since: begun).isEmpty)
            try guest.output(of: "rm /run/lab-fine")
            try guest.lights.waitFor(.numlock, on: true)
            try guest.output(of: "touch /run/lab-fine")
            try guest.lights.waitFor(.numlock, on: false)
        }
    }

    @Test("e1000d: a card in service is an interface whose traffic lights a light; stopped, the card is as before")
    func card() throws {
        try withDebian(cards: 1) { guest in
            try guest.installWithModule()
            let address = Guest.address(ofCard: 0)
            let unit = "e1000d@\(address).service"
            try guest.output(of: "modprobe e1000 && udevadm settle")
            let driver = "basename $(readlink /sys/bus/pci/devices/\(address)/driver)"
            #expect(try guest.output(of: driver) == "e1000")
            try guest.configure(
                """
                [[e1000]]
                name = "traffic"
                event = ["receive", "transmit"]
                pattern = "on"
                seconds = 1

                [[e1000]]
                name = "link"
                event = "link-down"
                light = "numlock"
                pattern = "on"

                """)
            try guest.output(of: "systemctl start \(unit)", within: .seconds(90))
            try guest.wait(until: "grep -qx 1 /sys/class/net/ringlight0/carrier", within: .seconds(30))
            try guest.lights.waitFor(.capslock, on: false)
            try guest.output(of: "ip address add 10.0.2.15/24 dev ringlight0")
            let ping = try guest.run("busybox ping -c 3 -W 10 10.0.2.2", within: .seconds(60))
            #expect(ping.status == 0, "\(ping.text)\(ping.errors)")
            try guest.lights.waitFor(.capslock, on: true)
            try guest.lights.waitFor(.capslock, on: false)
            // What Linux sends by itself (IPv6) does not keep it lit for ever, but may light it again.

            let socket = "/run/ringlight/e1000d-\(address).sock"
            let reader = "$s = IO::Socket::UNIX->new(shift) or die $!; shutdown $s, 1; print <$s>"
            let metrics = try guest.output(of: "perl -MIO::Socket::UNIX -e '\(reader)' \(socket)")
            #expect(metrics.hasSuffix("# EOF") && metrics.contains("# TYPE "), "\(metrics.prefix(500))")

            try guest.monitor.setLink(card: 0, up: false)
            try guest.lights.waitFor(.numlock, on: true)
            try guest.monitor.setLink(card: 0, up: true)
            try guest.lights.waitFor(.numlock, on: false)

            // Killed outright, it comes again; stopped, the card is its old driver's.
            try guest.output(of: "systemctl kill -s KILL \(unit)")
            try guest.wait(until: "systemctl -q is-active \(unit) && test -e /sys/class/net/ringlight0", within: .seconds(60))
            try guest.output(of: "systemctl stop \(unit)", within: .seconds(60))
            #expect(try guest.output(of: driver) == "e1000")
            #expect(try guest.run("test -e /sys/class/net/ringlight0 || test -e \(socket)").status != 0)
        }
    }
}
