import Clocks
import Glibc
import Lab
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

    @Test("kill -9 at random points with patterns running: the light is as its lock key says within a second, each time")
    func kills() throws {
        let count = getenv("RINGLIGHT_KILLS").flatMap { Int(String(cString: $0)) } ?? 100
        let seed = getenv("RINGLIGHT_SEED").flatMap { UInt64(String(cString: $0)) } ?? UInt64.random(in: 0..<1 << 32)
        print("kill -9 of ledd at \(count) random points: RINGLIGHT_SEED=\(seed)")
        var random = SplitMix(seed: seed)
        let patterns = ["on", "off", "blink", "on:20,off:20", "on:60,off:40", "heartbeat"]
        try withGuest(.lights()) { guest in
            try guest.output(of: "mkdir -p /run/ringlight")
            var isLocked = false
            for death in 0..<count {
                if Int.random(in: 0..<10, using: &random) == 0 {
                    isLocked.toggle()
                    try guest.monitor.press("caps_lock")
                    try guest.waitFor(.capslock, on: isLocked)
                }
                let claims = (0..<Int.random(in: 1...3, using: &random)).map { number in
                    #"'{"v":1,"op":"claim","id":"c\#(number)","pattern":"\#(patterns.randomElement(using: &random)!)"}'"#
                }
                // Some die in their start, most of them in the middle of a pattern.
                let delay = Int.random(in: 0..<250_000, using: &random)
                let shown = "n=0; while [ ! -s /run/answer ] && [ $n -lt 250 ]; do usleep 20000; n=$((n + 1)); done"
                let script = """
                    rm -f /run/answer; ledd 2>/dev/null & pid=$!
                    guest-probe ledd \(claims.joined(separator: " ")) >/run/answer 2>/dev/null & probe=$!
                    \(death.isMultiple(of: 4) ? ":" : shown)
                    usleep \(delay)
                    kill -9 $pid; wait $pid 2>/dev/null
                    kill $probe 2>/dev/null; wait $probe 2>/dev/null
                    grep -o '"ok":true' /run/answer >>/run/answers; true
                    """
                try guest.output(of: script)
                let killed = Clocks.monotonic
                // Within a second, and it stays so.
                try guest.lights.wait(for: .capslock, on: isLocked, within: .seconds(1))
                try guest.waitForTrigger("kbd-capslock", of: .capslock)
                let late = guest.lights.transitions(of: .capslock, since: killed + 1_000_000_000)
                #expect(late.isEmpty, "death \(death), seed \(seed): \(late)")
            }
            // Many of them died with a light in their hands: else this would be no test.
            let claimed = Int(try guest.output(of: "wc -l < /run/answers")) ?? 0
            #expect(claimed >= count / 2, "\(claimed) claims in \(count) lives")
            print("kill -9 of ledd: \(claimed) claims were granted before \(count) deaths")
        }
    }

    @Test("10,000 random lines to the socket: every one is answered, no leak, no wrong light")
    func randomLines() throws {
        try withGuest(.lights()) { guest in
            let ledd = try guest.startLightDaemon()
            let memory = "awk '/VmRSS/ { print $2 }' /proc/$(pidof ledd)/status"
            try guest.output(of: "guest-probe ledd random:1:1000", within: .seconds(120))
            let before = Int(try guest.output(of: memory))!
            for seed in 2...4 { try guest.output(of: "guest-probe ledd random:\(seed):3000", within: .seconds(240)) }
            let after = Int(try guest.output(of: memory))!
            #expect(after < before + 4096, "\(before) to \(after) KiB")
            try guest.daemon(#"{"v":1,"op":"release","all":true}"#)
            for light in [LockLight.capslock, .numlock] {
                try guest.waitForTrigger("kbd-\(light.rawValue)", of: light)
                try guest.waitFor(light, on: false)
            }
            try guest.claim(#""pattern":"on""#)
            try guest.waitFor(.capslock, on: true)
            try ledd.signal(SIGTERM)
            #expect(try ledd.wait().status == 0)
        }
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
