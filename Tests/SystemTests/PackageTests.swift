import Lab
import TestSupport
import Testing

/// The Debian packages on a machine, from their first day to their last.
@Suite(.serialized, .showsJournal)
struct PackageTests {
    /// Every file and folder but what is the kernel's, of a boot, or a cache or log of Debian's own tools.
    private func files(_ guest: Guest) throws -> Set<String> {
        let apart = ["/proc", "/sys", "/dev", "/run", "/tmp", "/var/tmp", "/var/cache", "/var/log", "/var/lib/apt/lists"]
        let paths = apart.map { "-path \($0)" }.joined(separator: " -o ")
        let list = try guest.output(of: "find / \\( \(paths) \\) -prune -o -print", within: .seconds(120))
        return Set(
            list.split(separator: "\n").map(String.init).filter { path in
                // Copies that dpkg and sysusers keep of what they change; dkms's key for signing, made at its first use.
                !path.hasSuffix("-old") && !path.hasSuffix("-") && !path.hasPrefix("/var/lib/dkms/mok.")
            })
    }

    private func remove(_ guest: Guest, _ action: String) throws {
        try guest.output(of: "DEBIAN_FRONTEND=noninteractive apt-get -y -q \(action) ringlight ringlight-dkms 2>&1", within: .seconds(400))
    }

    /// The lock key has its light again, dark, on every keyboard.
    private func expectGivenBack(_ guest: Guest, _ lights: LockLight...) throws {
        for light in lights {
            try guest.lights.wait(for: light, on: false, within: .seconds(10))
            let triggers = try guest.output(of: "cat /sys/class/leds/*::\(light.rawValue)/trigger").split(separator: "\n")
            #expect(!triggers.isEmpty && triggers.allSatisfy { $0.contains("[kbd-\(light.rawValue)]") }, "\(triggers)")
        }
    }

    @Test("Installed, upgraded, removed, purged: at the end all is as before, but for the users")
    func life() throws {
        try withDebian { guest in
            let before = try files(guest)
            let version = try guest.output(of: "dpkg-deb -f \(DebianGuest.packages)/ringlight_*.deb Version")
            let next = try guest.output(of: "dpkg-deb -f \(DebianGuest.packages)/next/ringlight_*.deb Version")

            // dkms compiles the module here, on an emulated processor.
            let words = try guest.install("ringlight", "ringlight-dkms")
            #expect(try guest.output(of: "dkms status ringlight").contains("ringlight/\(version)"), "\(words)")
            #expect(try guest.output(of: "dkms status ringlight").hasSuffix("installed"))
            #expect(try guest.output(of: "modinfo -F filename ringlight").contains("/updates/dkms/"))
            // Loaded at once, and at every boot.
            try guest.output(of: "udevadm settle && test -c /dev/ringlight/capslock")
            try guest.output(of: "modprobe -r ringlight && systemctl restart systemd-modules-load.service && test -c /dev/ringlight/capslock")
            for unit in ["ledd.socket", "ledd.service"] { #expect(try guest.output(of: "systemctl is-active \(unit)") == "active") }
            for program in ["ledctl", "ledd", "e1000-uio", "e1000d"] {
                #expect(try guest.output(of: "\(program) --version") != "")
                #expect(try guest.output(of: "ls /usr/share/man/man*/\(program).*.gz") != "")
                let completions = "/usr/share/bash-completion/completions/\(program) /usr/share/zsh/vendor-completions/_\(program)"
                try guest.output(of: "ls \(completions) /usr/share/fish/vendor_completions.d/\(program).fish")
            }
            #expect(try guest.output(of: "bash -n /usr/share/bash-completion/completions/ledctl") == "")

            // Another program of the name: only one of the packages can be there.
            try guest.output(
                of: """
                    mkdir -p /tmp/ledmon/DEBIAN && cd /tmp && printf 'Package: ledmon\\nVersion: 0.97\\nArchitecture: all\\n\
                    Maintainer: Lab <lab@example.org>\\nDescription: another ledctl\\n' > ledmon/DEBIAN/control && dpkg-deb -b ledmon >&2
                    """)
            let conflict = try guest.run("dpkg -i /tmp/ledmon.deb")
            #expect(conflict.status != 0 && conflict.errors.contains("conflict"), "\(conflict.errors)")

            // An upgrade: the new module alone, the daemon started anew, the owner's configuration as it was.
            try guest.output(of: "echo '# mine' >> /etc/ringlight/ledd.toml")
            let process = try guest.output(of: "systemctl show -P MainPID ledd")
            try guest.output(of: "ledctl notify --timeout 3600 --pattern on")
            try guest.lights.wait(for: .capslock, on: true, within: .seconds(10))
            let upgrade = try guest.install("ringlight", "ringlight-dkms", from: "next")
            let modules = try guest.output(of: "dkms status ringlight")
            #expect(modules.contains("ringlight/\(next)") && !modules.contains("ringlight/\(version),"), "\(modules)\n\(upgrade)")
            #expect(try guest.output(of: "tail -n 1 /etc/ringlight/ledd.toml") == "# mine")
            #expect(try guest.output(of: "systemctl is-active ledd.service") == "active")
            #expect(try guest.output(of: "systemctl show -P MainPID ledd") != process)
            #expect(try guest.run("test -e /usr/src/ringlight-\(version)").status != 0)
            try expectGivenBack(guest, .capslock)

            // Removed: nothing runs, nothing is loaded, no light is left on, the configuration stays.
            // A claim that nobody has a file open for does not keep the module.
            try guest.output(of: "echo 1 > /dev/ringlight/numlock && ledctl notify --timeout 3600 --pattern on")
            for light in [LockLight.numlock, .capslock] { try guest.lights.wait(for: light, on: true, within: .seconds(10)) }
            try remove(guest, "remove")
            try expectGivenBack(guest, .numlock, .capslock)
            #expect(try guest.run("test -e /usr/bin/ledctl || test -e /run/ringlight || test -e /dev/ringlight").status != 0)
            #expect(try guest.run("grep -q ^ringlight /proc/modules").status != 0)
            #expect(try guest.run("systemctl is-active ledd.service ledd.socket").text == "inactive\ninactive\n")
            #expect(try guest.output(of: "tail -n 1 /etc/ringlight/ledd.toml") == "# mine")

            try remove(guest, "purge")
            let after = try files(guest)
            #expect(after.subtracting(before).sorted() == [])
            #expect(before.subtracting(after).sorted() == [])
            #expect(try guest.output(of: "systemctl --failed --no-legend") == "")
            // Files may belong to them: as Debian's policy wants, users stay.
            try guest.output(of: "getent passwd ledd && getent group ringlight")
        }
    }
}
