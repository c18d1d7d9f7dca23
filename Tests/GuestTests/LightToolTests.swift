import Clocks
import Glibc
import Lab
import Testing

/// ledctl on a real keyboard, watched from outside.
@Suite(.serialized, .showsConsole)
struct LightToolTests {
    @Test("notify plays its pattern without drift, prints the message, and leaves the light as it was")
    func notifyTiming() throws {
        try withGuest(.lights()) { guest in
            let job = try guest.start("exec ledctl notify --pattern on:400,off:300 --repeat 8 build is done")
            let result = try job.wait(within: .seconds(20))
            #expect(result.status == 0 && result.text == "" && result.errors == "build is done\n")
            let seen = guest.lights.transitions(of: .capslock)
            #expect(seen.map(\.isOn) == Array(repeating: [true, false], count: 8).flatMap { $0 })
            let start = seen.first?.time ?? 0
            let late = seen.enumerated().map { index, transition in
                (transition.time - start) / 1_000_000 - Int64(index / 2 * 700 + index % 2 * 400)
            }
            // A busy machine may stop the guest for a while; what counts is that the end is not later than the beginning.
            try #require(late.count == 16)
            #expect(late.suffix(6).sorted()[3] < 100 && late.sorted()[8] < 100, "\(late) ms")
            #expect(late.allSatisfy { $0 > -200 && $0 < 300 }, "\(late) ms")
            #expect(try guest.triggers(of: .capslock) == ["kbd-capslock"])
        }
    }

    @Test("notify in Morse on a light that is on: dark first, on again afterwards")
    func notifyMorse() throws {
        try withGuest(.lights()) { guest in
            try guest.monitor.press("num_lock")
            try guest.waitFor(.numlock, on: true)
            let begun = Clocks.monotonic
            try guest.output(of: "ledctl notify --light numlock --pattern morse:A --repeat 1")
            try guest.waitFor(.numlock, on: true)
            let seen = guest.lights.transitions(of: .numlock, since: begun)
            // Dark, a dot, a gap, a dash, seven units of gap, and the lock again.
            #expect(seen.map(\.isOn) == [false, true, false, true, false, true])
            guard seen.count == 6 else { return }
            for (index, milliseconds) in [150, 150, 450, 1050].enumerated() {
                let length = seen[index + 2].time - seen[index + 1].time
                #expect(abs(length - Int64(milliseconds) * 1_000_000) < 140_000_000, "\(length / 1_000_000) instead of \(milliseconds) ms")
            }
            #expect(try guest.triggers(of: .numlock) == ["kbd-numlock"])
        }
    }

    @Test("The kernel plays what fits: notify sleeps meanwhile; what does not fit, and what the kernel refuses, notify plays itself")
    func whoPlays() throws {
        try withGuest(.lights()) { guest in
            // 40 steps: asleep from the first to the last, however many threads there are (proc(5): switches, voluntary or not).
            let patient = try guest.start("exec ledctl notify --pattern on:100,off:100 --repeat 20 go")
            try guest.lights.wait(forTransitions: 3, of: .capslock, since: 0)
            let wakes = try guest.output(
                of: """
                    count() { awk '/voluntary_ctxt/ { sum += $2 } END { print sum }' /proc/$(pidof ledctl)/task/*/status; }
                    before=$(count); sleep 2; echo $(($(count) - before))
                    """)
            #expect(wakes == "0")
            #expect(try patient.wait().status == 0)
            #expect(guest.lights.transitions(of: .capslock).count > 10)
            try guest.waitForTrigger("kbd-capslock", of: .capslock)

            // 320 steps.
            let begun = Clocks.monotonic
            let long = Array(repeating: "on:20,off:20", count: 160).joined(separator: ",")
            let own = try guest.start("exec ledctl notify --pattern on:200,off:200,on:200,\(long) --repeat 1")
            try guest.lights.wait(forTransitions: 3, of: .capslock, since: begun)
            #expect(try own.wait().status == 0)
            try guest.waitForTrigger("kbd-capslock", of: .capslock)

            // Without a program.
            try guest.output(of: "ledctl set numlock --pattern on:150,off:150")
            try guest.lights.wait(forTransitions: 6, of: .numlock, since: 0)
            try guest.output(of: "ledctl release numlock")
            try guest.waitForTrigger("kbd-numlock", of: .numlock)
            try guest.waitFor(.numlock, on: false)
        }
    }

    @Test("notify that is stopped or killed leaves the light as it was")
    func stopped() throws {
        try withGuest(.lights()) { guest in
            try guest.write("1", to: .scrolllock)
            try guest.waitFor(.scrolllock, on: true)
            for (signal, repeats, status) in [
                (SIGINT, "3", 130), (SIGTERM, "3", 130), (SIGKILL, "3", 128 + SIGKILL), (SIGINT, "0", 0), (SIGTERM, "0", 0),
            ] {
                try stop(guest, with: signal, repeats: repeats, status: status)
            }
        }
    }

    private func stop(_ guest: Guest, with signal: Int32, repeats: String, status: Int32) throws {
        let job = try guest.start("exec ledctl notify --light '*lock' --pattern off:60000 --repeat \(repeats) wait")
        try job.wait(for: "wait\n")
        try guest.waitFor(.scrolllock, on: false)
        for light in LockLight.allCases { #expect(try guest.triggers(of: light) == ["ringlight-\(light.rawValue)"]) }
        try job.signal(signal)
        #expect(try job.wait(within: .seconds(2)).status == status)
        // The claim that was there before the notification.
        try guest.waitFor(.scrolllock, on: true)
        #expect(try guest.triggers(of: .scrolllock) == ["ringlight-scrolllock"])
        #expect(try guest.triggers(of: .capslock) == ["kbd-capslock"])
        #expect(try guest.triggers(of: .numlock) == ["kbd-numlock"])
    }

    @Test("A notification goes on when its keyboard is pulled, and on the one that is plugged in then")
    func notifyAcrossKeyboards() throws {
        try withGuest(.lights()) { guest in
            let job = try guest.start("exec ledctl notify --pattern on:200,off:200 --repeat 20 go")
            try job.wait(for: "go\n")
            try guest.lights.wait(forTransitions: 2, of: .capslock, since: 0)
            try guest.output(of: "echo -n serio0 > /sys/bus/serio/drivers/atkbd/unbind")
            try guest.waitForKeyboards(0, with: .capslock)
            try guest.output(of: "sleep 1; echo -n serio0 > /sys/bus/serio/drivers/atkbd/bind")
            try guest.waitForTrigger("ringlight-capslock", of: .capslock)
            try guest.lights.wait(forTransitions: 6, of: .capslock, since: Clocks.monotonic)
            let result = try job.wait(within: .seconds(15))
            #expect(result.status == 0, "\(result.errors)")
            try guest.waitForTrigger("kbd-capslock", of: .capslock)
        }
    }

    @Test("set, get, toggle, list and release")
    func setAndGet() throws {
        try withGuest(.lights()) { guest in
            try guest.output(of: "ledctl set capslock on")
            try guest.waitFor(.capslock, on: true)
            #expect(try guest.output(of: "ledctl get capslock") == "on")
            try guest.output(of: "ledctl set '*lock' toggle")
            try guest.waitFor(.numlock, on: true)
            try guest.waitFor(.scrolllock, on: true)
            try guest.waitFor(.capslock, on: false)
            #expect(try guest.output(of: "ledctl get '*'") == "capslock off\nnumlock on\nscrolllock on")
            // The processes have ended, their names are known.
            #expect(
                try guest.output(of: "ledctl list").replacing(/ledctl\[[0-9]+\]/, with: "ledctl").replacing(#/ {2,}/#, with: "  ")
                    == """
                    LIGHT  STATE  HELD  TRIGGER  HOLDER  GRABBED  KEYBOARDS
                    capslock  off  held  ringlight-capslock  ledctl  no  AT Translated Set 2 keyboard
                    numlock  on  held  ringlight-numlock  ledctl  no  AT Translated Set 2 keyboard
                    scrolllock  on  held  ringlight-scrolllock  ledctl  no  AT Translated Set 2 keyboard
                    """)
            try guest.output(of: "ledctl release numlock")
            try guest.waitFor(.numlock, on: false)
            #expect(try guest.triggers(of: .numlock) == ["kbd-numlock"])
            #expect(try guest.triggers(of: .scrolllock) == ["ringlight-scrolllock"])
            try guest.output(of: "ledctl release --all && ledctl release --all")
            try guest.waitFor(.scrolllock, on: false)
            for light in LockLight.allCases { #expect(try guest.triggers(of: light) == ["kbd-\(light.rawValue)"]) }
            let free = try guest.output(of: "ledctl list").split(separator: "\n").dropFirst()
            #expect(free.count == 3 && free.allSatisfy { $0.contains(#/ off +free +kbd-/#) })
        }
    }

    @Test("Another user sees the lights, and is told why he cannot set them")
    func unprivileged() throws {
        try withGuest(.lights()) { guest in
            #expect(try guest.output(of: "su nobody -c 'ledctl list'").split(separator: "\n").count == 4)
            #expect(try guest.output(of: "su nobody -c 'ledctl get capslock'") == "off")
            for command in ["set capslock on", "notify", "watch", "release --all"] {
                let result = try guest.run("su nobody -c 'ledctl \(command)'")
                #expect(result.status == 1 && result.text == "")
                #expect(result.errors.hasPrefix("ledctl: /dev/ringlight/capslock: permission denied (use sudo, or "))
            }
            #expect(guest.lights.transitions.isEmpty)
        }
    }

    @Test("watch prints every change by key, claim, death and keyboard, as it happens")
    func watch() throws {
        try withGuest(.lights()) { guest in
            let text = try guest.start("exec ledctl watch capslock")
            let json = try guest.start("exec ledctl watch --json --count 9")
            try text.wait(for: "ledctl: watching capslock (off)\n")
            try json.wait(for: "ledctl: watching capslock (off), numlock (off), scrolllock (off)\n")

            func step(_ wanted: String, _ action: () throws -> Void) throws {
                let before = json.output.count
                try action()
                let deadline = Clocks.monotonic + 2_000_000_000
                while !String(decoding: json.output.dropFirst(before), as: UTF8.self).contains(wanted) {
                    guard Clocks.monotonic < deadline else {
                        Issue.record("no \(wanted) in \(json.text)")
                        return
                    }
                    usleep(5000)
                }
            }
            var holder: GuestJob?
            try step("\"light\":\"capslock\"") { try guest.monitor.press("caps_lock") }
            try step("\"on\":false") { try guest.write("0", to: .capslock) }
            try step("\"light\":\"numlock\"") { try guest.write("1", to: .numlock) }
            try step("\"light\":\"capslock\"") { holder = try guest.hold(.capslock, on: true) }
            try step("\"light\":\"capslock\"") { try holder?.signal(SIGKILL) }
            try step("\"light\":\"numlock\"") { try guest.write("release", to: .numlock) }
            try step("\"on\":null") { try guest.output(of: "echo -n serio0 > /sys/bus/serio/drivers/atkbd/unbind") }

            let result = try json.wait(within: .seconds(2))
            #expect(result.status == 0)
            let lines = result.text.split(separator: "\n").map(String.init)
            let changes = lines.map { line in
                let shape = #/
                    ^\{"light":"[a-z]+","monotonic_ns":[0-9]+,"on":(true|false|null),
                    "time":"20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{6}Z"\}$
                /#
                #expect(line.contains(shape))
                return line.replacing(#/,"(monotonic_ns|time)":("[^"]*"|[0-9]+)/#, with: "")
            }
            #expect(
                changes.prefix(6) == [
                    #"{"light":"capslock","on":true}"#, #"{"light":"capslock","on":false}"#, #"{"light":"numlock","on":true}"#,
                    #"{"light":"capslock","on":true}"#, #"{"light":"capslock","on":false}"#, #"{"light":"numlock","on":false}"#,
                ])
            let gone = ["capslock", "numlock", "scrolllock"].map { "{\"light\":\"\($0)\",\"on\":null}" }
            #expect(changes.dropFirst(6).sorted() == gone)
            let times = lines.compactMap { $0.firstMatch(of: #/"monotonic_ns":([0-9]+)/#).flatMap { Int64($0.1) } }
            #expect(times == times.sorted() && times.count == 9)

            // Stopped by hand: the work is done.
            try text.signal(SIGINT)
            let plain = try text.wait(within: .seconds(2))
            #expect(plain.status == 0)
            #expect(plain.text.split(separator: "\n").map { $0.split(separator: " ").dropFirst(2).joined(separator: " ") }
                == ["capslock on", "capslock off", "capslock on", "capslock off", "capslock absent"])
            #expect(plain.text.split(separator: "\n").allSatisfy { $0.contains(#/^20[0-9-]{8}T[0-9:.]{15}Z [0-9]+\.[0-9]{6} capslock/#) })
        }
    }

    @Test("watch keeps to its bounds and costs nothing while nothing happens")
    func watchIdles() throws {
        try withGuest(.lights()) { guest in
            /// Seconds by the clock, and of the processor.
            func watch(for duration: String) throws -> (Double, Double) {
                let result = try guest.run("time ledctl watch --duration \(duration)", within: .seconds(10))
                #expect(result.status == 0 && result.text == "")
                let words = try #require(result.errors.firstMatch(of: /real\s+0m ([0-9.]+)s\s+user\s+0m ([0-9.]+)s\s+sys\s+0m ([0-9.]+)s/))
                let seconds = [words.1, words.2, words.3].compactMap { Double($0) }
                return (seconds[0], seconds[1] + seconds[2])
            }
            // Without the start of the program, which a busy machine makes dear.
            _ = try watch(for: "0.1")
            let (short, long) = (try watch(for: "0.1"), try watch(for: "2.1"))
            #expect((2.1..<4.1).contains(long.0))
            #expect(long.1 - short.1 < 0.3, "\(short) \(long)")
        }
    }
}
