import Clocks
import Glibc
import Lab
import Testing

/// The nodes of the lights: what they answer, and what the keyboard then shows, seen from outside.
@Suite(.serialized, .showsConsole)
struct LightNodeTests {
    @Test("Every transition of every light is seen outside, within 100 ms")
    func transitions() throws {
        try withGuest(.lights()) { guest in
            for light in LockLight.allCases {
                #expect(try guest.triggers(of: light) == ["kbd-\(light.rawValue)"])
                for on in [true, false, true, false, true] {
                    let begun = Clocks.monotonic
                    try guest.write(on ? "1" : "0", to: light)
                    let written = Clocks.monotonic
                    try guest.waitFor(light, on: on)
                    let seen = guest.lights.transitions(of: light, since: begun)
                    #expect(seen.map(\.isOn) == [on])
                    #expect(seen.allSatisfy { $0.time <= written + seenWithin })
                    #expect(try guest.output(of: "head -n 1 /dev/ringlight/\(light.rawValue)") == (on ? "1" : "0"))
                    #expect(try guest.triggers(of: light) == ["ringlight-\(light.rawValue)"])
                }
                let begun = Clocks.monotonic
                try guest.write("release", to: light)
                let written = Clocks.monotonic
                try guest.waitFor(light, on: false)
                #expect(guest.lights.transitions(of: light, since: begun).allSatisfy { $0.time <= written + seenWithin })
                #expect(try guest.triggers(of: light) == ["kbd-\(light.rawValue)"])
            }
            // No light moved with another: each went on three times, and off three times.
            for light in LockLight.allCases {
                #expect(guest.lights.transitions(of: light).map(\.isOn) == [true, false, true, false, true, false])
            }
        }
    }

    @Test("Text other than 1, 0 and release is refused, whatever its length, and changes nothing")
    func badText() throws {
        try withGuest(.lights()) { guest in
            let long = String(repeating: "1", count: 5000)
            for text in ["2", "10", "on", "Release", "release ", " 1", "1\\n\\n", "-1", "releaserelease", "\\n", long] {
                #expect(try guest.probe(.capslock, "open", "write:\(text)") == ["open", "EINVAL"], "\(text.prefix(20))")
            }
            // A shell says so, too.
            let shell = try guest.run("echo on > /dev/ringlight/capslock")
            #expect(shell.status != 0 && shell.errors.contains("Invalid argument"))
            #expect(try guest.probe(.capslock, "open", "ioctl:47362", "ioctl:0") == ["open", "ENOTTY", "ENOTTY"])
            #expect(try guest.triggers(of: .capslock) == ["kbd-capslock"])
            #expect(guest.lights.transitions.isEmpty)
            // With and without the end of line.
            #expect(try guest.probe(.capslock, "open", "write:1", "write:0\\n", "write:release", "write:release\\n")
                == ["open", "1", "2", "7", "8"])
        }
    }

    @Test("A light that no keyboard has: ENODEV; the keyboard that comes joins the claim that is there")
    func noKeyboard() throws {
        try withGuest(.lights()) { guest in
            try guest.write("1", to: .scrolllock)
            try guest.waitFor(.scrolllock, on: true)
            try guest.output(of: "echo -n serio0 > /sys/bus/serio/drivers/atkbd/unbind")
            try guest.waitForKeyboards(0, with: .scrolllock)
            #expect(try guest.probe(.capslock, "open:nonblock", "write:1", "read", "read", "claim", "write:0", "write:release", "close")
                == ["open", "ENODEV", "ENODEV", "EAGAIN", "0", "ENODEV", "7", "0"])
            let tool = try guest.run("ledctl set capslock on")
            #expect(tool.status == 1)
            #expect(tool.errors == "ledctl: capslock: no keyboard has this light (plug one in; 'ledctl list' shows what there is)\n")
            #expect(try guest.output(of: "ledctl list").split(separator: "\n").dropFirst().allSatisfy { $0.hasSuffix("no keyboard") })

            let begun = Clocks.monotonic
            try guest.output(of: "echo -n serio0 > /sys/bus/serio/drivers/atkbd/bind")
            try guest.waitForKeyboards(1, with: .scrolllock)
            try guest.waitForTrigger("ringlight-scrolllock", of: .scrolllock)
            try guest.waitFor(.scrolllock, on: true)
            // What was refused has left no claim.
            #expect(try guest.triggers(of: .capslock) == ["kbd-capslock"])
            #expect(guest.lights.transitions(of: .capslock, since: begun).isEmpty)
            try guest.write("release", to: .scrolllock)
            try guest.waitFor(.scrolllock, on: false)
        }
    }

    @Test("A reader gets the state at once, then waits for the next change; poll tells of it")
    func reading() throws {
        try withGuest(.lights()) { guest in
            // Not blocking: the state once, then EAGAIN, however often it is asked.
            #expect(try guest.probe(.numlock, "open:nonblock", "read", "read", "poll:50", "read")
                == ["open", "\"0\\n\"", "EAGAIN", "nothing", "EAGAIN"])
            #expect(try guest.probe(.numlock, "open", "poll:1000", "read", "poll:50") == ["open", "POLLIN", "\"0\\n\"", "nothing"])

            let reader = try guest.startProbe(.numlock, "open", "read", "read", "read")
            let poller = try guest.startProbe(.numlock, "open", "read", "poll:20000", "read", "poll:20000", "read", "poll:50")
            try reader.wait(for: "read \"0\\n\"")
            try poller.wait(for: "read \"0\\n\"")
            try guest.pass(milliseconds: 300)
            #expect(reader.isRunning && poller.isRunning)
            // The light's own key is a change as good as a write.
            try guest.monitor.press("num_lock")
            try guest.waitFor(.numlock, on: true)
            try reader.wait(for: "read \"1\\n\"", within: .seconds(2))
            try poller.wait(for: "read \"1\\n\"", within: .seconds(2))
            try guest.write("0", to: .numlock)
            let lines = try reader.wait(within: .seconds(2)).text.split(separator: "\n")
            #expect(lines.map { $0.split(separator: " ")[1] } == ["open", "\"0\\n\"", "\"1\\n\"", "\"0\\n\""])
            let answers = try poller.wait(within: .seconds(2)).text.split(separator: "\n").map { $0.split(separator: " ")[1] }
            #expect(answers == ["open", "\"0\\n\"", "POLLIN", "\"1\\n\"", "POLLIN", "\"0\\n\"", "nothing"])
        }
    }

    @Test("Only who sleeps until a change costs wake-ups; who has read, holds a light, or waits for a pattern's end does not")
    func wakeUps() throws {
        try withGuest(.lights()) { guest in
            let trigger = "write:trigger timer delay_on=60000 delay_off=60000"
            for (steps, isWatching) in [
                (["open:nonblock", "poll:0", "read", "read", "pause"], false), (["open", "claim", "read", "write:1", "pause"], false),
                (["open", "claim", "read", trigger, "poll:0", "pause"], false), (["open", "claim", "write:1", "pollend:30000"], false),
                (["open", "read", "poll:30000"], true), (["open", "claim", trigger, "pollend:500", "read", "read"], true),
            ] {
                let job = try guest.start("exec guest-probe /dev/ringlight/numlock " + steps.map(Guest.quoted).joined(separator: " "))
                // A line for each step, but for the last one, in which it stays; "pause" says so before.
                try job.wait(for: steps.last == "pause" ? "pause\n" : "\(steps[steps.count - 2]) ")
                try guest.pass(milliseconds: 700)
                // Of the debug kernel.
                guard let works = try guest.works(in: 3000) else { return print("skipped: wake-ups: this kernel does not trace works") }
                if isWatching {
                    #expect((15...35).contains(works["look_work"] ?? 0), "\(steps): \(works)")
                    #expect((works["settle_work"] ?? 0 > 5) == steps.contains(trigger), "\(steps): \(works)")
                } else {
                    #expect(works.isEmpty, "\(steps): \(works)")
                }
                try job.signal(SIGKILL)
                #expect(try job.wait().status == 128 + SIGKILL)
            }
        }
    }

    @Test("A reader that waits can be killed, and the module unloaded then")
    func killedReader() throws {
        try withGuest(.lights()) { guest in
            let reader = try guest.startProbe(.capslock, "open", "read", "read")
            try reader.wait(for: "read \"0\\n\"")
            #expect(try guest.run("modprobe -r ringlight").status != 0)
            try reader.signal(SIGTERM)
            #expect(try reader.wait(within: .seconds(2)).status == 128 + SIGTERM)
            try guest.output(of: "modprobe -r ringlight && [ ! -e /dev/ringlight ]")
        }
    }
}
