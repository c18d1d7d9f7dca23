import Clocks
import Glibc
import Lab
import Testing

/// Who drives a light: lock keys, lasting claims, claims until close, triggers, keyboards that come and go.
@Suite(.serialized, .showsConsole)
struct LightClaimTests {
    @Test("A lock key does not change a held light; after release the light shows the lock")
    func lockKeys() throws {
        try withGuest(.lights()) { guest in
            // The console hears Scroll Lock only where a terminal is open.
            let terminal = try guest.start("exec sleep 1000 < /dev/tty1")
            for (light, key) in [(LockLight.capslock, "caps_lock"), (.numlock, "num_lock"), (.scrolllock, "scroll_lock")] {
                for lit in [false, true] {
                    try guest.write(lit ? "1" : "0", to: light)
                    try guest.waitForTrigger("ringlight-\(light.rawValue)", of: light)
                    try guest.waitFor(light, on: lit)
                    let held = Clocks.monotonic
                    try guest.monitor.press(key)
                    try guest.pass(milliseconds: 400)
                    #expect(guest.lights.transitions(of: light, since: held).isEmpty)
                    // The lock went on under the dark light, and off under the lit one.
                    try guest.write("release", to: light)
                    try guest.waitFor(light, on: !lit)
                }
                // And the key works as ever.
                try guest.monitor.press(key)
                try guest.waitFor(light, on: true)
            }
            try terminal.signal(SIGKILL)
        }
    }

    @Test("Claims until close lie on each other and on the lasting one; kill -9 of a holder uncovers the one below")
    func claimsLieOnEachOther() throws {
        try withGuest(.lights()) { guest in
            // The lock is on, the lasting claim off, the first holder on, the second off.
            try guest.monitor.press("caps_lock")
            try guest.waitFor(.capslock, on: true)
            try guest.write("0", to: .capslock)
            try guest.waitFor(.capslock, on: false)
            let first = try guest.hold(.capslock, on: true)
            try guest.waitFor(.capslock, on: true)
            let second = try guest.hold(.capslock, on: false)
            try guest.waitFor(.capslock, on: false)

            // Below the top one, nothing is seen of a change.
            let covered = Clocks.monotonic
            try guest.write("1", to: .capslock)
            try guest.write("0", to: .capslock)
            try guest.pass(milliseconds: 300)
            #expect(guest.lights.transitions(of: .capslock, since: covered).isEmpty)

            try second.signal(SIGKILL)
            try guest.waitFor(.capslock, on: true)
            #expect(try second.wait().status == 128 + SIGKILL)
            try first.signal(SIGKILL)
            try guest.waitFor(.capslock, on: false)
            #expect(try guest.triggers(of: .capslock) == ["ringlight-capslock"])
            try guest.write("release", to: .capslock)
            try guest.waitFor(.capslock, on: true)
            #expect(try guest.triggers(of: .capslock) == ["kbd-capslock"])
        }
    }

    @Test("A holder in the middle that dies changes nothing; release ends only one's own claim")
    func middle() throws {
        try withGuest(.lights()) { guest in
            let bottom = try guest.hold(.numlock, on: false)
            let middle = try guest.hold(.numlock, on: false)
            let top = try guest.hold(.numlock, on: true)
            try guest.waitFor(.numlock, on: true)
            let quiet = Clocks.monotonic
            try middle.signal(SIGKILL)
            #expect(try middle.wait().status == 128 + SIGKILL)
            // A stranger's release ends the lasting claim, of which there is none.
            try guest.write("release", to: .numlock)
            #expect(try guest.probe(.numlock, "open", "claim", "write:release", "close") == ["open", "0", "7", "0"])
            try guest.pass(milliseconds: 200)
            #expect(guest.lights.transitions(of: .numlock, since: quiet).isEmpty)
            // Its own release, and a new claim, by one opener: on, the claim below, off.
            let opener = try guest.startProbe(.numlock, "open", "claim", "write:0", "poll:200", "poll:200", "write:release", "pause")
            try opener.wait(for: "pause\n")
            try guest.waitFor(.numlock, on: true)
            try top.signal(SIGKILL)
            try guest.waitFor(.numlock, on: false)
            for job in [bottom, opener] {
                try job.signal(SIGKILL)
                #expect(try job.wait().status == 128 + SIGKILL)
            }
            try guest.waitForTrigger("kbd-numlock", of: .numlock)
        }
    }

    @Test("A light has room for 256 claims until close, and for the lasting one besides; more are refused until one ends")
    func mostClaims() throws {
        try withGuest(.lights()) { guest in
            let crowd = try guest.startProbe(.capslock, "open", "claims:300", "pause")
            try crowd.wait(for: "pause\n", within: .seconds(20))
            #expect(crowd.text.contains("claims:300 256:ENOSPC "), "\(crowd.text)")
            #expect(
                try guest.probe(.capslock, "open", "claim", "write:1", "write:pattern 1 100", "write:release")
                    == ["open", "0", "ENOSPC", "ENOSPC", "7"])
            #expect(try guest.probe(.numlock, "open", "claim", "write:1") == ["open", "0", "1"])
            try guest.write("1", to: .capslock)
            #expect(guest.lights.transitions(of: .capslock).isEmpty)
            try crowd.signal(SIGKILL)
            try guest.waitFor(.capslock, on: true)
            let again = try guest.startProbe(.capslock, "open", "claims:256", "pause")
            try again.wait(for: "pause\n", within: .seconds(20))
            #expect(again.text.contains("claims:256 256 "), "\(again.text)")
            try again.signal(SIGKILL)
            try guest.waitFor(.capslock, on: true)
            try guest.write("release", to: .capslock)
            try guest.waitFor(.capslock, on: false)
        }
    }

    @Test("Release, and the end of a claim, restore the trigger that was there, and what it showed")
    func restoresTrigger() throws {
        try withGuest(.lights()) { guest in
            let led = "/sys/class/leds/*::capslock"
            try guest.output(of: "modprobe ledtrig-timer; modprobe ledtrig-heartbeat; modprobe ledtrig-default-on")
            func before(_ trigger: String) throws {
                try guest.output(of: "echo \(trigger) | tee \(led)/trigger")
                guard trigger == "none" else { return }
                try guest.output(of: "echo 1 | tee \(led)/brightness")
                try guest.waitFor(.capslock, on: true)
            }
            func after(_ trigger: String) throws {
                try guest.waitForTrigger(trigger, of: .capslock)
                switch trigger {
                case "none", "default-on": try guest.waitFor(.capslock, on: true)
                // It blinks again.
                case "timer", "heartbeat": try guest.lights.wait(forTransitions: 3, of: .capslock, since: Clocks.monotonic)
                default: try guest.waitFor(.capslock, on: false)
                }
            }
            for trigger in ["none", "kbd-numlock", "timer", "heartbeat", "default-on", "kbd-capslock"] {
                try before(trigger)
                try guest.write("0", to: .capslock)
                #expect(try guest.triggers(of: .capslock) == ["ringlight-capslock"])
                try guest.waitFor(.capslock, on: false)
                try guest.write("release", to: .capslock)
                try after(trigger)

                try before(trigger)
                let holder = try guest.hold(.capslock, on: false)
                #expect(try guest.triggers(of: .capslock) == ["ringlight-capslock"])
                try guest.waitFor(.capslock, on: false)
                try holder.signal(SIGKILL)
                #expect(try holder.wait().status == 128 + SIGKILL)
                try after(trigger)
            }
        }
    }

    @Test("A USB keyboard that is plugged in joins a held light, one that is pulled leaves it")
    func hotPlug() throws {
        try withGuest(.lights(usb: true)) { guest in
            try guest.write("1", to: .capslock)
            try guest.waitFor(.capslock, on: true)
            for round in 1...3 {
                try guest.monitor.addDevice("usb-kbd", id: "second", ["bus": "usb.0"])
                try guest.waitForKeyboards(2, with: .capslock)
                try guest.waitForTrigger("ringlight-capslock", of: .capslock)
                #expect(try guest.triggers(of: .numlock) == ["kbd-numlock", "kbd-numlock"])
                #expect(try guest.output(of: "cat /sys/class/leds/*::capslock/brightness") == "1\n1")
                try guest.write("0", to: .capslock)
                #expect(try guest.output(of: "cat /sys/class/leds/*::capslock/brightness") == "0\n0")
                try guest.waitFor(.capslock, on: false)
                try guest.monitor.removeDevice("second")
                try guest.waitForKeyboards(1, with: .capslock)
                // The claim and the other keyboard are as they were.
                #expect(try guest.triggers(of: .capslock) == ["ringlight-capslock"])
                try guest.write("1", to: .capslock)
                try guest.waitFor(.capslock, on: true)
                #expect(try guest.output(of: "cat /sys/class/leds/*::capslock/brightness") == "1", "round \(round)")
            }
            // Plugged in while held, released while plugged in: it has its own trigger as well.
            try guest.monitor.addDevice("usb-kbd", id: "second", ["bus": "usb.0"])
            try guest.waitForKeyboards(2, with: .capslock)
            try guest.waitForTrigger("ringlight-capslock", of: .capslock)
            try guest.write("release", to: .capslock)
            #expect(try guest.triggers(of: .capslock) == ["kbd-capslock", "kbd-capslock"])
            try guest.waitFor(.capslock, on: false)
        }
    }

    @Test("Root takes a light away by its brightness; the next write takes it again")
    func takenAway() throws {
        try withGuest(.lights()) { guest in
            try guest.write("1", to: .capslock)
            try guest.waitFor(.capslock, on: true)
            try guest.output(of: "echo 0 | tee /sys/class/leds/*::capslock/brightness")
            try guest.waitFor(.capslock, on: false)
            #expect(try guest.triggers(of: .capslock) == ["none"])
            try guest.write("1", to: .capslock)
            try guest.waitFor(.capslock, on: true)
            try guest.write("release", to: .capslock)
            try guest.waitFor(.capslock, on: false)
            #expect(try guest.triggers(of: .capslock) == ["kbd-capslock"])
        }
    }

    @Test("Under a program that has grabbed the keyboard the light's real state is told; it is as set when the program ends")
    func grabbed() throws {
        try withGuest(.lights()) { guest in
            try guest.output(of: "modprobe evdev")
            let begun = Clocks.monotonic
            let grabber = try guest.start("exec guest-probe \(try guest.eventNode()) open grab pause")
            try grabber.wait(for: "grab 0")
            let set = try guest.run("ledctl set capslock on")
            #expect(set.status == 0)
            #expect(
                set.errors
                    == "ledctl: capslock: set to on, but still off: a notification plays on it, "
                    + "or another program has grabbed the keyboard (it follows when they end)\n")
            #expect(try guest.output(of: "ledctl get capslock; head -n 1 /dev/ringlight/capslock") == "off\n0")
            try guest.pass(milliseconds: 300)
            #expect(guest.lights.transitions(of: .capslock, since: begun).isEmpty)
            try grabber.signal(SIGKILL)
            try guest.waitFor(.capslock, on: true)
            #expect(try guest.output(of: "ledctl get capslock; head -n 1 /dev/ringlight/capslock") == "on\n1")
        }
    }

    @Test("Another program's LED event goes past the trigger; a held light comes back")
    func ledEvent() throws {
        try withGuest(.lights()) { guest in
            try guest.output(of: "modprobe evdev")
            try guest.write("0", to: .capslock)
            try guest.waitForTrigger("ringlight-capslock", of: .capslock)
            let begun = Clocks.monotonic
            // struct input_event: 16 bytes of time, EV_LED, LED_CAPSL, 1; then a report.
            let zeros = String(repeating: "\\0", count: 16)
            try guest.output(of: "printf '\(zeros)\\021\\0\\1\\0\\1\\0\\0\\0\(zeros)\\0\\0\\0\\0\\0\\0\\0\\0' > \(try guest.eventNode())")
            let seen = try guest.lights.wait(forTransitions: 2, of: .capslock, since: begun)
            #expect(seen.map(\.isOn) == [true, false])
            #expect(try guest.triggers(of: .capslock) == ["ringlight-capslock"])
            try guest.write("release", to: .capslock)
        }
    }
}
