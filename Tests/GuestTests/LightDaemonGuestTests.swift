import Clocks
import Glibc
import Lab
import LightClaims
import TestSupport
import Testing

/// ledd on a real keyboard, watched from outside.
@Suite("ledd", .serialized, .showsConsole)
struct LightDaemonGuestTests {
    @Test("The highest claim shows, equals take turns, and without claims the light is its lock key's")
    func arbitration() throws {
        try withGuest(.lights()) { guest in
            let ledd = try guest.startLightDaemon()
            // The lock is on; the first claim is dark.
            try guest.monitor.press("caps_lock")
            try guest.waitFor(.capslock, on: true)
            try guest.claim(#""id":"low","priority":1,"pattern":"off""#)
            try guest.waitFor(.capslock, on: false)
            try guest.claim(#""id":"high","priority":9,"pattern":"on""#)
            try guest.waitFor(.capslock, on: true)
            try guest.daemon(#"{"v":1,"op":"release","id":"high"}"#)
            try guest.waitFor(.capslock, on: false)
            // Equals: lit for a turn of 2 s, dark for one.
            let begun = Clocks.monotonic
            try guest.claim(#""id":"lit","priority":1,"pattern":"on""#)
            try guest.pass(milliseconds: 8500)
            let seen = guest.lights.transitions(of: .capslock, since: begun)
            #expect(seen.count >= 4 && seen.count <= 5, "\(seen)")
            for (one, next) in zip(seen, seen.dropFirst()) {
                #expect(abs(next.time - one.time - 2_000_000_000) < 300_000_000, "a turn of \((next.time - one.time) / 1_000_000) ms")
            }
            try guest.daemon(#"{"v":1,"op":"release","all":true}"#)
            try guest.waitFor(.capslock, on: true)
            try guest.waitForTrigger("kbd-capslock", of: .capslock)
            // Nothing is held any more: the module can go and come while ledd runs.
            try guest.output(of: "rmmod ringlight")
            let early = try guest.claim(#""id":"early","pattern":"off""#)
            #expect(early.contains(#""ok":true"#))
            #expect(try guest.daemon(#"{"v":1,"op":"list"}"#).contains("the kernel module is not loaded"))
            try guest.output(of: "modprobe ringlight")
            try guest.waitFor(.capslock, on: false)
            #expect(!(try guest.daemon(#"{"v":1,"op":"list"}"#).contains("trouble")))
            try ledd.signal(SIGTERM)
            #expect(try ledd.wait().status == 0)
            try guest.waitFor(.capslock, on: true)
        }
    }

    @Test("A pattern that is to be seen three times is seen three times, and nothing more flashes up")
    func countedPattern() throws {
        try withGuest(.lights()) { guest in
            let ledd = try guest.startLightDaemon()
            let begun = Clocks.monotonic
            let job = try guest.start(
                "exec guest-probe ledd '{\"v\":1,\"op\":\"claim\",\"pattern\":\"on:200,off:200\",\"repeat\":3,\"wait\":true}' news")
            #expect(try job.wait(within: .seconds(20)).text.contains(#""reason":"played""#))
            try guest.waitForTrigger("kbd-capslock", of: .capslock)
            try guest.pass(milliseconds: 300)
            let seen = guest.lights.transitions(of: .capslock, since: begun)
            #expect(seen.map(\.isOn) == [true, false, true, false, true, false], "\(seen)")
            // Turns of two patterns: a flash between them would be a transition too many, or too short.
            try guest.claim(#""id":"a","pattern":"on:500,off:500""#)
            try guest.claim(#""id":"b","pattern":"on:250,off:750""#)
            let turns = Clocks.monotonic
            try guest.pass(milliseconds: 9000)
            let flashes = guest.lights.transitions(of: .capslock, since: turns)
            for (one, next) in zip(flashes, flashes.dropFirst()) {
                #expect(next.time - one.time > 150_000_000, "\((next.time - one.time) / 1_000_000) ms")
            }
            #expect(flashes.count >= 14)
            try ledd.signal(SIGKILL)
            try guest.waitForTrigger("kbd-capslock", of: .capslock)
        }
    }

    @Test("A pattern costs ledd no wake-ups; a keyboard that comes while a light is claimed shows it")
    func sleepsAndHotPlug() throws {
        try withGuest(.lights(usb: true)) { guest in
            let ledd = try guest.startLightDaemon()
            try guest.claim(#""id":"quiet","pattern":"on:100,off:100""#)
            let switches = "cat /proc/$(pidof ledd)/task/*/status | awk '/voluntary_ctxt/ { sum += $2 } END { print sum }'"
            let before = try guest.output(of: switches)
            try guest.pass(milliseconds: 2000)
            #expect(try guest.output(of: switches) == before, "ledd was woken by its pattern")
            // Nor does anything look what the light shows.
            if let works = try guest.works(in: 2000) { #expect(works.keys.allSatisfy { $0 == "step_work" }, "\(works)") }
            try guest.claim(#""id":"quiet","pattern":"on""#)
            let keyboards = Int(try guest.output(of: "ls -d /sys/class/leds/*::capslock | wc -l"))!
            try guest.monitor.addDevice("usb-kbd", id: "late", ["bus": "usb.0"])
            try guest.waitForKeyboards(keyboards + 1, with: .capslock)
            try guest.waitForTrigger("ringlight-capslock", of: .capslock)
            try guest.monitor.removeDevice("late")
            try guest.waitForKeyboards(keyboards, with: .capslock)
            try guest.daemon(#"{"v":1,"op":"release","id":"quiet"}"#)
            try guest.waitForTrigger("kbd-capslock", of: .capslock)
            try ledd.signal(SIGTERM)
            #expect(try ledd.wait().status == 0)
        }
    }

    @Test("The last keyboard goes and comes: a claim shows again, and of a pattern the passes that nobody saw")
    func lastKeyboard() throws {
        try withGuest(.lights()) { guest in
            let ledd = try guest.startLightDaemon()
            let driver = "/sys/bus/serio/drivers/atkbd"
            // Beneath it is dark, so that each pass is one light.
            try guest.claim(#""id":"low","priority":1,"pattern":"off""#)
            try guest.waitForTrigger("ringlight-capslock", of: .capslock)
            try guest.output(of: "echo -n serio0 > \(driver)/unbind")
            try guest.waitForKeyboards(0, with: .capslock)
            // It cannot be seen, and does not pass.
            let client = try guest.start(
                "exec guest-probe ledd '{\"v\":1,\"op\":\"claim\",\"id\":\"n\",\"pattern\":\"on:300,off:300\",\"repeat\":3,\"wait\":true}' news")
            try client.wait(for: #""ok":true"#)
            try guest.pass(milliseconds: 2500)
            #expect(!client.text.contains("ended"))
            #expect(try guest.daemon(#"{"v":1,"op":"list"}"#).contains("capslock: no keyboard has this light"))
            var begun = Clocks.monotonic
            try guest.output(of: "echo -n serio0 > \(driver)/bind")
            try guest.waitForKeyboards(1, with: .capslock)
            // In the middle of its second pass it goes again.
            try guest.lights.wait(forTransitions: 3, of: .capslock, since: begun)
            try guest.output(of: "echo -n serio0 > \(driver)/unbind")
            try guest.waitForKeyboards(0, with: .capslock)
            try guest.pass(milliseconds: 2500)
            #expect(!client.text.contains("ended"))
            begun = Clocks.monotonic
            try guest.output(of: "echo -n serio0 > \(driver)/bind")
            #expect(try client.wait(within: .seconds(20)).text.contains(#""reason":"played""#))
            let lit = guest.lights.transitions(of: .capslock, since: begun).count { $0.isOn }
            // The pass that was cut is seen again, the first one is not.
            #expect((1...2).contains(lit), "lit \(lit) times")
            try guest.waitForTrigger("ringlight-capslock", of: .capslock)
            try ledd.signal(SIGTERM)
            #expect(try ledd.wait().status == 0)
            try guest.waitForTrigger("kbd-capslock", of: .capslock)
        }
    }

    @Test("A rule of ledd.toml has the light obey a trigger of the kernel's, below what is claimed")
    func triggerRule() throws {
        try withGuest(.lights()) { guest in
            let rule = #"[[trigger]]\nname = "t"\nlight = "numlock"\ntrigger = "timer delay_on=450 delay_off=250"\n"#
            try guest.output(of: "printf '\(rule)' > /tmp/ledd.toml; ledd --check --config /tmp/ledd.toml")
            let ledd = try guest.startLightDaemon("--config /tmp/ledd.toml")
            try guest.waitForTrigger("timer", of: .numlock)
            #expect(try guest.attribute("trigger", of: .numlock) == "timer" && guest.attribute("holder_name", of: .numlock) == "ledd")
            let seen = try guest.lights.wait(forTransitions: 9, of: .numlock, since: Clocks.monotonic)
            let lit = zip(seen, seen.dropFirst()).filter { $0.0.isOn }.map { ($0.1.time - $0.0.time) / 1_000_000 }.sorted()
            #expect(abs(lit[lit.count / 2] - 450) < 100, "\(lit)")
            try guest.claim(#""id":"above","light":"numlock","pattern":"off""#)
            try guest.waitForTrigger("ringlight-numlock", of: .numlock)
            try guest.waitFor(.numlock, on: false)
            try guest.daemon(#"{"v":1,"op":"release","id":"above"}"#)
            try guest.waitForTrigger("timer", of: .numlock)
            #expect(try guest.output(of: "cat /sys/class/leds/*::numlock/delay_on") == "450")
            try ledd.signal(SIGTERM)
            #expect(try ledd.wait().status == 0)
            try guest.waitForTrigger("kbd-numlock", of: .numlock)
        }
    }

    @Test("A light that root has taken away shows its claim again when that is made again")
    func takenAway() throws {
        try withGuest(.lights()) { guest in
            let ledd = try guest.startLightDaemon()
            try guest.claim(#""id":"c","pattern":"on""#)
            try guest.waitFor(.capslock, on: true)
            try guest.output(of: "echo none > $(ls -d /sys/class/leds/*::capslock)/trigger")
            try guest.waitFor(.capslock, on: false)
            try guest.claim(#""id":"c","pattern":"on""#)
            try guest.waitFor(.capslock, on: true)
            try guest.waitForTrigger("ringlight-capslock", of: .capslock)
            try ledd.signal(SIGTERM)
            #expect(try ledd.wait().status == 0)
        }
    }

    @Test("A light that root has taken away is taken back after 2 s, and after 4 s the second time")
    func takenBack() throws {
        try withGuest(.lights()) { guest in
            let ledd = try guest.startLightDaemon()
            try guest.claim(#""id":"c","pattern":"on""#)
            try guest.waitFor(.capslock, on: true)
            for seconds in [2, 4] as [Int64] {
                let begun = Clocks.monotonic
                try guest.output(of: "echo none > $(ls -d /sys/class/leds/*::capslock)/trigger")
                try guest.waitFor(.capslock, on: false)
                #expect(try guest.daemon(#"{"v":1,"op":"list"}"#).contains("capslock: root has taken the light away"))
                try guest.lights.wait(for: .capslock, on: true, within: .seconds(10))
                let waited = Clocks.monotonic - begun
                #expect(waited >= seconds * 1_000_000_000 && waited < (seconds + 2) * 1_000_000_000, "\(waited / 1_000_000) ms")
                #expect(!(try guest.daemon(#"{"v":1,"op":"list"}"#).contains("trouble")))
            }
            try ledd.signal(SIGTERM)
            #expect(try ledd.wait().status == 0)
            try guest.waitForTrigger("kbd-capslock", of: .capslock)
        }
    }

    @Test("kill -9 at random points with patterns running: the light is as its lock key says within a second, each time")
    func kills() throws {
        let count = asked(times: "RINGLIGHT_KILLS", else: 20)
        let seed = getenv("RINGLIGHT_SEED").flatMap { UInt64(String(cString: $0)) } ?? UInt64.random(in: 0..<1 << 32)
        print("kill -9 of ledd at \(count) random points: RINGLIGHT_SEED=\(seed)")
        var random = SplitMix(seed: seed)
        let patterns = ["on", "off", "blink", "on:20,off:20", "on:60,off:40", "heartbeat"]
        try withGuest(.lights()) { guest in
            try guest.output(of: "mkdir -p /run/ringlight")
            var locks = [LockLight.capslock: false, .numlock: false]
            var granted = 0
            for death in 0..<count {
                for (light, key) in [(LockLight.capslock, "caps_lock"), (.numlock, "num_lock")] where Int.random(in: 0..<10, using: &random) == 0 {
                    locks[light]!.toggle()
                    try guest.monitor.press(key)
                    try guest.waitFor(light, on: locks[light]!)
                }
                let claims = (0..<Int.random(in: 1...4, using: &random)).map { number in
                    let light = Bool.random(using: &random) ? "capslock" : "numlock"
                    return #"{"v":1,"op":"claim","id":"c\#(number)","light":"\#(light)","pattern":"\#(patterns.randomElement(using: &random)!)"}"#
                }
                let ledd = try guest.start("exec ledd 2>/dev/null")
                let client = try guest.start("exec guest-probe ledd \(claims.map(Guest.quoted).joined(separator: " ")) pause 2>/dev/null")
                // Some die in their start, most of them in the middle of a pattern.
                if !death.isMultiple(of: 4) { try client.wait(for: "pause\n") }
                usleep(UInt32.random(in: 0..<250_000, using: &random))
                let killed = Clocks.monotonic
                try ledd.signal(SIGKILL)
                // Within a second of that both are their lock keys' again, and as those say; and it stays so.
                let conditions = locks.keys.map { Guest.isDriven($0, by: "kbd-\($0.rawValue)") }.joined(separator: " && ")
                try guest.wait(until: conditions, within: .nanoseconds(1_000_000_000 - (Clocks.monotonic - killed)))
                for (light, isLocked) in locks { try guest.lights.wait(for: light, on: isLocked) }
                let given = Clocks.monotonic
                #expect(try ledd.wait().status == 128 + SIGKILL)
                try client.signal(SIGKILL)
                granted += try client.wait().text.split(separator: "\n").count { $0.contains(#""ok":true"#) }
                try guest.pass(milliseconds: 150)
                for (light, isLocked) in locks {
                    // What QEMU's keyboard was told last may come a moment later.
                    let late = guest.lights.transitions(of: light, since: given + seenWithin)
                    let isOn = light == .capslock ? guest.lights.state.caps : guest.lights.state.num
                    #expect(late.isEmpty && isOn == isLocked, "death \(death), seed \(seed), \(light.rawValue): \(late)")
                }
            }
            // Many of them died with a light in their hands: else this would be no test.
            #expect(granted >= count, "\(granted) claims in \(count) lives")
            print("kill -9 of ledd: \(granted) claims were granted before \(count) deaths")
        }
    }

    @Test("Random lines to the socket (RINGLIGHT_LINES): every one is answered, no leak, no wrong light")
    func randomLines() throws {
        // More than two: memory is compared with that after the second block.
        let blocks = max(3, asked(times: "RINGLIGHT_LINES", else: 1500) / 500)
        try withGuest(.lights()) { guest in
            let ledd = try guest.startLightDaemon()
            let memory = "awk '/VmRSS/ { print $2 }' /proc/$(pidof ledd)/status"
            var (taken, looked, early) = (0, 0, 0)
            for block in 1...blocks {
                let answer = try guest.output(of: "guest-probe ledd random:\(block):500", within: .seconds(120))
                taken += try #require(answer.firstMatch(of: #/taken:([0-9]+)/#).flatMap { Int($0.1) })
                for light in [LockLight.capslock, .numlock] where try isAsTold(light, guest) { looked += 1 }
                try guest.daemon(#"{"v":1,"op":"release","all":true}"#)
                for light in [LockLight.capslock, .numlock] {
                    try guest.waitForTrigger("kbd-\(light.rawValue)", of: light)
                    try guest.waitFor(light, on: false)
                }
                if block == 2 { early = Int(try guest.output(of: memory))! }
            }
            let late = Int(try guest.output(of: memory))!
            print("random lines to ledd: \(taken) taken, a light looked at \(looked) times, \(early) to \(late) KiB")
            // Every third line is nearly whole, and half of those have a field that is wrong.
            #expect((blocks * 50...blocks * 250).contains(taken) && looked >= blocks)
            #expect(late < early + 1536, "\(early) to \(late) KiB")
            try guest.claim(#""pattern":"on""#)
            try guest.waitFor(.capslock, on: true)
            try ledd.signal(SIGTERM)
            #expect(try ledd.wait().status == 0)
        }
    }

    /// Looks whether a light shows what ledd says that it shows. - Returns: false if it was another claim's turn meanwhile.
    private func isAsTold(_ light: LockLight, _ guest: Guest) throws -> Bool {
        func told() throws -> ClaimState? {
            let line = try guest.daemon(#"{"v":1,"op":"list"}"#)
            return try Wire.read(Reply.self, from: line.utf8).claims?.first { $0.light == light.rawValue && $0.shown }
        }
        let claim = try told()
        try guest.pass(milliseconds: 200)
        let (triggers, isOn) = (try guest.triggers(of: light), light == .capslock ? guest.lights.state.caps : guest.lights.state.num)
        guard try told()?.id == claim?.id else { return false }
        // A pattern is lit at times.
        if ["on", "off", nil].contains(claim?.pattern) { #expect(isOn == (claim?.pattern == "on"), "\(light.rawValue): \(claim?.pattern ?? "-")") }
        #expect(triggers == [claim == nil ? "kbd-\(light.rawValue)" : "ringlight-\(light.rawValue)"])
        return true
    }
}

extension Guest {
    /// Starts ledd, and waits until it answers.
    func startLightDaemon(_ arguments: String = "") throws -> GuestJob {
        let job = try start("mkdir -p /run/ringlight; exec ledd \(arguments)")
        try daemon(#"{"v":1,"op":"ping"}"#)
        return job
    }

    /// Sends a line to ledd.
    /// - Returns: its answer.
    @discardableResult
    func daemon(_ line: String) throws -> String { try output(of: "guest-probe ledd \(Self.quoted(line))") }

    /// Makes a claim of these fields, which must be taken.
    @discardableResult
    func claim(_ fields: String) throws -> String {
        let answer = try daemon(#"{"v":1,"op":"claim",\#(fields)}"#)
        #expect(answer.contains(#""ok":true"#), "\(answer)")
        return answer
    }
}
