import Glibc
import Lab
import Testing

/// Who drives a light: lock keys, lasting claims, claims until close, triggers, keyboards that come and go.
@Suite(.serialized, .showsConsole)
struct LightClaimTests {
    @Test("A lock key does not change a held light; after release the light shows the lock", arguments: [
        (LockLight.capslock, "caps_lock"), (.numlock, "num_lock"), (.scrolllock, "scroll_lock"),
    ])
    func lockKey(light: LockLight, key: String) throws {
        try withGuest(.lights()) { guest in
            try guest.write("0", to: light)
            try guest.waitForTrigger("ringlight-\(light.rawValue)", of: light)
            let held = MonotonicClock.now
            try guest.monitor.press(key)
            #expect(try guest.output(of: "sleep 0.5; echo slept") == "slept")
            #expect(guest.lights.transitions(of: light, since: held).isEmpty)
            try guest.write("release", to: light)
            try guest.lights.wait(for: light, on: true)

            try guest.write("1", to: light)
            try guest.waitForTrigger("ringlight-\(light.rawValue)", of: light)
            let heldAgain = MonotonicClock.now
            try guest.monitor.press(key)
            #expect(try guest.output(of: "sleep 0.5; echo slept") == "slept")
            #expect(guest.lights.transitions(of: light, since: heldAgain).isEmpty)
            try guest.write("release", to: light)
            try guest.lights.wait(for: light, on: false)

            // And the key works as ever.
            try guest.monitor.press(key)
            try guest.lights.wait(for: light, on: true)
        }
    }

    @Test("Claims until close lie on each other and on the lasting one; kill -9 of a holder uncovers the one below")
    func claimsLieOnEachOther() throws {
        try withGuest(.lights()) { guest in
            // The lock is on, the lasting claim off, the first holder on, the second off.
            try guest.monitor.press("caps_lock")
            try guest.lights.wait(for: .capslock, on: true)
            try guest.write("0", to: .capslock)
            try guest.lights.wait(for: .capslock, on: false)
            let first = try guest.hold(.capslock, on: true)
            try guest.lights.wait(for: .capslock, on: true)
            let second = try guest.hold(.capslock, on: false)
            try guest.lights.wait(for: .capslock, on: false)

            // Below the top one, nothing is seen of a change.
            let covered = MonotonicClock.now
            try guest.write("1", to: .capslock)
            try guest.write("0", to: .capslock)
            #expect(try guest.output(of: "sleep 0.3; echo slept") == "slept")
            #expect(guest.lights.transitions(of: .capslock, since: covered).isEmpty)

            try second.signal(SIGKILL)
            try guest.lights.wait(for: .capslock, on: true)
            #expect(try second.wait().status == 128 + SIGKILL)
            try first.signal(SIGKILL)
            try guest.lights.wait(for: .capslock, on: false)
            #expect(try guest.triggers(of: .capslock) == ["ringlight-capslock"])
            try guest.write("release", to: .capslock)
            try guest.lights.wait(for: .capslock, on: true)
            #expect(try guest.triggers(of: .capslock) == ["kbd-capslock"])
        }
    }

    @Test("A holder in the middle that dies changes nothing; release ends only one's own claim")
    func middle() throws {
        try withGuest(.lights()) { guest in
            let bottom = try guest.hold(.numlock, on: false)
            let middle = try guest.hold(.numlock, on: false)
            let top = try guest.hold(.numlock, on: true)
            try guest.lights.wait(for: .numlock, on: true)
            let quiet = MonotonicClock.now
            try middle.signal(SIGKILL)
            #expect(try middle.wait().status == 128 + SIGKILL)
            // A stranger's release ends the lasting claim, of which there is none.
            try guest.write("release", to: .numlock)
            #expect(try guest.probe(.numlock, "open", "claim", "write:release", "close") == ["open", "0", "7", "0"])
            #expect(try guest.output(of: "sleep 0.2; echo slept") == "slept")
            #expect(guest.lights.transitions(of: .numlock, since: quiet).isEmpty)
            // Its own release, and a new claim, by one opener: on, the claim below, off.
            let opener = try guest.startProbe(.numlock, "open", "claim", "write:0", "poll:200", "poll:200", "write:release", "pause")
            try opener.wait(for: "pause\n")
            try guest.lights.wait(for: .numlock, on: true)
            try top.signal(SIGKILL)
            try guest.lights.wait(for: .numlock, on: false)
            for job in [bottom, opener] {
                try job.signal(SIGKILL)
                #expect(try job.wait().status == 128 + SIGKILL)
            }
            try guest.waitForTrigger("kbd-numlock", of: .numlock)
        }
    }

    @Test("Release restores the trigger that was there, and what it showed", arguments: [
        "none", "kbd-numlock", "timer", "heartbeat", "kbd-capslock",
    ])
    func restoresTrigger(trigger: String) throws {
        try withGuest(.lights()) { guest in
            let led = "/sys/class/leds/*::capslock"
            if ["timer", "heartbeat"].contains(trigger) { try guest.output(of: "modprobe ledtrig-\(trigger)") }
            for claim in ["lasting", "until close"] {
                try guest.output(of: "echo \(trigger) | tee \(led)/trigger")
                if trigger == "none" {
                    try guest.output(of: "echo 1 | tee \(led)/brightness")
                    try guest.lights.wait(for: .capslock, on: true)
                }
                if claim == "lasting" {
                    try guest.write("0", to: .capslock)
                    #expect(try guest.triggers(of: .capslock) == ["ringlight-capslock"])
                    try guest.lights.wait(for: .capslock, on: false)
                    try guest.write("release", to: .capslock)
                } else {
                    let holder = try guest.hold(.capslock, on: false)
                    #expect(try guest.triggers(of: .capslock) == ["ringlight-capslock"])
                    try guest.lights.wait(for: .capslock, on: false)
                    try holder.signal(SIGKILL)
                    #expect(try holder.wait().status == 128 + SIGKILL)
                }
                try guest.waitForTrigger(trigger, of: .capslock)
                if trigger == "none" { try guest.lights.wait(for: .capslock, on: true) }
                if ["timer", "heartbeat"].contains(trigger) {
                    // It blinks again.
                    try guest.lights.wait(forTransitions: 3, of: .capslock, since: MonotonicClock.now)
                }
            }
        }
    }

    @Test("A USB keyboard that is plugged in joins a held light, one that is pulled leaves it")
    func hotPlug() throws {
        try withGuest(.lights(usb: true)) { guest in
            try guest.write("1", to: .capslock)
            try guest.lights.wait(for: .capslock, on: true)
            for round in 1...3 {
                try guest.monitor.addDevice("usb-kbd", id: "second", ["bus": "usb.0"])
                try guest.waitForKeyboards(2, with: .capslock)
                try guest.waitForTrigger("ringlight-capslock", of: .capslock)
                #expect(try guest.triggers(of: .numlock) == ["kbd-numlock", "kbd-numlock"])
                #expect(try guest.output(of: "cat /sys/class/leds/*::capslock/brightness") == "1\n1")
                try guest.write("0", to: .capslock)
                #expect(try guest.output(of: "cat /sys/class/leds/*::capslock/brightness") == "0\n0")
                try guest.lights.wait(for: .capslock, on: false)
                try guest.monitor.removeDevice("second")
                try guest.waitForKeyboards(1, with: .capslock)
                // The claim and the other keyboard are as they were.
                #expect(try guest.triggers(of: .capslock) == ["ringlight-capslock"])
                try guest.write("1", to: .capslock)
                try guest.lights.wait(for: .capslock, on: true)
                #expect(try guest.output(of: "cat /sys/class/leds/*::capslock/brightness") == "1", "round \(round)")
            }
            // Plugged in while held, released while plugged in: it has its own trigger as well.
            try guest.monitor.addDevice("usb-kbd", id: "second", ["bus": "usb.0"])
            try guest.waitForKeyboards(2, with: .capslock)
            try guest.waitForTrigger("ringlight-capslock", of: .capslock)
            try guest.write("release", to: .capslock)
            #expect(try guest.triggers(of: .capslock) == ["kbd-capslock", "kbd-capslock"])
            try guest.lights.wait(for: .capslock, on: false)
        }
    }

    @Test("Root takes a light away by its brightness; the next write takes it again")
    func takenAway() throws {
        try withGuest(.lights()) { guest in
            try guest.write("1", to: .capslock)
            try guest.lights.wait(for: .capslock, on: true)
            try guest.output(of: "echo 0 | tee /sys/class/leds/*::capslock/brightness")
            try guest.lights.wait(for: .capslock, on: false)
            #expect(try guest.triggers(of: .capslock) == ["none"])
            try guest.write("1", to: .capslock)
            try guest.lights.wait(for: .capslock, on: true)
            try guest.write("release", to: .capslock)
            try guest.lights.wait(for: .capslock, on: false)
            #expect(try guest.triggers(of: .capslock) == ["kbd-capslock"])
        }
    }

    @Test("Another program's LED event goes past the trigger; a held light comes back")
    func ledEvent() throws {
        try withGuest(.lights()) { guest in
            try guest.output(of: "modprobe evdev")
            try guest.write("0", to: .capslock)
            try guest.waitForTrigger("ringlight-capslock", of: .capslock)
            let begun = MonotonicClock.now
            // struct input_event: 16 bytes of time, EV_LED, LED_CAPSL, 1; then a report.
            let zeros = String(repeating: "\\0", count: 16)
            let node = try guest.output(
                of: "basename $(ls -d $(dirname $(readlink -f /sys/class/leds/*::capslock))/event*)")
            try guest.output(of: "printf '\(zeros)\\021\\0\\1\\0\\1\\0\\0\\0\(zeros)\\0\\0\\0\\0\\0\\0\\0\\0' > /dev/input/\(node)")
            let seen = try guest.lights.wait(forTransitions: 2, of: .capslock, since: begun)
            #expect(seen.map(\.isOn) == [true, false])
            #expect(try guest.triggers(of: .capslock) == ["ringlight-capslock"])
            try guest.write("release", to: .capslock)
        }
    }
}
