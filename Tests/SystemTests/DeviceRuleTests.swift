import Lab
import Testing

/// What udev makes of the nodes, in a booted Debian.
@Suite(.serialized, .showsJournal)
struct DeviceRuleTests {
    @Test("Lights are the group's and the seat's; a card is the group's, by its address as well, as long as it is bound")
    func nodes() throws {
        try withDebian(cards: 1) { guest in
            try guest.installWithModule()
            try guest.output(of: "udevadm settle")
            for light in ["capslock", "numlock", "scrolllock"] {
                #expect(try guest.owner(of: "/dev/ringlight/\(light)") == "660 root:ringlight")
                // 73-seat-late.rules acts on the tag: only then does the seat's user get the node.
                let words = try guest.output(of: "udevadm test /sys/class/misc/ringlight-\(light) 2>&1")
                #expect(words.contains("run: 'uaccess'"), "\(words)")
            }
            // A member may write, others may not.
            let write = "sh -c 'echo 1 > /dev/ringlight/capslock'"
            #expect(try guest.run(write, inGroups: []).status != 0)
            #expect(try guest.run(write, inGroups: ["ringlight"]).status == 0)
            try guest.lights.waitFor(.capslock, on: true)
            try guest.output(of: "echo release > /dev/ringlight/capslock")

            let address = Guest.address(ofCard: 0)
            try guest.output(of: "e1000-uio bind \(address) && udevadm settle")
            #expect(try guest.owner(of: "/dev/uio0") == "660 root:ringlight")
            #expect(try guest.output(of: "readlink -f /dev/ringlight/\(address)") == "/dev/uio0")
            try guest.output(of: "e1000-uio unbind \(address) && udevadm settle")
            #expect(try guest.run("test -L /dev/ringlight/\(address)").status != 0)
        }
    }

    @Test("The module may be loaded while the rules are there and their group is not, as apt does it: the nodes are the group's all the same")
    func moduleFirst() throws {
        try withDebian { guest in
            try guest.addModule()
            try guest.output(of: "dpkg --unpack \(DebianGuest.package)", within: .seconds(300))
            try guest.output(of: "modprobe ringlight && udevadm settle && ! getent group ringlight")
            try guest.output(of: "DEBIAN_FRONTEND=noninteractive dpkg --configure ringlight && udevadm settle", within: .seconds(100))
            let light = "/dev/ringlight/capslock"
            #expect(try guest.owner(of: light) == "660 root:ringlight")
            try guest.output(of: "modprobe -r ringlight && modprobe ringlight && udevadm settle")
            #expect(try guest.owner(of: light) == "660 root:ringlight", "loaded again")
            try guest.output(of: "ledctl notify --pattern on")
            try guest.lights.waitFor(.capslock, on: true)
        }
    }
}
