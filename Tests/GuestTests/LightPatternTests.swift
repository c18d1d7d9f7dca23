import Clocks
import Glibc
import Lab
import Testing

/// Patterns that the kernel plays, judged from outside.
@Suite(.serialized, .showsConsole)
struct LightPatternTests {
    @Test("A pattern plays its steps in time, and then the light is what it was before")
    func plays() throws {
        try withGuest(.lights()) { guest in
            // Below it: the lock key, a lasting claim that is on, and one's own claim.
            try guest.write("pattern 3 200 300", to: .capslock)
            try expectRounds(guest, of: [200, 300], rounds: 3, since: 0)
            try guest.waitForTrigger("kbd-capslock", of: .capslock)

            try guest.write("1", to: .capslock)
            try guest.waitFor(.capslock, on: true)
            var begun = Clocks.monotonic
            // A first step of nothing: it begins dark. It ends dark as well, but the claim is on.
            try guest.write("pattern 2 0 200 200", to: .capslock)
            var seen = try guest.lights.wait(forTransitions: 4, of: .capslock, since: begun)
            #expect(seen.map(\.isOn) == [false, true, false, true])
            #expect(try guest.triggers(of: .capslock) == ["ringlight-capslock"])

            begun = Clocks.monotonic
            #expect(try guest.probe(.capslock, "open", "claim", "write:0", "write:pattern 1 300", "pollend:3000", "poll:300", "close")
                == ["open", "0", "1", "13", "POLLPRI", "POLLIN", "0"])
            seen = try guest.lights.wait(forTransitions: 4, of: .capslock, since: begun)
            #expect(seen.map(\.isOn) == [false, true, false, true])
            #expect(try guest.triggers(of: .capslock) == ["ringlight-capslock"])
        }
    }

    /// Compares what was seen with a pattern's steps: no step is left out, and lateness does not add up.
    private func expectRounds(_ guest: Guest, of steps: [Int], rounds: Int, since: Int64) throws {
        let seen = try guest.lights.wait(forTransitions: steps.count * rounds, of: .capslock, since: since)
        #expect(seen.map(\.isOn) == (0..<seen.count).map { $0 % 2 == 0 })
        var due = seen[0].time
        for (index, transition) in seen.enumerated() {
            let late = (transition.time - due) / 1_000_000
            #expect(abs(late) < 120, "step \(index) came \(late) ms late")
            due += Int64(steps[index % steps.count]) * 1_000_000
        }
    }

    @Test("A write replaces a pattern at once: no step of the old one afterwards, nothing in between")
    func replaces() throws {
        try withGuest(.lights()) { guest in
            try guest.write("pattern 0 150 150", to: .numlock)
            try guest.lights.wait(forTransitions: 4, of: .numlock, since: 0)
            // While it is lit, by one that begins lit; then by one that is dark for long; then by a state.
            try guest.lights.wait(for: .numlock, on: false)
            try guest.lights.wait(for: .numlock, on: true)
            var begun = Clocks.monotonic
            try guest.write("pattern 0 700 700", to: .numlock)
            let written = Clocks.monotonic
            var seen = try guest.lights.wait(forTransitions: 2, of: .numlock, since: begun)
            #expect(seen.map(\.isOn).prefix(2) == [false, true] || seen.map(\.isOn).prefix(3) == [false, true, false])
            if seen.count == 2 {
                #expect(seen[1].time - written > 1_100_000_000, "the light did not stay lit, and then dark, for 700 ms each")
            }
            begun = Clocks.monotonic
            try guest.write("pattern 1 0 1000", to: .numlock)
            try guest.pass(milliseconds: 500)
            #expect(guest.lights.transitions(of: .numlock, since: begun).map(\.isOn) == [false])
            // The claim had no state of its own: the light is given back.
            try guest.waitForTrigger("kbd-numlock", of: .numlock)

            try guest.write("pattern 0 100 100", to: .numlock)
            try guest.write("0", to: .numlock)
            try guest.waitFor(.numlock, on: false)
            begun = Clocks.monotonic
            try guest.pass(milliseconds: 500)
            seen = guest.lights.transitions(of: .numlock, since: begun)
            #expect(seen.isEmpty && !guest.lights.state.num)
            try guest.write("pattern 0 100 100", to: .numlock)
            try guest.lights.wait(forTransitions: 3, of: .numlock, since: begun)
            try guest.write("release", to: .numlock)
            try guest.waitForTrigger("kbd-numlock", of: .numlock)
            try guest.waitFor(.numlock, on: false)
        }
    }

    @Test("A pattern ends with its opener's death; one that is covered goes on below, and ends there")
    func deaths() throws {
        try withGuest(.lights()) { guest in
            try guest.monitor.press("caps_lock")
            try guest.waitFor(.capslock, on: true)
            for round in 0..<10 {
                let holder = try guest.startProbe(.capslock, "open", "claim", "write:pattern 0 60 60", "pause")
                try holder.wait(for: "pause\n")
                try guest.pass(milliseconds: round * 13)
                try holder.signal(SIGKILL)
                #expect(try holder.wait().status == 128 + SIGKILL)
                // As the lock key says, within a second, and it stays.
                try guest.lights.wait(for: .capslock, on: true)
                let begun = Clocks.monotonic
                try guest.waitForTrigger("kbd-capslock", of: .capslock)
                try guest.pass(milliseconds: 150)
                // What QEMU's keyboard was told last may come a moment later.
                #expect(guest.lights.transitions(of: .capslock, since: begun + seenWithin).isEmpty && guest.lights.state.caps)
            }
            let below = try guest.startProbe(.capslock, "open", "claim", "write:0", "write:pattern 4 100 200", "pollend:8000", "pause")
            try below.wait(for: "write:pattern")
            let above = try guest.hold(.capslock, on: true)
            // Its 1.2 seconds pass, unseen.
            try below.wait(for: "pollend:8000 POLLPRI")
            #expect(guest.lights.state.caps)
            try above.signal(SIGKILL)
            try guest.waitFor(.capslock, on: false)
            try below.signal(SIGKILL)
            try guest.waitFor(.capslock, on: true)
            #expect(try guest.triggers(of: .capslock) == ["kbd-capslock"])
        }
    }

    @Test("A pattern that ends while another claim gives the light to it does not begin again, not for a moment")
    func endsInBetween() throws {
        try withGuest(.lights()) { guest in
            // The input layer's own record: what is too short to be seen outside is in it.
            try guest.output(of: "modprobe evdev")
            let script = """
                node=/dev/ringlight/capslock
                cat \(try guest.eventNode()) > /tmp/events & recorder=$!
                echo 1 > $node; echo 0 > $node; echo release > $node
                for delay in $(seq 220 4 300); do
                    guest-probe $node open claim 'write:trigger kbd-scrolllock' pause > /tmp/cover & cover=$!
                    until grep -q pause /tmp/cover; do usleep 10000; done
                    # Lit for 100 ms, unseen, and over 300 ms from now, in the middle of the 50 that the kernel takes.
                    echo pattern 1 100 200 > $node
                    usleep ${delay}000
                    kill -9 $cover; wait $cover
                    rm /tmp/cover
                    until grep -qF '[kbd-capslock]' /sys/class/leds/*::capslock/trigger; do usleep 10000; done
                done
                echo $recorder
                """
            let recorder = try guest.output(of: script, within: .seconds(120))
            // The record is written with the next key's report.
            try guest.monitor.press("a")
            try guest.wait(until: "[ -s /tmp/events ]")
            try guest.output(of: "usleep 200000; kill \(recorder)")
            // struct input_event: 16 bytes of time, EV_LED, LED_CAPSL, 1.
            let lit = try guest.output(of: "hexdump -v -e '24/1 \"%02x \" \"\\n\"' /tmp/events | grep -c ' 11 00 01 00 01 00 00 00 *$'")
            #expect(lit == "1", "lit \(lit) times, and not just once in the beginning")
        }
    }

    @Test("The end of a pattern is told to who writes to its claim, once, and to nobody else")
    func pollers() throws {
        try withGuest(.lights()) { guest in
            // The lasting claim's: told to any opener without a claim of its own, until it reads or writes.
            let watcher = try guest.startProbe(.scrolllock, "open:nonblock", "read", "pollend:9000", "pollend:0", "read", "pollend:200", "pause")
            let owner = try guest.startProbe(.scrolllock, "open", "claim", "pollend:2000", "pause")
            try watcher.wait(for: "read")
            try owner.wait(for: "claim")
            try guest.write("pattern 2 100 100", to: .scrolllock)
            try watcher.wait(for: "pause")
            let answers = watcher.text.split(separator: "\n").dropLast().map { $0.split(separator: " ").dropFirst().first.map(String.init) ?? "" }
            #expect(answers == ["open", "\"0\\n\"", "POLLPRI", "POLLPRI", "\"0\\n\"", "nothing"])
            try owner.wait(for: "pollend:2000 nothing")
            for job in [watcher, owner] { try job.signal(SIGKILL) }
            // A pattern that is replaced has not ended; the one that replaces it does.
            #expect(try guest.probe(.scrolllock, "open", "claim", "write:pattern 1 200", "write:pattern 1 100 300", "pollend:250", "pollend:2000",
                "write:1", "pollend:100") == ["open", "0", "13", "17", "nothing", "POLLPRI", "1", "nothing"])
        }
    }

    @Test("Patterns that cannot be are refused, and what plays goes on")
    func refused() throws {
        try withGuest(.lights()) { guest in
            let most = "pattern 1" + String(repeating: " 20", count: 256)
            for (text, answer) in [
                ("pattern", "EINVAL"), ("pattern ", "EINVAL"), ("pattern 3", "EINVAL"), ("pattern 3 ", "EINVAL"), ("pattern 1 19", "EINVAL"),
                ("pattern 1 0", "EINVAL"), ("pattern 1 100 0", "EINVAL"), ("pattern 1 0 0 100", "EINVAL"), ("pattern 1  100", "EINVAL"),
                ("pattern 1 100 ", "EINVAL"), ("pattern 1 +100", "EINVAL"), ("pattern -1 100", "EINVAL"), ("pattern 1 1e3", "EINVAL"),
                ("pattern 1000001 100", "EINVAL"), ("pattern 1 4294967396", "EINVAL"), ("PATTERN 1 100", "EINVAL"), ("pattern 1 100\\n\\n", "EINVAL"),
                ("pattern 1 100,200", "EINVAL"), ("pattern 1 3600001", "E2BIG"), ("pattern 1 3000000 600001", "E2BIG"), (most + " 20", "E2BIG"),
                ("pattern 1 " + String(repeating: "0", count: 2048) + "100", "E2BIG"),
            ] {
                #expect(try guest.probe(.capslock, "open", "claim", "write:\(text)") == ["open", "0", answer], "\(text.prefix(60))")
            }
            #expect(try guest.triggers(of: .capslock) == ["kbd-capslock"] && guest.lights.transitions.isEmpty)
            #expect(try guest.probe(.capslock, "open", "claim", "write:\(most)", "write:pattern 1 3600000\\n", "write:pattern 1000000 20")
                == ["open", "0", String(most.utf8.count), "18", "18"])

            try guest.write("pattern 0 200 200", to: .numlock)
            let begun = try #require(guest.lights.wait(forTransitions: 1, of: .numlock, since: 0).first).time
            for text in ["pattern 1 10", "pattern 1 60 1", "bah"] { #expect(try guest.run("echo \(text) > /dev/ringlight/numlock").status != 0) }
            let seen = try guest.lights.wait(forTransitions: 10, of: .numlock, since: begun)
            for (one, next) in zip(seen, seen.dropFirst()) { #expect(abs((next.time - one.time) / 1_000_000 - 200) < 150) }
        }
    }

    @Test("10,000 random lines: each is taken or refused as it should be, and the light is always right")
    func randomLines() throws {
        try withGuest(.lights()) { guest in
            let seed = 20_261_121
            for (light, count) in [(LockLight.scrolllock, 10_000)] {
                let answer = try guest.output(
                    of: "guest-probe /dev/ringlight/\(light.rawValue) open claim random:\(seed):\(count) write:0 write:1", within: .seconds(300))
                #expect(answer.contains("taken:"), "seed \(seed): \(answer)")
                let numbers = answer.matches(of: #/(?:taken|refused|looked):([0-9]+)/#).compactMap { Int($0.1) }
                #expect(numbers.count == 3 && numbers[0] > 1000 && numbers[1] > 1000 && numbers[2] > 100, "\(answer)")
                // The opener is gone, and all its claims.
                try guest.waitForTrigger("kbd-\(light.rawValue)", of: light)
                try guest.waitFor(light, on: false)
                try guest.write("1", to: light)
                try guest.waitFor(light, on: true)
                try guest.write("release", to: light)
                try guest.waitFor(light, on: false)
            }
        }
    }
}
