import Clocks
import Glibc
import Lab
import Testing

/// What lights meet in the field: other programs, root, several keyboards, sleep, and keyboards that go in the middle of it.
@Suite(.serialized, .showsConsole)
struct LightFieldTests {
    /// Sets the light through the event device, as an X server does: past the trigger.
    private func setLED(_ guest: Guest, on: Bool, code: Int = 1) throws {
        // struct input_event: 16 bytes of time, EV_LED, the light, the state; then a report.
        let zeros = String(repeating: "\\0", count: 16)
        let event = "\(zeros)\\021\\0\\\(code)\\0\\\(on ? 1 : 0)\\0\\0\\0\(zeros)\\0\\0\\0\\0\\0\\0\\0\\0"
        try guest.output(of: "printf '\(event)' > \(try guest.eventNode())")
    }

    @Test("Root takes a light away: readers are told, a pattern does not take it back, the next write does")
    func lost() throws {
        try withGuest(.lights()) { guest in
            let led = "/sys/class/leds/*::capslock"
            let reader = try guest.start("exec cat /dev/ringlight/capslock")
            try reader.wait(for: "0\n")
            for (round, taking) in ["echo 0 > $(echo \(led))/brightness", "echo kbd-numlock > $(echo \(led))/trigger"].enumerated() {
                try guest.write("pattern 0 200 200", to: .capslock)
                try guest.waitFor(.capslock, on: true)
                #expect(try guest.attribute("lost", of: .capslock) == "0")
                try guest.output(of: taking)
                try reader.wait(for: "0 lost\n", within: .seconds(2))
                #expect(try guest.attribute("lost", of: .capslock) == "1")
                #expect(try guest.attribute("lost_count", of: .capslock) == "\(round + 1)")
                #expect(try guest.output(of: "head -n 1 /dev/ringlight/capslock; ledctl get capslock") == "0 lost\noff")
                try guest.waitFor(.capslock, on: false)
                let begun = Clocks.monotonic
                try guest.pass(milliseconds: 700)
                #expect(guest.lights.transitions(of: .capslock, since: begun).isEmpty)
                // Whoever holds it beside does not take it back by going away.
                let other = try guest.probe(.capslock, "open", "claim", "close")
                #expect(other == ["open", "0", "0"])
                #expect(try guest.triggers(of: .capslock) == [round == 0 ? "none" : "kbd-numlock"])
                try guest.write("1", to: .capslock)
                try guest.waitFor(.capslock, on: true)
                #expect(try guest.attribute("lost", of: .capslock) == "0")
                #expect(try guest.output(of: "head -n 1 /dev/ringlight/capslock") == "1")
                try guest.write("release", to: .capslock)
                // Root's choice, if there was one, is what the light goes back to.
                try guest.waitForTrigger(round == 0 ? "kbd-capslock" : "kbd-numlock", of: .capslock)
                try guest.waitFor(.capslock, on: false)
                try guest.output(of: "echo kbd-capslock > $(echo \(led))/trigger")
            }
            // A keyboard that is unplugged has not been taken away.
            try guest.write("1", to: .capslock)
            try guest.output(of: "echo -n serio0 > /sys/bus/serio/drivers/atkbd/unbind; echo -n serio0 > /sys/bus/serio/drivers/atkbd/bind")
            try guest.waitForTrigger("ringlight-capslock", of: .capslock)
            #expect(try guest.attribute("lost_count", of: .capslock) == "2")
            try reader.signal(SIGKILL)
        }
    }

    @Test(
        "A process that has read 'lost' and polls it is woken when root takes the light and when it is back; the node's pollers are not")
    func lostNotification() throws {
        try withGuest(.lights()) { guest in
            try guest.write("1", to: .capslock)
            let steps = "open:read read poll:300 pollend:20000 close open:read read pollend:20000 close open:read read pollend:300"
            let poller = try guest.start("exec guest-probe \(Guest.attributePath("lost", of: .capslock)) \(steps)")
            let other = try guest.startProbe(.capslock, "open", "pollend:3000")
            try poller.wait(for: "poll:300 ")
            try other.wait(for: "open")
            try guest.pass(milliseconds: 300)
            #expect(poller.text.split(separator: "\n").count == 3, "woken without a change: \(poller.text)")
            try guest.output(of: "echo none > $(echo /sys/class/leds/*::capslock)/trigger")
            try poller.wait(for: "pollend:20000 POLLERR|POLLPRI", within: .seconds(2))
            try poller.wait(for: "read \"1\\n\"")
            try guest.pass(milliseconds: 300)
            try guest.write("1", to: .capslock)
            let answers = try poller.wait(within: .seconds(5)).text.split(separator: "\n").map { $0.split(separator: " ")[1] }
            #expect(
                answers == [
                    "open", "\"0\\n\"", "POLLIN", "POLLERR|POLLPRI", "0", "open", "\"1\\n\"", "POLLERR|POLLPRI", "0", "open", "\"0\\n\"", "nothing",
                ])
            #expect(try other.wait(within: .seconds(5)).text.contains("pollend:3000 nothing"))
        }
    }

    @Test("A program that sets the light past us, or grabs the keyboard, is put right and counted")
    func corrected() throws {
        try withGuest(.lights()) { guest in
            try guest.output(of: "modprobe evdev")
            try guest.write("1", to: .capslock)
            try guest.waitFor(.capslock, on: true)
            for round in 1...3 {
                // It is dark for 20 ms at least, of which a PS/2 keyboard need not be told.
                try setLED(guest, on: false)
                try guest.wait(until: "[ $(cat \(Guest.attributePath("corrected_count", of: .capslock))) -ge \(round) ]")
                try guest.pass(milliseconds: 200)
                #expect(guest.lights.state.caps)
                #expect(try guest.attribute("corrected_count", of: .capslock) == "\(round)")
            }
            // A grab, with the light set by the grabber: real state is told; as claimed when the grab ends.
            let grabber = try guest.start("exec guest-probe \(try guest.eventNode()) open grab pause")
            try grabber.wait(for: "grab 0")
            var begun = Clocks.monotonic
            try guest.write("pattern 0 100 100", to: .capslock)
            try guest.pass(milliseconds: 600)
            #expect(guest.lights.transitions(of: .capslock, since: begun).isEmpty)
            #expect(try guest.output(of: "head -n 1 /dev/ringlight/capslock") == "1")
            begun = Clocks.monotonic
            try grabber.signal(SIGKILL)
            try guest.lights.wait(forTransitions: 4, of: .capslock, since: begun)
            try guest.write("release", to: .capslock)
            try guest.waitFor(.capslock, on: false)
            // Not ours any more: the other program's business.
            let count = try guest.attribute("corrected_count", of: .capslock)
            try setLED(guest, on: true)
            try guest.waitFor(.capslock, on: true)
            begun = Clocks.monotonic
            try guest.pass(milliseconds: 300)
            #expect(guest.lights.transitions(of: .capslock, since: begun).isEmpty)
            #expect(try guest.attribute("corrected_count", of: .capslock) == count)
        }
    }

    @Test("A trigger comes back with what it was told: times, inversion, interface, pattern")
    func triggerSettings() throws {
        try withGuest(.lights()) { guest in
            let modules = "timer heartbeat netdev oneshot transient pattern"
            let led = try guest.output(of: "for name in \(modules); do modprobe ledtrig-$name; done; echo /sys/class/leds/*::capslock")
            for (trigger, settings) in [
                ("timer", ["delay_on": "350", "delay_off": "150"]), ("heartbeat", ["invert": "1"]),
                ("netdev", ["device_name": "lo", "rx": "1", "interval": "60"]), ("timer", ["delay_on": "90", "delay_off": "60"]),
                ("oneshot", ["delay_on": "70", "delay_off": "80", "invert": "1"]), ("transient", ["duration": "900", "state": "1"]),
                ("pattern", ["pattern": "0 300 1 400", "repeat": "7"]),
            ] {
                try guest.output(of: "echo \(trigger) > \(led)/trigger")
                for (name, value) in settings { try guest.output(of: "echo \(value) > \(led)/\(name)") }
                try guest.write("pattern 1 1000 100", to: .capslock)
                #expect(try guest.triggers(of: .capslock) == ["ringlight-capslock"])
                try guest.waitForTrigger(trigger, of: .capslock)
                for (name, value) in settings {
                    #expect(try guest.output(of: "cat \(led)/\(name)") == value, "\(trigger)'s \(name)")
                }
                guard trigger == "timer", settings["delay_on"] == "350" else { continue }
                // As seen from outside: on for 350 ms, off for 150.
                let seen = try guest.lights.wait(forTransitions: 8, of: .capslock, since: Clocks.monotonic)
                let on = zip(seen, seen.dropFirst()).filter { $0.0.isOn }.map { ($1.time - $0.time) / 1_000_000 }.sorted()
                let off = zip(seen, seen.dropFirst()).filter { !$0.0.isOn }.map { ($1.time - $0.time) / 1_000_000 }.sorted()
                #expect(on[on.count / 2] > off[off.count / 2] + 50, "on \(on) off \(off) ms")
            }
        }
    }

    @Test("Two keyboards: each gets its own trigger back, one that root took is counted for itself, sysfs names them")
    func severalKeyboards() throws {
        try withGuest(.lights(usb: true)) { guest in
            let first = try guest.attribute("keyboards", of: .capslock)
            #expect(first.wholeMatch(of: #/input[0-9]+/#) != nil, "'\(first)'")
            try guest.monitor.addDevice("usb-kbd", id: "second", ["bus": "usb.0"])
            try guest.waitForKeyboards(2, with: .capslock)
            let both = try guest.attribute("keyboards", of: .capslock).split(separator: " ").map(String.init)
            #expect(both.count == 2 && both.first == first)
            guard both.count == 2 else { return }
            try guest.output(of: "echo none > /sys/class/leds/\(both[1])::capslock/trigger; echo 1 > /sys/class/leds/\(both[1])::capslock/brightness")
            try guest.write("pattern 0 120 120", to: .capslock)
            try guest.lights.wait(forTransitions: 6, of: .capslock, since: Clocks.monotonic)
            try guest.output(of: "echo 0 > /sys/class/leds/\(both[0])::capslock/brightness")
            try guest.wait(until: "grep -q 1 \(Guest.attributePath("lost", of: .capslock))")
            #expect(try guest.attribute("lost_count", of: .capslock) == "1")
            // The other goes on.
            try guest.lights.wait(forTransitions: 4, of: .capslock, since: Clocks.monotonic)
            // Unplugging the lost one ends the loss.
            try guest.output(of: "echo -n serio0 > /sys/bus/serio/drivers/atkbd/unbind")
            try guest.wait(until: "grep -q 0 \(Guest.attributePath("lost", of: .capslock))")
            #expect(try guest.attribute("keyboards", of: .capslock) == both[1])
            try guest.write("release", to: .capslock)
            #expect(try guest.triggers(of: .capslock) == ["none"])
            try guest.waitFor(.capslock, on: true)
        }
    }

    @Test("Lock keys pressed while a pattern plays are seen when it ends")
    func lockKeys() throws {
        try withGuest(.lights()) { guest in
            try guest.write("pattern 5 150 150", to: .capslock)
            try guest.lights.wait(forTransitions: 3, of: .capslock, since: 0)
            try guest.monitor.press("caps_lock")
            try guest.waitForTrigger("kbd-capslock", of: .capslock)
            try guest.waitFor(.capslock, on: true)
            // Ten steps, and the lock; a busy machine may miss a step of 150 ms, but never add one.
            let seen = guest.lights.transitions(of: .capslock)
            #expect((7...11).contains(seen.count) && seen.last?.isOn == true, "\(seen)")
        }
    }

    @Test("Suspend and resume: a held light and a pattern are there again, a free light shows its lock")
    func suspend() throws {
        try withGuest(.lights()) { guest in
            try guest.monitor.press("num_lock")
            try guest.waitFor(.numlock, on: true)
            try guest.write("1", to: .scrolllock)
            try guest.waitFor(.scrolllock, on: true)
            try guest.write("pattern 0 150 150", to: .capslock)
            try guest.lights.wait(forTransitions: 3, of: .capslock, since: 0)
            let begun = Clocks.monotonic
            let result = try guest.run(
                "echo 2 > /sys/module/suspend/parameters/pm_test_delay; echo devices > /sys/power/pm_test && echo mem > /sys/power/state",
                within: .seconds(60))
            let resumed = Clocks.monotonic
            #expect(result.status == 0, "\(result.errors)")
            try guest.lights.wait(forTransitions: 4, of: .capslock, since: resumed)
            try guest.waitFor(.numlock, on: true)
            try guest.waitFor(.scrolllock, on: true)
            // While it slept, for two seconds, nothing blinked.
            let asleep = guest.lights.transitions(of: .capslock, since: begun).map(\.time) + [resumed]
            #expect(zip(asleep, asleep.dropFirst()).contains { $1 - $0 > 1_500_000_000 })
            try guest.write("release", to: .scrolllock)
            try guest.waitFor(.scrolllock, on: false)
            try guest.write("release", to: .capslock)
            try guest.waitForTrigger("kbd-capslock", of: .capslock)
            try guest.waitFor(.capslock, on: false)

            // A trigger of the kernel's own goes on as well, as it was told.
            try guest.write("trigger timer delay_on=120 delay_off=130", to: .capslock)
            try guest.output(of: "echo mem > /sys/power/state", within: .seconds(60))
            #expect(try guest.output(of: "cat /sys/class/leds/*::capslock/delay_on") == "120")
            try guest.lights.wait(forTransitions: 4, of: .capslock, since: Clocks.monotonic)
            try guest.write("release", to: .capslock)
            try guest.waitFor(.capslock, on: false)
            #expect(try guest.attribute("lost_count", of: .capslock) == "0")
        }
    }

    @Test("Keyboards that go in the middle of writes: no write hangs, and the light is right at the end")
    func unplugged() throws {
        var options = Guest.Options.lights(usb: true)
        options.processors = 2
        try withGuest(options) { guest in
            let script = """
                work() { for i in $(seq 60); do eval "$1" 2>/dev/null; done; }
                work 'echo 1 > /dev/ringlight/capslock; echo release > /dev/ringlight/capslock' &
                work 'echo pattern 3 20 20 > /dev/ringlight/capslock' &
                work 'echo trigger timer delay_on=30 delay_off=30 > /dev/ringlight/capslock; head -n 1 /dev/ringlight/capslock' > /dev/null &
                work 'guest-probe /dev/ringlight/capslock open claim "write:pattern 0 20 20" write:0 close' > /dev/null &
                work 'guest-probe /dev/ringlight/numlock open claim "write:pattern 0 20 20" read close' > /dev/null &
                (for i in $(seq 12); do
                    echo -n serio0 > /sys/bus/serio/drivers/atkbd/unbind; echo -n serio0 > /sys/bus/serio/drivers/atkbd/bind
                done) &
                wait
                echo release > /dev/ringlight/capslock
                echo done
                """
            let job = try guest.start(script)
            for round in 0..<6 {
                try guest.monitor.addDevice("usb-kbd", id: "k\(round)", ["bus": "usb.0"])
                usleep(300_000)
                try guest.monitor.removeDevice("k\(round)")
            }
            let result = try job.wait(within: .seconds(300))
            #expect(result.text.hasSuffix("done\n"), "\(result.errors)")
            try guest.waitForKeyboards(1, with: .capslock)
            for light in [LockLight.capslock, .numlock] {
                try guest.waitForTrigger("kbd-\(light.rawValue)", of: light)
                try guest.waitFor(light, on: false)
            }
            try guest.write("pattern 2 150 150", to: .capslock)
            try guest.lights.wait(forTransitions: 4, of: .capslock, since: Clocks.monotonic - 50_000_000)
        }
    }

    @Test("sysfs tells who holds a light; the module cannot go while one is held, by an opener or by a lasting pattern that plays")
    func holder() throws {
        try withGuest(.lights()) { guest in
            func holder() throws -> [String] { [try guest.attribute("holder_pid", of: .numlock), try guest.attribute("holder_name", of: .numlock)] }
            #expect(try holder() == ["0", ""])
            let shell = try guest.output(of: "echo $$; echo pattern 0 80 80 > /dev/ringlight/numlock")
            #expect(try holder() == [shell, "sh"])
            let job = try guest.startProbe(.numlock, "open", "claim", "write:1", "pause")
            try job.wait(for: "pause\n")
            let pid = try guest.output(of: "pidof guest-probe")
            #expect(try holder() == [pid, "guest-probe"])
            #expect(try guest.run("modprobe -r ringlight").status != 0)
            try guest.waitFor(.numlock, on: true)
            try job.signal(SIGKILL)
            try guest.lights.wait(forTransitions: 4, of: .numlock, since: Clocks.monotonic)
            #expect(try holder() == [shell, "sh"])
            #expect(try guest.run("modprobe -r ringlight").status != 0)
            #expect(try guest.triggers(of: .numlock) == ["ringlight-numlock"])
            // One that ends by itself, with no file open, lets the module go.
            try guest.write("pattern 2 80 80", to: .numlock)
            try guest.waitForTrigger("kbd-numlock", of: .numlock)
            try guest.output(of: "modprobe -r ringlight")
            try guest.waitFor(.numlock, on: false)
            try guest.output(of: "modprobe ringlight")
            #expect(try holder() == ["0", ""])
        }
    }
}
