import Glibc
import Lab
import TestSupport
import Testing

/// e1000d in a guest with two cards on one hub: it has one of them, Linux's own driver the other, in a network namespace.
@Suite(.serialized, .showsConsole)
struct CardDaemonTests {
    private let card = Guest.address(ofCard: 0)
    private var socket: String { "/run/ringlight/e1000d-\(card).sock" }
    private let inside = "nsenter -t $(pidof sleep) -n"

    private func withCards(_ prepare: (inout Guest.Options) -> Void = { _ in }, _ body: (Guest) throws -> Void) throws {
        var options = Guest.Options(cards: 2, modules: ["tun", "e1000"])
        for card in 0...1 { options.cards[card].network = .netdev("hubport,hubid=0") }
        prepare(&options)
        try withGuest(options) { guest in
            try guest.output(of: "modprobe ringlight")
            try body(guest)
        }
    }

    /// Linux's card answers as 192.0.2.2.
    private func startPeer(_ guest: Guest) throws -> GuestJob {
        let other = try guest.start("exec unshare -n sleep 600")
        let interface = try guest.output(of: "ls /sys/bus/pci/devices/\(Guest.address(ofCard: 1))/net")
        try guest.wait(until: "ip link set \(interface) netns $(pidof sleep)")
        try guest.output(of: "\(inside) ifconfig \(interface) 192.0.2.2 netmask 255.255.255.0 up")
        return other
    }

    private func start(_ guest: Guest, _ words: String = "") throws -> GuestJob {
        let daemon = try guest.start("exec e1000d \(card) \(words)")
        try daemon.wait(for: "ready: ringlight0, 52:54:00:12:34:56")
        return daemon
    }

    /// The tasks of the worker that have a capability, or are root's.
    private func powerful(_ worker: String, _ guest: Guest) throws -> String {
        try guest.output(of: "grep -E '^(CapEff|CapPrm):.*[1-9a-f]|^Uid:.*\\b0\\b' /proc/\(worker)/task/*/status || true")
    }

    private func usePeer(_ guest: Guest) throws {
        try guest.wait(until: "grep -qx 1 /sys/class/net/ringlight0/carrier")
        try guest.output(of: "ifconfig ringlight0 192.0.2.1 netmask 255.255.255.0")
        try guest.wait(until: "ping -c 1 -W 1 192.0.2.2 > /dev/null", within: .seconds(20))
    }

    private func driver(_ guest: Guest) throws -> String { try guest.output(of: "basename $(readlink /sys/bus/pci/devices/\(card)/driver)") }

    private func counter(_ name: String, _ guest: Guest) throws -> Int {
        let line = try guest.output(of: "guest-probe socket \(socket) | grep '^\(name)'")
        return try #require(line.split(separator: "\n").first?.split(separator: " ").last.flatMap { Int($0) })
    }

    /// The process that was started, and the one that drives the card.
    private func processes(_ guest: Guest) throws -> (keeper: String, worker: String) {
        let numbers = try guest.output(of: "for p in $(pidof e1000d); do echo $p $(awk '/^PPid/ {print $2}' /proc/$p/status); done")
        let pairs = numbers.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        let worker = try #require(pairs.first { pair in pairs.contains { $0[0] == pair[1] } })
        return (worker[1], worker[0])
    }

    private func expectGone(_ guest: Guest) throws {
        #expect(try driver(guest) == "e1000")
        #expect(try guest.output(of: "cat /sys/bus/pci/devices/\(card)/driver_override") == "(null)")
        #expect(try guest.run("pidof e1000d").status != 0)
        #expect(try guest.run("test -e /sys/class/net/ringlight0").status != 0)
        #expect(try guest.output(of: "ls /run/ringlight") == "")
    }

    @Test("through vfio-pci, behind an IOMMU: ping, a worker without rights, its device node left as it was, the card given back")
    func vfio() throws {
        try withCards {
            $0.addIOMMU()
            $0.modules += Guest.Options.vfioModules
        } _: { guest in
            let other = try startPeer(guest)
            let daemon = try start(guest, "--driver vfio-pci")
            #expect(try driver(guest) == "vfio-pci")
            try usePeer(guest)
            let ping = try guest.run("ping -c 10 -i 0.1 -W 5 192.0.2.2")
            #expect(ping.status == 0 && ping.text.contains("10 packets received"), "\(ping.text)\(ping.errors)")
            #expect(try counter("e1000_link_up", guest) == 1)
            #expect(try powerful(processes(guest).worker, guest) == "")
            #expect(try guest.output(of: "stat -c '%U %a' /dev/vfio/[0-9]*") == "root 600")
            try daemon.signal(SIGTERM)
            let result = try daemon.wait(within: .seconds(10))
            #expect(result.status == 0 && result.errors.contains("given back to e1000"), "\(result.errors)")
            try expectGone(guest)
            try other.signal(SIGKILL)
        }
    }

    @Test("ping from both sides, counters that move, few rights; SIGTERM gives the card back")
    func service() throws {
        try withCards { guest in
            let other = try startPeer(guest)
            #expect(try driver(guest) == "e1000")
            let daemon = try start(guest)
            #expect(try driver(guest) == "ringlight")
            try usePeer(guest)
            let before = try ["e1000_bridge_frames_total", "e1000_card_gptc_total", "e1000_card_gprc_total"].map { try counter($0, guest) }
            for side in ["ping -c 10 -i 0.1 -W 5 192.0.2.2", "\(inside) ping -c 10 -i 0.1 -W 5 192.0.2.1"] {
                let ping = try guest.run(side)
                #expect(ping.status == 0 && ping.text.contains("10 packets received"), "\(ping.text)\(ping.errors)")
            }
            let after = try ["e1000_bridge_frames_total", "e1000_card_gptc_total", "e1000_card_gprc_total"].map { try counter($0, guest) }
            // Ten questions, ten answers.
            for (old, new) in zip(before, after) { #expect(new - old >= 20, "\(before) \(after)") }
            #expect(try counter("e1000_link_up", guest) == 1)

            // Whoever wants to look at the card is shown what the one that has it tells.
            let top = try guest.run("e1000-uio top --device \(card) --json --interval 0.2 --count 1")
            #expect(top.status == 0 && top.text.contains("\"drivenBy\":\"e1000d\""), "\(top.text)\(top.errors)")
            #expect(top.errors.hasPrefix("\(card), ") && top.errors.hasSuffix("; e1000d drives it as ringlight0\n"), "\(top.errors)")

            // Root's process keeps CAP_KILL (bit 5); the card's is nobody's, without any.
            let (keeper, worker) = try processes(guest)
            for (process, set, user) in [(keeper, "0000000000000020", "0"), (worker, "0000000000000000", "65534")] {
                let status = try guest.output(of: "cat /proc/\(process)/task/*/status")
                let lines = status.split(separator: "\n").filter { $0.hasPrefix("CapEff:") || $0.hasPrefix("CapPrm:") }
                #expect(lines.count == 2 && lines.allSatisfy { $0.hasSuffix(set) }, "\(status)")
                #expect(status.contains("Uid:\t\(user)\t\(user)\t\(user)\t\(user)\n") && status.contains("NoNewPrivs:\t1\n"), "\(status)")
            }

            // A cable that is pulled is a link that is down, and the service goes on.
            try guest.monitor.setLink(card: 0, up: false)
            try guest.wait(until: "grep -qx 0 /sys/class/net/ringlight0/carrier")
            #expect(try counter("e1000_link_up", guest) == 0)
            try guest.monitor.setLink(card: 0, up: true)
            try guest.wait(until: "grep -qx 1 /sys/class/net/ringlight0/carrier")
            #expect(try guest.run("ping -c 3 -W 5 192.0.2.2").status == 0)

            // A second one finds the card taken, and leaves it alone.
            let second = try guest.run("e1000d --bound \(card) --no-metrics")
            #expect(second.status == 1 && second.errors.contains("another process has the card open"), "\(second.errors)")
            #expect(try guest.run("ping -c 1 -W 5 192.0.2.2").status == 0)

            try daemon.signal(SIGTERM)
            let result = try daemon.wait(within: .seconds(10))
            #expect(result.status == 0 && result.errors.contains("given back to e1000"), "\(result.errors)")
            try expectGone(guest)
            try other.signal(SIGKILL)
        }
    }

    @Test("kill -9 of the one: the other ends, a new one takes over; kill -9 of the other: exit code 1, and the card is given back")
    func kills() throws {
        try withCards { guest in
            let other = try startPeer(guest)
            let first = try start(guest)
            try first.signal(SIGKILL)
            #expect(try first.wait(within: .seconds(10)).status == 128 + SIGKILL)
            try guest.wait(until: "! pidof e1000d")
            #expect(try driver(guest) == "ringlight")
            #expect(try guest.run("test -e /sys/class/net/ringlight0").status != 0)

            let second = try start(guest)
            try usePeer(guest)
            try guest.output(of: "kill -9 \(processes(guest).worker)")
            let failed = try second.wait(within: .seconds(10))
            #expect(failed.status == 1 && failed.errors.contains("ended by signal 9"), "\(failed.errors)")
            try expectGone(guest)

            // In three steps, as a service manager has it; what was killed is released by the last.
            try guest.output(of: "e1000d --bind \(card)")
            let third = try guest.start("exec e1000d --bound \(card)")
            try third.wait(for: "ready: ringlight0")
            try usePeer(guest)
            try third.signal(SIGKILL)
            _ = try third.wait(within: .seconds(10))
            let release = try guest.run("e1000d --release \(card)")
            #expect(release.status == 0, "\(release.errors)")
            try expectGone(guest)
            #expect(try guest.run("e1000d --release \(card)").status == 0)

            // An interface that is in use is not taken away.
            let interface = try guest.output(of: "ls /sys/bus/pci/devices/\(card)/net")
            try guest.output(of: "ip link set \(interface) up")
            let refused = try guest.run("e1000d \(card)")
            #expect(refused.status == 1 && refused.errors.contains("its interface \(interface) is up"), "\(refused.errors)")
            try expectGone(guest)
            try other.signal(SIGKILL)
        }
    }

    @Test("a card that hangs is initialised anew; one that stays dead ends the service with exit code 1")
    func recovery() throws {
        try withGuest(Guest.Options(modules: ["tun"])) { guest in
            for (fault, recovers) in [("hang@3", true), ("dead@3", false)] {
                let daemon = try guest.start("exec e1000d --device sim:fault=\(fault) --metrics /run/x.sock")
                try daemon.wait(for: "ready: ringlight0")
                // Somebody asks who has an address, again and again.
                try guest.output(of: "ifconfig ringlight0 192.0.2.1 netmask 255.255.255.0")
                let ping = try guest.start("exec ping 192.0.2.2")
                try daemon.wait(for: "recovered, ", within: .seconds(20))
                if recovers {
                    try guest.wait(until: "guest-probe socket /run/x.sock | grep -q '^e1000_recoveries_total.* 1$'")
                    let sent = try guest.output(of: "guest-probe socket /run/x.sock | grep '^e1000_card_gptc'")
                    try guest.wait(until: "test \"$(guest-probe socket /run/x.sock | grep '^e1000_card_gptc')\" != '\(sent)'")
                    try daemon.signal(SIGTERM)
                }
                let result = try daemon.wait(within: .seconds(30))
                #expect(result.status == (recovers ? 0 : 1), "\(result.errors)")
                #expect(result.errors.contains("after 3 recoveries without a frame in between") == !recovers, "\(result.errors)")
                try ping.signal(SIGKILL)
                _ = try ping.wait(within: .seconds(5))
                try guest.output(of: "rm -f /run/x.sock")
            }
        }
    }
}
