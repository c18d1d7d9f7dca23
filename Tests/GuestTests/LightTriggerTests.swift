import Clocks
import Glibc
import KeyboardLights
import Lab
import Testing

/// Claims that have a light obey a trigger of the kernel's own.
@Suite(.serialized, .showsConsole)
struct LightTriggerTests {
    private let led = "/sys/class/leds/*::capslock"

    /// Milliseconds that a light was lit, and dark, in the middle of what was seen.
    private func medians(_ seen: [LightTransition]) throws -> (lit: Int64, dark: Int64) {
        let spans = zip(seen, seen.dropFirst()).map { (lit: $0.0.isOn, time: ($0.1.time - $0.0.time) / 1_000_000) }
        func median(_ lit: Bool) throws -> Int64 {
            let times = spans.filter { $0.lit == lit }.map(\.time).sorted()
            try #require(!times.isEmpty)
            return times[times.count / 2]
        }
        return (try median(true), try median(false))
    }

    @Test("A light obeys timer as it was told, by one write, without its module being loaded before")
    func timer() throws {
        try withGuest(.lights()) { guest in
            #expect(try guest.run("grep ledtrig_timer /proc/modules").status == 1)
            try guest.write("trigger timer delay_on=450 delay_off=250", to: .capslock)
            #expect(try guest.triggers(of: .capslock) == ["timer"])
            #expect(try guest.attribute("trigger", of: .capslock) == "timer")
            #expect(try guest.attribute("holder_name", of: .capslock) == "sh")
            #expect(try guest.attribute("lost", of: .capslock) == "0")
            #expect(try guest.output(of: "cat \(led)/delay_on \(led)/delay_off") == "450\n250")
            let (lit, dark) = try medians(try guest.lights.wait(forTransitions: 9, of: .capslock, since: Clocks.monotonic))
            #expect(abs(lit - 450) < 100 && abs(dark - 250) < 100, "lit \(lit) dark \(dark)")
            // Told again, otherwise: what it is not told is as usual.
            try guest.write("trigger timer delay_on=150", to: .capslock)
            #expect(try guest.output(of: "cat \(led)/delay_on \(led)/delay_off") == "150\n500")
            // A state replaces it.
            try guest.write("0", to: .capslock)
            #expect(try guest.attribute("trigger", of: .capslock) == "")
            try guest.waitFor(.capslock, on: false)
            let quiet = Clocks.monotonic
            try guest.pass(milliseconds: 700)
            #expect(guest.lights.transitions(of: .capslock, since: quiet + seenWithin).isEmpty)
            #expect(try guest.attribute("lost_count", of: .capslock) == "0")
            #expect(try guest.attribute("corrected_count", of: .capslock) == "0")
            try guest.write("release", to: .capslock)
            #expect(try guest.triggers(of: .capslock) == ["kbd-capslock"])
        }
    }

    @Test("A trigger is a claim like any other: below and above others, with a pattern on it, until release, close or death")
    func arbitration() throws {
        try withGuest(.lights()) { guest in
            // What was there before blinks by itself, as root has told it.
            try guest.output(of: "modprobe ledtrig-timer; cd \(led) && echo timer > trigger && echo 350 > delay_on && echo 150 > delay_off")
            func settings() throws -> String { try guest.output(of: "cat \(led)/delay_on \(led)/delay_off") }
            try guest.write("trigger timer delay_on=70 delay_off=130", to: .capslock)
            #expect(try settings() == "70\n130")
            // A claim above, that dies; then one that shows a trigger itself.
            for text in ["write:1", "write:trigger kbd-scrolllock"] {
                let holder = try guest.startProbe(.capslock, "open", "claim", text, "pause")
                try holder.wait(for: "pause\n")
                try guest.waitForTrigger(text == "write:1" ? "ringlight-capslock" : "kbd-scrolllock", of: .capslock)
                try guest.waitFor(.capslock, on: text == "write:1")
                let begun = Clocks.monotonic
                try guest.pass(milliseconds: 400)
                #expect(guest.lights.transitions(of: .capslock, since: begun).isEmpty)
                try holder.signal(SIGKILL)
                #expect(try holder.wait().status == 128 + SIGKILL)
                try guest.waitForTrigger("timer", of: .capslock)
                #expect(try settings() == "70\n130")
            }
            // By close, and by release; a pattern on the claim itself, that ends.
            let steps = ["open", "claim", "write:trigger kbd-scrolllock", "close", "open", "claim", "write:trigger kbd-scrolllock", "write:release"]
            let answers = try guest.output(of: "guest-probe /dev/ringlight/capslock " + steps.map { "'\($0)'" }.joined(separator: " "))
            #expect(!answers.contains("EINVAL"), "\(answers)")
            try guest.waitForTrigger("timer", of: .capslock)
            try guest.write("pattern 1 0 600", to: .capslock)
            #expect(try guest.triggers(of: .capslock) == ["ringlight-capslock"])
            try guest.waitForTrigger("timer", of: .capslock)
            #expect(try settings() == "70\n130")
            try guest.lights.wait(forTransitions: 6, of: .capslock, since: Clocks.monotonic)
            try guest.write("release", to: .capslock)
            #expect(try guest.triggers(of: .capslock) == ["timer"])
            #expect(try settings() == "350\n150")
            let (lit, dark) = try medians(try guest.lights.wait(forTransitions: 9, of: .capslock, since: Clocks.monotonic))
            #expect(lit > dark + 50, "lit \(lit) dark \(dark)")
            #expect(try guest.attribute("lost_count", of: .capslock) == "0")
        }
    }

    @Test("What is no trigger, or no setting of it, is refused, and nothing changes")
    func refused() throws {
        try withGuest(.lights()) { guest in
            let long = String(repeating: "t", count: 51)
            for text in [
                "trigger", "trigger ", "trigger nonesuch", "trigger none", "trigger Timer", "trigger  timer", "trigger timer ",
                "trigger timer  delay_on=1",
                "trigger timer delay_on", "trigger timer =5", "trigger timer delay=5", "trigger timer delay_on=", "trigger timer delay_on=x",
                "trigger timer delay_on=100 delay_off=-", "trigger timer brightness=1", "trigger timer trigger=none", "trigger cpu delay_on=5",
                "trigger ringlight-capslock", "trigger ringlight-numlock", "trigger \(long)", "trigger ../timer", "trigger timer\\n\\n",
                "trigger timer \(long)=1", "TRIGGER timer",
            ] {
                #expect(try guest.probe(.capslock, "open", "claim", "write:\(text)") == ["open", "0", "EINVAL"], "\(text)")
            }
            let tooLong = "trigger timer" + String(repeating: " delay_on=1", count: 300)
            #expect(try guest.probe(.capslock, "open", "write:\(tooLong)") == ["open", "E2BIG"])
            #expect(try guest.triggers(of: .capslock) == ["kbd-capslock"] && guest.lights.transitions.isEmpty)
            // The LED on which they were tried out is gone.
            #expect(try guest.output(of: "ls /sys/class/leds | grep -c ringlight || true") == "0")

            // What plays, or blinks, goes on: no step is missed.
            try guest.write("pattern 0 200 200", to: .numlock)
            try guest.write("trigger timer delay_on=200 delay_off=200", to: .capslock)
            let begun = Clocks.monotonic
            for text in ["trigger timer delay_on=x", "trigger nonesuch"] {
                for light in [LockLight.numlock, .capslock] { #expect(try guest.probe(light, "open", "write:\(text)") == ["open", "EINVAL"]) }
            }
            #expect(try guest.triggers(of: .capslock) == ["timer"])
            #expect(try guest.output(of: "cat \(led)/delay_on") == "200")
            for light in [LockLight.numlock, .capslock] {
                let seen = try guest.lights.wait(forTransitions: 10, of: light, since: begun)
                for (one, next) in zip(seen, seen.dropFirst()) { #expect(abs((next.time - one.time) / 1_000_000 - 200) < 150) }
            }
        }
    }

    @Test("Who is not root, but may write to the node, chooses harmless triggers only: nothing else is loaded, or told")
    func permission() throws {
        try withGuest(.lights()) { guest in
            let node = "/dev/ringlight/capslock"
            try guest.output(of: "chgrp nogroup \(node) && chmod 660 \(node)")
            func answers(_ text: String) throws -> String {
                let steps = "guest-probe \(node) open claim \(Guest.quoted("write:trigger \(text)"))"
                let lines = try guest.output(of: "su nobody -s /bin/sh -c \(Guest.quoted(steps))").split(separator: "\n")
                try #require(lines.count == 3, "\(lines)")
                return String(lines[2].split(separator: " ").dropLast().last ?? "")
            }
            for text in [
                "pattern", "transient duration=100", "gpio", "nonesuch", "tty", "panic", "timer2", "kbd", "timer delay_on=19", "timer delay_off=1",
                "timer delay_on=100 delay_on=1", "timer delay_on=0x5", "timer delay_on=+1", "timer delay_on=4294967297", "timer delay_off=3600001",
                "netdev interval=10", "netdev interval=012", "netdev interval=0xa", "oneshot delay_on=5",
            ] {
                #expect(try answers(text) == "EPERM", "\(text)")
            }
            #expect(try guest.run("grep -E 'ledtrig.(pattern|transient|timer|netdev|oneshot)' /proc/modules").status == 1)
            #expect(try guest.triggers(of: .capslock) == ["kbd-capslock"] && guest.lights.transitions.isEmpty)
            for text in [
                "disk-activity", "kbd-numlock", "cpu0", "heartbeat invert=1", "timer delay_on=20 delay_off=3600000", "timer delay_on=0",
                "netdev device_name=lo rx=1 interval=20", "oneshot delay_on=40", "default-on",
            ] {
                #expect(Int(try answers(text)) == text.utf8.count + "trigger ".utf8.count, "\(text)")
            }
            // The kernel still says what is none.
            #expect(try answers("timer delay_on=x") == "EINVAL")

            // Root may; but not for another who has opened the node, and another not through root's open node.
            #expect(try guest.probe(.capslock, "open", "claim", "write:trigger transient duration=100", "close").dropFirst(2).first == "30")
            #expect(try guest.probe(.capslock, "open", "claim", "write:trigger timer delay_on=5", "close").dropFirst(2).first == "24")
            let stranger = try guest.run("exec 3>\(node); su nobody -s /bin/sh -c 'echo trigger pattern >&3'")
            #expect(stranger.errors.contains("Operation not permitted"), "\(stranger.errors)")
            let tool = try guest.run("su nobody -s /bin/sh -c 'ledctl set capslock --pattern trigger:gpio'")
            #expect(tool.status == 1 && tool.errors.hasPrefix("ledctl: trigger 'gpio': only root may choose this one"), "\(tool.errors)")
        }
    }

    @Test("Keyboards that come obey the chosen trigger, as it was told; each gets its own back")
    func keyboards() throws {
        try withGuest(.lights(usb: true)) { guest in
            try guest.write("trigger timer delay_on=90 delay_off=110", to: .capslock)
            for _ in 1...2 {
                try guest.monitor.addDevice("usb-kbd", id: "second", ["bus": "usb.0"])
                try guest.waitForKeyboards(2, with: .capslock)
                try guest.waitForTrigger("timer", of: .capslock)
                try guest.wait(until: "[ \"$(cat \(led)/delay_on \(led)/delay_off | sort -u | tr '\\n' ' ')\" = '110 90 ' ]")
                try guest.monitor.removeDevice("second")
                try guest.waitForKeyboards(1, with: .capslock)
                try guest.lights.wait(forTransitions: 4, of: .capslock, since: Clocks.monotonic)
            }
            try guest.monitor.addDevice("usb-kbd", id: "second", ["bus": "usb.0"])
            try guest.waitForKeyboards(2, with: .capslock)
            try guest.waitForTrigger("timer", of: .capslock)
            #expect(try guest.attribute("lost_count", of: .capslock) == "0")
            try guest.write("release", to: .capslock)
            #expect(try guest.triggers(of: .capslock) == ["kbd-capslock", "kbd-capslock"])
            try guest.waitFor(.capslock, on: false)
        }
    }

    @Test("Root takes a light from the chosen trigger: readers are told, the next write takes it back; so does one after its module has gone")
    func lost() throws {
        try withGuest(.lights()) { guest in
            try guest.write("trigger timer delay_on=60000 delay_off=60000", to: .capslock)
            try guest.waitFor(.capslock, on: true)
            for (round, taking) in [
                "echo kbd-scrolllock > $(echo \(led))/trigger", "echo 0 > $(echo \(led))/brightness", "modprobe -r ledtrig-timer",
            ].enumerated() {
                let reader = try guest.start("exec cat /dev/ringlight/capslock")
                try reader.wait(for: "1\n")
                try guest.output(of: taking)
                try reader.wait(for: "0 lost\n", within: .seconds(3))
                #expect(try guest.attribute("lost", of: .capslock) == "1")
                #expect(try guest.attribute("lost_count", of: .capslock) == "\(round + 1)")
                #expect(try guest.output(of: "head -n 1 /dev/ringlight/capslock") == "0 lost")
                try guest.write("trigger timer delay_on=\(60000 + round) delay_off=60000", to: .capslock)
                try guest.waitFor(.capslock, on: true)
                #expect(try guest.output(of: "head -n 1 /dev/ringlight/capslock; cat \(led)/delay_on") == "1\n\(60000 + round)")
                #expect(try guest.attribute("lost", of: .capslock) == "0")
                try reader.signal(SIGKILL)
            }
            // Root's choice, and not what was there before it.
            try guest.write("release", to: .capslock)
            #expect(try guest.triggers(of: .capslock) == ["kbd-scrolllock"])
        }
    }

    @Test("However often 'lost' is read, the keyboards are looked at four times a second")
    func readAgainAndAgain() throws {
        try withGuest(.lights()) { guest in
            try guest.write("trigger timer delay_on=60000 delay_off=60000", to: .capslock)
            let reader = try guest.start("exec su nobody -s /bin/sh -c 'while :; do cat \(Guest.attributePath("lost", of: .capslock)); done'")
            try reader.wait(for: String(repeating: "0\n", count: 100), within: .seconds(10))
            // Of the debug kernel.
            guard let works = try guest.works(in: 2000) else { return print("skipped: visits of keyboards: this kernel does not trace works") }
            #expect((1...9).contains(works["visit_all"] ?? 0), "\(works)")
            try guest.output(of: "echo none > $(echo \(led))/trigger")
            try reader.wait(for: "1\n", within: .seconds(2))
            try reader.signal(SIGKILL)
        }
    }

    @Test("netdev follows an interface, disk-activity a disk, a lock key's trigger that key")
    func activity() throws {
        var options = Guest.Options.lights()
        options.qemuArguments = ["-drive", "if=ide,driver=null-co,size=1G,read-zeroes=on"]
        try withGuest(options) { guest in
            try guest.write("trigger netdev device_name=lo tx=1 rx=1 interval=50", to: .capslock)
            #expect(try guest.attribute("trigger", of: .capslock) == "netdev")
            try guest.pass(milliseconds: 300)
            var begun = Clocks.monotonic
            try guest.pass(milliseconds: 500)
            #expect(guest.lights.transitions(of: .capslock, since: begun).isEmpty)
            try guest.output(of: "ping -c 3 -i 0.3 127.0.0.1 > /dev/null")
            try guest.lights.wait(forTransitions: 4, of: .capslock, since: begun)
            try guest.write("release", to: .capslock)

            try guest.output(of: "modprobe ata_piix; modprobe sd_mod; for i in $(seq 100); do [ -b /dev/sda ] && exit 0; sleep 0.1; done; exit 1")
            try guest.pass(milliseconds: 300)
            try guest.write("trigger disk-activity", to: .capslock)
            begun = Clocks.monotonic
            try guest.pass(milliseconds: 300)
            #expect(guest.lights.transitions(of: .capslock, since: begun).isEmpty)
            try guest.output(of: "for i in 1 2 3 4 5; do dd if=/dev/sda of=/dev/null bs=1M count=4 skip=$((i * 8)) 2>/dev/null; usleep 200000; done")
            try guest.lights.wait(forTransitions: 4, of: .capslock, since: begun)
            try guest.write("release", to: .capslock)

            try guest.write("trigger kbd-numlock", to: .capslock)
            try guest.waitFor(.capslock, on: false)
            try guest.monitor.press("num_lock")
            try guest.waitFor(.capslock, on: true)
            try guest.write("release", to: .capslock)
            try guest.waitFor(.capslock, on: false)
            #expect(try guest.triggers(of: .capslock) == ["kbd-capslock"])
        }
    }
}
