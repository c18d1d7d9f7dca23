import Glibc
import Lab
import TestSupport
import Testing

/// A host on a card of a guest, by the drivers of real cards; the other end of the cable is Linux's own stack on its own driver.
@Suite(.serialized, .showsConsole)
struct HostTests {
    private static let host = "192.0.2.2"
    /// What the card with 52:54:00:12:34:56 makes of it (RFC 4291, appendix A).
    private static let linkLocal = "fe80::5054:ff:fe12:3456"

    /// What is wrong with the cable, in netem's words; each way alike.
    private struct Trouble {
        let netem: String
        /// Of the file, and of what is echoed: as much as that takes in some seconds.
        let bytes: Int
        var loses = false
    }

    private static let troubles = [
        Trouble(netem: "loss 1%", bytes: 1_500_000, loses: true),
        Trouble(netem: "loss 10%", bytes: 150_000, loses: true),
        Trouble(netem: "delay 10ms reorder 25% 50%", bytes: 200_000),
        Trouble(netem: "duplicate 10%", bytes: 400_000),
        Trouble(netem: "delay 200ms", bytes: 100_000),
    ]

    private func withPair(_ options: Guest.Options, _ bind: String, _ body: (Guest) throws -> Void) throws {
        var options = options
        options.memory = 1024
        options.qemuArguments += OwnMachine.qemuArguments
        options.modules += ["sch_netem", "sch_ingress", "ifb", "act_mirred", "cls_matchall"]
        options.cards = [Guest.Card(), Guest.Card()]
        try withGuest(options) { guest in
            try OwnMachine.mount(in: guest)
            try guest.output(of: bind)
            // Only now, or it would have both cards.
            try guest.output(of: "modprobe e1000 && ip addr add 192.0.2.1/24 dev eth0 && ip link set eth0 up && ip link set ifb0 up")
            // What netem loses is one frame on the cable: Linux leaves no segmentation to the card, and joins no segments.
            try machine(guest, "ip link set eth0 gso_max_segs 1 gro_max_size 1500")
            try machine(guest, "tc qdisc add dev eth0 ingress")
            try machine(guest, "tc filter add dev eth0 parent ffff: matchall action mirred egress redirect dev ifb0")
            try guest.wait(until: "grep -qx 1 /sys/class/net/eth0/carrier && ! ip -6 addr show dev eth0 | grep -q tentative")
            try body(guest)
        }
    }

    /// A program of the machine outside, which the guest has not.
    @discardableResult
    private func machine(_ guest: Guest, _ command: String, within bound: Duration = .seconds(120)) throws -> String {
        try guest.output(of: OwnMachine.command(command), within: bound)
    }

    private func impair(_ guest: Guest, _ trouble: Trouble) throws {
        for device in ["eth0", "ifb0"] { try machine(guest, "tc qdisc replace dev \(device) root netem limit 10000 \(trouble.netem)") }
    }

    /// Frames that netem lost in each direction.
    private func lost(_ guest: Guest) throws -> [Int] {
        try ["eth0", "ifb0"].map { device in
            let text = try machine(guest, "tc -s qdisc show dev \(device) root")
            return try #require(text.firstMatch(of: /dropped (\d+)/).flatMap { Int($0.1) }, "\(text)")
        }
    }

    private func restore(_ guest: Guest) throws {
        for device in ["eth0", "ifb0"] { try machine(guest, "tc qdisc del dev \(device) root") }
    }

    private func end(_ tool: GuestJob) throws {
        try tool.signal(SIGINT)
        let result = try tool.wait(within: .seconds(10))
        #expect(result.status == 0, "\(result.errors)")
    }

    /// Linux fetches the file over IPv4 and IPv6, two at a time.
    private func fetch(_ guest: Guest, _ bytes: Int, from trouble: String) throws {
        let sum = try guest.output(of: "head -c \(bytes) /srv/file > /srv/part && sha256sum < /srv/part")
        let sums = try machine(
            guest,
            """
            for url in http://\(Self.host)/part 'http://[\(Self.linkLocal)%25eth0]/part'; do
              (curl -sSg --max-time 100 "$url" | sha256sum) &
            done
            wait
            """)
        #expect(sums.split(separator: "\n").map(String.init) == [sum, sum], "\(trouble)")
    }

    /// Linux sends bytes to port 7 and gets them back, over IPv4 and IPv6 at once. (The name `nc` leads through /etc, which is the guest's.)
    private func echo(_ guest: Guest, _ bytes: Int, from trouble: String) throws {
        let sum = try guest.output(of: "head -c \(bytes) /srv/file > /tmp/machine/tmp/part && sha256sum < /tmp/machine/tmp/part")
        let sums = try machine(
            guest,
            """
            for host in \(Self.host) \(Self.linkLocal)%eth0; do (timeout 100 nc.openbsd -N $host 7 < /tmp/part | sha256sum) & done
            wait
            """)
        #expect(sums.split(separator: "\n").map(String.init) == [sum, sum], "\(trouble)")
    }

    /// The tools ask Linux, and Linux asks them.
    private func pings(_ guest: Guest, _ options: String) throws {
        let ping = try guest.run("e1000-uio ping \(options) -c 3 -i 0.2 192.0.2.1")
        #expect(ping.status == 0 && ping.errors.contains("3 received"), "\(ping.text)\(ping.errors)")
        let arping = try guest.run("e1000-uio arping \(options) -c 1 192.0.2.1")
        #expect(arping.status == 0 && arping.text.contains("52:54:00:12:34:57"), "\(arping.text)\(arping.errors)")
    }

    @Test("On uio: netem's losses, disorder, doubles and delays, both ways; every byte is right and no connection is stuck")
    func uio() throws {
        let bind = "modprobe ringlight && e1000-uio bind \(Guest.address(ofCard: 0))"
        try withPair(Guest.Options(), bind) { guest in
            let options = "--device uio0 --ip \(Self.host)/24"
            try pings(guest, options)
            try guest.output(of: "mkdir /srv && head -c 1500000 /dev/urandom > /srv/file")
            let server = try guest.start("exec e1000-uio serve \(options) -q /srv")
            try server.wait(for: "serving /srv")
            for address in [Self.host, "\(Self.linkLocal)%eth0"] {
                let ping = try guest.run("ping -c 3 -i 0.2 -s 1400 \(address)")
                #expect(ping.status == 0 && ping.text.contains("3 packets received"), "\(ping.text)\(ping.errors)")
            }
            try underTrouble(guest, fetch)
            try end(server)
            let echo = try guest.start("exec e1000-uio echo \(options)")
            try echo.wait(for: "port 7")
            try underTrouble(guest, self.echo)
            try end(echo)
        }
    }

    private func underTrouble(_ guest: Guest, _ body: (Guest, Int, String) throws -> Void) throws {
        for trouble in Self.troubles {
            try impair(guest, trouble)
            try body(guest, trouble.bytes, trouble.netem)
            // Else it was no test.
            if trouble.loses {
                let lost = try lost(guest)
                #expect(lost.allSatisfy { $0 > 0 }, "\(trouble.netem): \(lost)")
            }
            try restore(guest)
        }
    }

    @Test("On vfio: pings, and a file over IPv4 and IPv6")
    func vfio() throws {
        var options = Guest.Options()
        options.addIOMMU()
        options.modules = Guest.Options.vfioModules
        try withPair(options, "e1000-uio bind --driver vfio-pci \(Guest.address(ofCard: 0))") { guest in
            let options = "--device vfio:\(Guest.address(ofCard: 0)) --ip \(Self.host)/24"
            try pings(guest, options)
            try guest.output(of: "mkdir /srv && head -c 1500000 /dev/urandom > /srv/file")
            let server = try guest.start("exec e1000-uio serve \(options) -q /srv")
            try server.wait(for: "serving /srv")
            try fetch(guest, 400_000, from: "nothing")
            try end(server)
        }
    }
}
