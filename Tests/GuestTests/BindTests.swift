import Clocks
import Lab
import Testing

/// `e1000-uio list`, `bind` and `unbind` on real cards, under Linux's e1000 and ringlight.ko.
@Suite(.serialized, .showsConsole)
struct BindTests {
    private static let card = "0000:00:03.0"
    private static let other = "0000:00:04.0"
    private static let sysfs = "/sys/bus/pci/devices/\(card)"

    /// Two cards with e1000; their interfaces, in the order of the cards.
    private func withCards(modules: [String] = ["e1000"], _ body: (Guest, [String]) throws -> Void) throws {
        try withGuest(.init(cards: 2, modules: modules)) { guest in
            try body(guest, try [Self.card, Self.other].map { try guest.output(of: "ls /sys/bus/pci/devices/\($0)/net") })
        }
    }

    private func driver(_ guest: Guest, of card: String = card) throws -> String {
        try guest.output(of: "basename $(readlink /sys/bus/pci/devices/\(card)/driver || echo none)")
    }

    private func override(_ guest: Guest) throws -> String { try guest.output(of: "cat \(Self.sysfs)/driver_override") }

    @Test("A card goes to ringlight and back, and a second time each, with nothing to do")
    func thereAndBack() throws {
        try withCards { guest, interfaces in
            let list =
                "\(Self.card)  82540EM  e1000  \(interfaces[0])  free\n\(Self.other)  82540EM  e1000  \(interfaces[1])  free"
            #expect(try guest.output(of: "su nobody -s /bin/sh -c 'e1000-uio list'") == list)

            let missing = try guest.run("e1000-uio bind 00:03.0")
            #expect(missing.status == 1)
            #expect(
                missing.errors
                    == "e1000-uio: ringlight: the kernel driver is not loaded (load it: 'modprobe ringlight', as root)\n")
            #expect(try driver(guest) == "e1000")

            try guest.output(of: "modprobe ringlight")
            #expect(
                try guest.output(of: "e1000-uio bind 00:03.0") == "\(Self.card): bound to ringlight (had e1000), /dev/uio0")
            #expect(try guest.run("test -c /dev/uio0 && test ! -e /sys/class/net/\(interfaces[0])").status == 0)
            #expect(try override(guest) == "ringlight")
            #expect(
                try guest.output(of: "e1000-uio list")
                    == "\(Self.card)  82540EM  ringlight  uio0  free  override\n"
                    + "\(Self.other)  82540EM  e1000      \(interfaces[1])  free")
            #expect(try guest.output(of: "e1000-uio bind uio0") == "\(Self.card): already bound to ringlight, /dev/uio0")

            #expect(try guest.output(of: "e1000-uio unbind uio0") == "\(Self.card): given back to e1000 (had ringlight)")
            #expect(try override(guest) == "(null)")
            #expect(try guest.output(of: "ls \(Self.sysfs)/net") == interfaces[0])
            #expect(try guest.output(of: "e1000-uio list") == list)
            #expect(
                try guest.output(of: "e1000-uio unbind 00:03.0") == "\(Self.card): left with e1000: it is not bound to ringlight")
        }
    }

    @Test("An interface that is up or has an address is refused unless forced")
    func interfacesInUse() throws {
        try withCards { guest, interfaces in
            try guest.output(
                of: "modprobe ringlight && ip link set \(interfaces[0]) up && ip addr add 10.9.8.7/24 dev \(interfaces[1])")
            let result = try guest.run("e1000-uio bind \(interfaces[0]) \(interfaces[1])")
            #expect(result.status == 1)
            #expect(
                result.errors == """
                    e1000-uio: \(Self.card): its interface \(interfaces[0]) is up (take it down: 'ip link set \(interfaces[0]) down', or use --force)
                    e1000-uio: \(Self.other): its interface \(interfaces[1]) has the address 10.9.8.7 \
                    (remove it: 'ip address flush dev \(interfaces[1])', or use --force)

                    """)
            #expect(try driver(guest) == "e1000" && driver(guest, of: Self.other) == "e1000")
            #expect(try guest.output(of: "e1000-uio list").split(separator: "\n").allSatisfy { $0.hasSuffix("in use") })

            // As the message says.
            try guest.output(of: "ip address flush dev \(interfaces[1]) && e1000-uio bind \(interfaces[1])")
            try guest.output(of: "e1000-uio bind --force \(interfaces[0])")
            #expect(try driver(guest) == "ringlight" && driver(guest, of: Self.other) == "ringlight")
            try guest.output(of: "test -c /dev/uio0 && test -c /dev/uio1")
        }
    }

    @Test("A node that a program has open is refused, and freed by the program's death")
    func nodeInUse() throws {
        try withCards { guest, _ in
            try guest.output(of: "modprobe ringlight && e1000-uio bind 00:03.0")
            let holder = try guest.start("exec 3<>/dev/uio0; echo open; exec sleep 1000")
            try holder.wait(for: "open")
            #expect(try guest.output(of: "e1000-uio list | head -n 1").contains("in use"))
            let result = try guest.run("e1000-uio unbind 00:03.0")
            #expect(result.status == 1)
            #expect(
                result.errors
                    == "e1000-uio: \(Self.card): a program has /dev/uio0 open (end it: 'fuser -v /dev/uio0' names it, or use --force)\n"
            )
            #expect(try driver(guest) == "ringlight")
            try holder.signal(9)
            _ = try holder.wait(within: .seconds(5))
            #expect(try guest.output(of: "e1000-uio unbind 00:03.0") == "\(Self.card): given back to e1000 (had ringlight)")
        }
    }

    @Test("Whatever fails, the old driver has the card again")
    func failures() throws {
        try withCards { guest, interfaces in
            try guest.output(of: "modprobe ringlight")
            let user = try guest.run("su nobody -s /bin/sh -c 'e1000-uio bind 00:03.0'")
            #expect(user.status == 1)
            #expect(
                user.errors
                    == "e1000-uio: \(Self.card): \(Self.sysfs)/driver_override cannot be written: Permission denied "
                        + "(run as root, for example with sudo)\n"
            )

            let readOnly = try guest.run(
                "unshare -m sh -c 'mount -o bind /sys /sys && mount -o remount,bind,ro /sys && e1000-uio bind 00:03.0'")
            #expect(readOnly.status == 1)
            #expect(readOnly.errors.contains("is on a read-only sysfs"))

            // The driver takes the card, but the node does not appear where the tool looks: all is undone.
            let noNode = try guest.run("unshare -m sh -c 'mount -t tmpfs none /dev && e1000-uio bind 00:03.0'")
            #expect(noNode.status == 1)
            #expect(
                noNode.errors
                    == "e1000-uio: \(Self.card): not bound to ringlight: its node /dev/uio0 did not appear within 5000 ms; "
                    + "e1000 has it again (see 'dmesg')\n")
            #expect(try driver(guest) == "e1000")
            #expect(try override(guest) == "(null)")
            #expect(try guest.output(of: "ls \(Self.sysfs)/net") == interfaces[0])

            // What a bind that was killed leaves, the next one finishes.
            try guest.output(
                of: "echo ringlight >\(Self.sysfs)/driver_override && echo \(Self.card) >/sys/bus/pci/drivers/e1000/unbind")
            #expect(try driver(guest) == "none")
            #expect(
                try guest.output(of: "e1000-uio bind 00:03.0") == "\(Self.card): bound to ringlight (had no driver), /dev/uio0")
        }
    }

    @Test("A udev that does not answer costs time, not the card")
    func silentUdev() throws {
        try withCards { guest, _ in
            try guest.output(of: "modprobe ringlight && mkdir -p /run/udev && touch /run/udev/control")
            let start = Clocks.monotonic
            #expect(
                try guest.output(of: "e1000-uio bind 00:03.0") == "\(Self.card): bound to ringlight (had e1000), /dev/uio0")
            #expect(Clocks.monotonic - start > 4_000_000_000)

            // What a udev writes once it has set the owner and mode of a node.
            try guest.output(of: "e1000-uio unbind 00:03.0 && mkdir -p /run/udev/data")
            let job = try guest.start("e1000-uio bind 00:03.0")
            try guest.output(of: "until test -c /dev/uio0; do sleep 0.1; done")
            try guest.output(of: "echo I:1 >/run/udev/data/c$(cat /sys/class/uio/uio0/dev)")
            #expect(try job.wait(within: .seconds(4)).status == 0)
        }
    }

    @Test("A module that was loaded without its card part is named; without any driver the card stays free")
    func switchedOff() throws {
        try withGuest(.init(cards: 1)) { guest in
            try guest.output(of: "modprobe ringlight uio=0")
            let result = try guest.run("e1000-uio bind 00:03.0")
            #expect(result.status == 1)
            #expect(result.errors.hasPrefix("e1000-uio: ringlight: the module is loaded without its PCI driver (load it again: "))
            try guest.output(of: "modprobe -r ringlight && modprobe ringlight uio=1 && e1000-uio bind 00:03.0")
            #expect(try guest.output(of: "e1000-uio unbind 00:03.0").contains("it has no driver now"))
            #expect(try driver(guest) == "none")
        }
    }

    @Test("Five times there and back")
    func overAndOver() throws {
        try withCards { guest, _ in
            try guest.output(of: "modprobe ringlight")
            try guest.output(
                of: "for i in $(seq 5); do e1000-uio bind 00:03.0 00:04.0 && e1000-uio unbind 00:03.0 00:04.0 || exit 1; done",
                within: .seconds(120))
            #expect(try driver(guest) == "e1000" && driver(guest, of: Self.other) == "e1000")
            #expect(try guest.run("ls /dev/uio*").status != 0)
        }
    }
}
