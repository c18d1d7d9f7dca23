import Clocks
import Glibc
import Lab
import Testing

/// ledctl beside ledd on a real keyboard, and its doctor, watched from outside.
@Suite(.serialized, .showsConsole)
struct LightToolDaemonTests {
    @Test("notify leaves the playing to ledd, waits for its end, and gives the light back when it is stopped or killed")
    func notify() throws {
        try withGuest(.lights()) { guest in
            let ledd = try guest.startLightDaemon()
            try guest.output(of: "ledctl notify --pattern on:200,off:200 --repeat 3")
            try guest.lights.wait(forTransitions: 6, of: .capslock, since: 0)
            try guest.waitForTrigger("kbd-capslock", of: .capslock)

            let begun = Clocks.monotonic
            try guest.output(of: "ledctl notify --wait --pattern on:200,off:200 --repeat 2")
            #expect(guest.lights.transitions(of: .capslock, since: begun).map(\.isOn) == [true, false, true, false])

            for (signal, status) in [(SIGINT, 130), (SIGTERM, 130), (SIGKILL, 128 + SIGKILL)] as [(Int32, Int32)] {
                let job = try guest.start("exec ledctl notify --wait --timeout 60 --pattern on --light '*lock'")
                for light in LockLight.allCases { try guest.waitFor(light, on: true) }
                try job.signal(signal)
                #expect(try job.wait(within: .seconds(5)).status == status)
                for light in LockLight.allCases { try guest.waitFor(light, on: false) }
            }
            try guest.waitForTrigger("kbd-scrolllock", of: .scrolllock)
            try ledd.signal(SIGTERM)
            #expect(try ledd.wait().status == 0)
        }
    }

    @Test("set waits beneath a notification and shows again after it; without ledd it is the node's")
    func set() throws {
        try withGuest(.lights()) { guest in
            // Before ledd runs: the claim lasts beneath those of ledd, and 'release' finds it.
            try guest.output(of: "ledctl set numlock on")
            try guest.waitFor(.numlock, on: true)
            let ledd = try guest.startLightDaemon()
            try guest.output(of: "ledctl set capslock on")
            try guest.waitFor(.capslock, on: true)
            let notify = try guest.start("exec ledctl notify --wait --timeout 60 --id dark --pattern off")
            try guest.waitFor(.capslock, on: false)
            let doctor = try guest.run("ledctl doctor capslock")
            #expect(doctor.status == 1)
            #expect(doctor.text.hasPrefix("capslock: the claim 'set' waits beneath 'dark' of ledctl, priority 5 ("), "\(doctor.text)")
            try guest.output(of: "ledctl release --id dark")
            #expect(try notify.wait(within: .seconds(5)).status == 0)
            try guest.waitFor(.capslock, on: true)
            #expect(try guest.output(of: "ledctl doctor") == "nothing found: capslock, numlock, scrolllock can be set, ledd answers")

            try guest.output(of: "ledctl save /tmp/lights && ledctl release capslock numlock")
            try guest.waitFor(.capslock, on: false)
            try guest.waitFor(.numlock, on: false)
            try guest.output(of: "ledctl restore /tmp/lights")
            try guest.waitFor(.capslock, on: true)
            // A killed ledd gives everything back; what is written then, the node keeps.
            try ledd.signal(SIGKILL)
            try guest.waitFor(.capslock, on: false)
            try guest.output(of: "ledctl restore /tmp/lights")
            try guest.waitFor(.capslock, on: true)
            try guest.output(of: "ledctl save - | grep -F '\"capslock\" : \"on\"' && ledctl release --all")
            try guest.waitFor(.capslock, on: false)
        }
    }

    @Test("list and doctor tell of a grab, and doctor of who has the keyboard open")
    func grab() throws {
        try withGuest(Guest.Options(cards: 0, modules: ["ringlight", "evdev"])) { guest in
            #expect(try guest.output(of: "ledctl doctor") == "nothing found: capslock, numlock, scrolllock can be set")
            let grabber = try guest.start("exec guest-probe \(try guest.eventNode()) open grab pause")
            try grabber.wait(for: "grab 0")
            #expect(try guest.output(of: "ledctl list").split(separator: "\n").dropFirst().allSatisfy { $0.contains(#/ - +yes +AT /#) })
            let doctor = try guest.run("ledctl doctor capslock")
            #expect(doctor.status == 1)
            let grabbed = try Regex(
                #"capslock: a program has grabbed the keyboard \(AT [^)]*\), and decides what it shows; "#
                    + #"guest-probe\[[0-9]+\] has it open \(end that program\)"#)
            #expect(doctor.text.contains(grabbed))
            try grabber.signal(SIGKILL)
            try guest.wait(until: "ledctl list | grep -q ' no  *AT '")
            #expect(try guest.run("ledctl doctor").status == 0)
        }
    }

    @Test("doctor tells of a light that root took away, a user without permission, and a module without lights")
    func doctor() throws {
        try withGuest(.lights()) { guest in
            try guest.output(of: "ledctl set capslock on; echo none > $(ls -d /sys/class/leds/*::capslock)/trigger")
            let lost = try guest.run("ledctl doctor capslock")
            #expect(
                lost.status == 1
                    && lost.text
                        == "capslock: root has taken the light away: its trigger is now 'none' (set or claim it again: 'ledctl set capslock on')\n")
            try guest.output(of: "ledctl set capslock on && ledctl doctor && ledctl release --all")

            let stranger = try guest.run("su nobody -c 'ledctl doctor numlock'")
            #expect(stranger.status == 1 && stranger.text.hasPrefix("/dev/ringlight/numlock: permission denied"))

            try guest.output(of: "rmmod ringlight")
            #expect(
                try guest.run("ledctl doctor").text
                    == "/dev/ringlight: no light nodes: the kernel module is not loaded (run 'modprobe ringlight' as root)\n")
            try guest.output(of: "modprobe ringlight lights=0")
            #expect(try guest.run("ledctl doctor").text.contains("its lights are switched off"))
            try guest.output(of: "rmmod ringlight; modprobe ringlight; echo -n serio0 > /sys/bus/serio/drivers/atkbd/unbind")
            #expect(try guest.run("ledctl doctor").text == "lights: no keyboard with lights is plugged in (plug one in)\n")
        }
    }
}
