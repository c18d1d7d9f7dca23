import CLinux
import Clocks
import Glibc
import TestSupport
import Testing

/// e1000d on a simulated card: no root, no interface, nothing beyond this machine.
@Suite("e1000d", .serialized, .needsQEMU("its cards are simulated, so that they misbehave when they are asked to"))
struct CardDaemonTests {
    // MARK: counters

    @Test("counters are OpenMetrics text to the letter, count what comes in, and are told to the end", arguments: ["82540EM", "82574L"])
    func counters(model: String) throws {
        let daemon = try RunningDaemon("sim:\(model),traffic=200")
        try daemon.waitUntilReady()
        let first = try daemon.counters()
        usleep(600_000)
        let second = try daemon.counters()
        #expect(second.order == first.order && first.order.count > 70)
        let page = try readText("\(packageFolder)/man/e1000d.8.in").split(separator: "\n").filter { $0.hasPrefix(".It Cm ") }
            .flatMap { $0.split(separator: " ") }
        for name in second.order where !name.hasPrefix("e1000_card_") {
            #expect(page.contains(Substring(name)), "e1000d(8) does not tell of '\(name)'")
        }
        for (name, family) in first.families where family.type == "counter" {
            for (before, after) in zip(family.samples, try #require(second.families[name]).samples) {
                #expect(after.value >= before.value && after.labels == before.labels, "\(name)")
            }
            #expect(family.samples.allSatisfy { $0.labels["device"] == "sim" && $0.labels["interface"] == "none" }, "\(name)")
        }
        for name in [
            "e1000_bridge_frames_total", "e1000_bridge_bytes_total", "e1000_card_gprc_total", "e1000_card_gorc_bytes_total",
            "e1000_card_bprc_total",
        ] {
            let moved = (second[name] ?? 0) - (first[name] ?? 0)
            #expect(moved > 0, "\(name) moved by \(moved)")
        }
        // 60 bytes a frame, without CRC.
        #expect(second["e1000_bridge_bytes_total"] == 60 * (second["e1000_bridge_frames_total"] ?? 0))
        #expect(second["e1000_link_up"] == 1 && second["e1000_link_speed_bits_per_second"] == 1e9)
        #expect(second["e1000_card_info", ["model": model, "mac": "52:54:00:12:34:56", "access": "sim", "program": "e1000d"]] == 1)
        // The time in which the counters moved, and since when they count.
        let (start, uptime) = (second["e1000_start_time_seconds"], second["e1000_uptime_seconds"] ?? 0)
        #expect(start == first["e1000_start_time_seconds"] && (start ?? 0) > 1.7e9)
        #expect(uptime - (first["e1000_uptime_seconds"] ?? uptime) > 0.4)
        for direction in ["receive", "transmit"] {
            let ring = ["direction": direction]
            #expect(second["e1000_ring_descriptors", ring] == 256)
            #expect(second["e1000_ring_card_start", ring] ?? 256 < 256)
            #expect(second["e1000_ring_card_descriptors", ring] ?? 256 < 256)
        }
        #expect(second["e1000_ring_waiting_frames"] ?? 256 < 256 && second["e1000_link_changes_total"] ?? 100 < 100)
        // A counter of one family only.
        #expect((second["e1000_card_icrxoc_total"] != nil) == (model == "82574L"))
        daemon.tool.signal(SIGTERM)
        #expect(daemon.tool.wait() == 0, "\(daemon.tool.errors)")
        #expect(daemon.folder.names == [])
    }

    @Test("HTTP is answered as HTTP: curl, and requests that cannot be")
    func http() throws {
        let daemon = try RunningDaemon("sim:traffic=100")
        try daemon.waitUntilReady()
        let curl = try runTool("/usr/bin/curl", ["-sSi", "--max-time", "10", "--unix-socket", daemon.socket, "http://card/metrics"])
        #expect(curl.status == 0, "\(curl.errors)")
        let parts = curl.text.split(separator: "\r\n\r\n", maxSplits: 1)
        #expect(parts.first?.hasPrefix("HTTP/1.1 200 OK\r\n") == true)
        #expect(parts.first?.contains("Content-Type: application/openmetrics-text; version=1.0.0; charset=utf-8\r\n") == true)
        #expect(try OpenMetricsText(String(parts.last ?? "")).order.count > 70)

        func answer(_ request: String) throws -> String {
            let client = try UNIXClient(daemon.socket)
            client.say(request)
            return try client.everything()
        }
        let head = try answer("HEAD / HTTP/1.0\r\n\r\n")
        #expect(head.hasPrefix("HTTP/1.1 200 OK\r\n") && head.hasSuffix("\r\n\r\n"))
        #expect(try answer("GET /metrics?x=1 HTTP/1.1\nHost: x\n\n").hasSuffix("# EOF\n"))
        #expect(try answer("GET /etc/passwd HTTP/1.1\r\n\r\n").hasPrefix("HTTP/1.1 404 Not Found\r\n"))
        #expect(try answer("POST /metrics HTTP/1.1\r\n\r\n").hasPrefix("HTTP/1.1 405 Method Not Allowed\r\n"))
        #expect(try answer("GET HTTP/1.1\r\n\r\n").hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
        #expect(try answer("GET / HTTP/1.1\r\nx: " + String(repeating: "x", count: 9000)).hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
        // In pieces, as a slow writer sends them.
        let slow = try UNIXClient(daemon.socket)
        for piece in ["GE", "T / HT", "TP/1.1\r", "\n\r", "\n"] {
            slow.say(piece)
            usleep(60_000)
        }
        #expect(try slow.everything().hasPrefix("HTTP/1.1 200 OK\r\n"))
    }

    @Test("clients that say nothing, garbage or half a line, that never read, or come by the hundred harm nobody")
    func badClients() throws {
        let daemon = try RunningDaemon("sim:traffic=500")
        try daemon.waitUntilReady()
        // What the simulated card brings on this machine, now.
        let first = try (daemon.frames(), Clocks.monotonic)
        usleep(1_000_000)
        let (before, start) = try (daemon.frames(), Clocks.monotonic)
        let rate = (before - first.0) / Double(start - first.1)
        // Who says nothing gets text; so does who says what is not HTTP.
        for words in ["", "\u{0}\u{1}\u{2}\n", "hello\n", String(repeating: "x", count: 100_000)] {
            let client = try UNIXClient(daemon.socket)
            client.say(words)
            let text = try client.everything()
            #expect(text.hasSuffix("# EOF\n"), "\(words.prefix(10)): \(text.prefix(100))")
        }
        // Half a request is waited for, not for ever.
        let half = try UNIXClient(daemon.socket)
        half.say("GET / HTTP/1.1\r\n")
        #expect(try half.everything().hasPrefix("HTTP/1.1 400"))
        #expect(Clocks.monotonic - start < 8_000_000_000)
        var crowd: [UNIXClient] = []
        for number in 0..<200 {
            // The queue of a socket has an end.
            guard let client = try? UNIXClient(daemon.socket) else { continue }
            if number.isMultiple(of: 3) { client.say("GET /") }
            crowd.append(client)
        }
        #expect(crowd.count >= 64)
        // None of them reads; another one is answered all the same.
        let deadline = Clocks.monotonic + 10_000_000_000
        var text: String?
        while text == nil, Clocks.monotonic < deadline { text = try? UNIXClient(daemon.socket).everything() }
        #expect(text?.hasSuffix("# EOF\n") == true)
        crowd = []
        let frames = try daemon.frames() - before
        let time = Double(Clocks.monotonic - start)
        #expect(rate > 0 && frames / time > 0.5 * rate, "\(frames) frames in \(time / 1e9) s; without such clients \(rate * 1e9) a second")
        // What descriptors it has: those at its start.
        usleep(200_000)
        #expect(try descriptors(of: daemon.tool.pid) < 20)
    }

    private func descriptors(of process: pid_t) throws -> Int {
        let result = try runTool("/bin/ls", ["/proc/\(process)/fd"])
        #expect(result.status == 0)
        return result.text.split(separator: "\n").count
    }

    @Test("a socket that a killed one left is taken over; that of a living one is not")
    func leftovers() throws {
        let first = try RunningDaemon("sim")
        try first.waitUntilReady()
        let refused = try runTool("e1000d", ["--device", "sim", "--no-tap", "--metrics", first.socket])
        #expect(refused.status == 1 && refused.errors.contains("another program tells its counters there"), "\(refused.errors)")
        first.tool.signal(SIGKILL)
        #expect(first.tool.wait() == 128 + SIGKILL)
        #expect(first.folder.names == ["metrics"])
        let second = try RunningTool(["--device", "sim", "--no-tap", "--metrics", first.socket], program: "e1000d")
        try second.wait(for: "ready: none")
        #expect(try UNIXClient(first.socket).everything().hasSuffix("# EOF\n"))
        second.signal(SIGINT)
        #expect(second.wait() == 0)
        #expect(first.folder.names == [])
    }

    // MARK: ledd

    @Test("events reach ledd: the link, activity at most 5 times a second in each direction, a recovery; and again after ledd's restart")
    func events() throws {
        let folder = try ScratchFolder()
        let ledd = try FakeLightDaemon("\(folder.path)/ledd")
        chmod(folder.path, 0o777)
        let daemon = try RunningDaemon("sim:traffic=1000,fault=reset@2", environment: ["RINGLIGHT_SOCKET=\(folder.path)/ledd"])
        try ledd.wait(for: "\"event\":\"link-up\"")
        #expect(ledd.lines.first?.text == #"{"device":"sim","event":"link-up","op":"event","source":"e1000","v":1}"#)
        try ledd.listen(milliseconds: 1500)
        let received = ledd.lines.filter { $0.text.contains("\"receive\"") }
        #expect(received.count >= 5, "\(ledd.lines)")
        for (one, next) in zip(received, received.dropFirst(5)) { #expect(next.at - one.at > 900_000_000) }
        #expect(ledd.count("transmit") == 0 && ledd.count("error") == 0)
        try ledd.wait(for: "\"event\":\"recovered\"")
        #expect(daemon.tool.errors.contains("recovered, 0 frames lost"), "\(daemon.tool.errors)")
        #expect(try daemon.counters()["e1000_recoveries_total"] == 1)

        ledd.stop()
        usleep(700_000)
        #expect(try daemon.counters()["e1000_events_total", ["outcome": "lost"]] ?? 0 > 0)
        let frames = try daemon.frames()
        try ledd.start()
        try ledd.wait(for: "\"event\":\"link-up\"")
        try ledd.wait(for: "\"event\":\"receive\"")
        #expect(try daemon.frames() > frames)
    }

    @Test("trouble reaches ledd: a damaged frame, and more frames than the card can keep", arguments: [("crc", "error"), ("flood", "ring-full")])
    func trouble(fault: String, event: String) throws {
        let folder = try ScratchFolder()
        let ledd = try FakeLightDaemon("\(folder.path)/ledd")
        chmod(folder.path, 0o777)
        let daemon = try RunningDaemon("sim:fault=\(fault)@1", environment: ["RINGLIGHT_SOCKET=\(folder.path)/ledd"])
        try ledd.wait(for: "\"event\":\"\(event)\"")
        try ledd.listen(milliseconds: 1500)
        // Once: what has not grown since is no news. And nothing of the other kind.
        #expect(ledd.count("error") + ledd.count("ring-full") == 1 && ledd.count(event) == 1, "\(ledd.lines)")
        #expect(daemon.tool.errors.isEmpty || !daemon.tool.errors.contains("recovered"), "\(daemon.tool.errors)")
    }

    @Test("a ledd that takes nothing holds nobody up")
    func deafDaemon() throws {
        let folder = try ScratchFolder()
        let ledd = try FakeLightDaemon("\(folder.path)/ledd")
        chmod(folder.path, 0o777)
        let daemon = try RunningDaemon("sim:traffic=1000", environment: ["RINGLIGHT_SOCKET=\(folder.path)/ledd"])
        try ledd.accept()
        try daemon.waitUntilReady()
        let before = try daemon.frames()
        usleep(2_000_000)
        #expect(try daemon.frames() - before > 200)
    }

    @Test("a card that leaves the bus: 'failed', exit code 1, and the socket is gone")
    func failure() throws {
        let folder = try ScratchFolder()
        let ledd = try FakeLightDaemon("\(folder.path)/ledd")
        chmod(folder.path, 0o777)
        let daemon = try RunningDaemon("sim:traffic=100,fault=vanish@1", environment: ["RINGLIGHT_SOCKET=\(folder.path)/ledd"])
        try ledd.wait(for: "\"event\":\"failed\"")
        #expect(daemon.tool.wait() == 1)
        #expect(daemon.tool.errors.contains("e1000d: card: its registers read all ones: it has left the bus"), "\(daemon.tool.errors)")
        #expect(daemon.folder.names == [])
    }

    @Test("QEMU's card: what is on its wire is counted, and QEMU ends with the service")
    func qemu() throws {
        let wire = try ToolWire()
        let daemon = try RunningDaemon("qemu", ["--netdev", wire.netdev, "--no-publish"])
        try daemon.waitUntilReady()
        let children = try runTool("/bin/sh", ["-c", "cat /proc/\(daemon.tool.pid)/task/*/children"]).text
        let qemu = try #require(children.split(separator: " ").first.flatMap { pid_t($0) })
        for number in 0..<10 {
            try wire.send([UInt8](repeating: 0xff, count: 6) + [2, 0, 0, 0, 0, 1, 0x88, 0xb5, UInt8(number)] + [UInt8](repeating: 0, count: 85))
        }
        let deadline = Clocks.monotonic + 10_000_000_000
        while try daemon.frames() < 10, Clocks.monotonic < deadline { usleep(20_000) }
        let counters = try daemon.counters()
        #expect(counters["e1000_bridge_frames_total", ["direction": "receive"]] == 10)
        #expect(counters["e1000_bridge_bytes_total", ["direction": "receive"]] == 1000)
        // With CRC.
        #expect(counters["e1000_card_gprc_total"] == 10 && counters["e1000_card_gorc_bytes_total"] == 1040)
        daemon.tool.signal(SIGTERM)
        #expect(daemon.tool.wait() == 0, "\(daemon.tool.errors)")
        #expect(kill(qemu, 0) != 0 && errno == ESRCH)
        #expect(daemon.folder.names == [])
    }

    // MARK: the system

    @Test("what runs has no capability and gets none; started as root, it is another user")
    func privileges() throws {
        let daemon = try RunningDaemon("sim")
        try daemon.waitUntilReady()
        let threads = try runTool("/bin/ls", ["/proc/\(daemon.tool.pid)/task"]).text.split(separator: "\n")
        #expect(threads.count >= 1)
        for thread in threads {
            let file = open("/proc/\(daemon.tool.pid)/task/\(thread)/status", O_RDONLY | O_CLOEXEC)
            defer { close(file) }
            var bytes = [UInt8](repeating: 0, count: 4096)
            let status = String(decoding: bytes[..<max(0, read(file, &bytes, bytes.count))], as: UTF8.self)
            for set in ["CapInh", "CapPrm", "CapEff", "CapAmb"] { #expect(status.contains("\(set):\t0000000000000000\n"), "\(status)") }
            #expect(status.contains("NoNewPrivs:\t1\n"))
            if geteuid() == 0 { #expect(!status.contains("Uid:\t0\t") && !status.contains("Gid:\t0\t"), "\(status)") }
        }
    }

    @Test("the service manager hears of readiness, the link and, twice in its interval, the watchdog")
    func notify() throws {
        let folder = try ScratchFolder()
        chmod(folder.path, 0o777)
        let manager = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        defer { close(manager) }
        try #require(ringlight_bind(manager, "\(folder.path)/notify") == 0)
        chmod("\(folder.path)/notify", 0o666)
        let daemon = try RunningDaemon("sim:traffic=50", environment: ["NOTIFY_SOCKET=\(folder.path)/notify", "WATCHDOG_USEC=400000"])
        try daemon.waitUntilReady()
        var messages: [String] = []
        let deadline = Clocks.monotonic + 2_000_000_000
        while Clocks.monotonic < deadline {
            var poller = pollfd(fd: manager, events: Int16(POLLIN), revents: 0)
            guard poll(&poller, 1, 100) > 0 else { continue }
            var bytes = [UInt8](repeating: 0, count: 4096)
            messages.append(String(decoding: bytes[..<max(0, recv(manager, &bytes, bytes.count, 0))], as: UTF8.self))
        }
        #expect(messages.first == "READY=1\nSTATUS=none: link up, 1000 Mb/s, full duplex", "\(messages)")
        let fed = messages.count { $0 == "WATCHDOG=1" }
        // Every 200 ms; a machine with much to do may miss some, but not the half.
        #expect((5...11).contains(fed), "\(messages)")
    }
}
