import ChildProcess
import CLinux
import Clocks
import Glibc
import LightClaims
import LightClient
import TestSupport
import Testing

/// ledd as clients see it: those that behave, and those that do not.
@Suite("ledd: its socket")
struct LightDaemonTests {
    private func request(_ id: String, _ change: (inout Request) -> Void = { _ in }) -> Request {
        var request = Request(.claim)
        request.id = id
        change(&request)
        return request
    }

    private func ids(_ daemon: LightDaemonProcess) throws -> [String] {
        var client = try daemon.connect()
        return try client.ask(Request(.list)).claims!.map(\.id).sorted()
    }

    @Test func `claims live as long as they are to`() throws {
        let ledd = try LightDaemonProcess()
        do {
            var client = try ledd.connect()
            _ = try client.ask(request("connection") { $0.until = "disconnect" })
            _ = try client.ask(request("lasting"))
            _ = try client.ask(request("short") { $0.seconds = 0.2; $0.wait = true })
            #expect(try ids(ledd) == ["connection", "lasting", "short"])
            let news = try client.nextNews(until: Clocks.monotonic + 5_000_000_000)
            #expect(news?.event == "ended" && news?.reason == "expired" && news?.claim?.id == "short")
        }
        // The connection's end reaches ledd when its loop next goes round.
        let deadline = Clocks.monotonic + 5_000_000_000
        while try ids(ledd) != ["lasting"], Clocks.monotonic < deadline { usleep(5000) }
        #expect(try ids(ledd) == ["lasting"])
        var client = try ledd.connect()
        var release = Request(.release)
        release.id = "lasting"
        #expect(try client.ask(release).released == 1)
        #expect(try client.ask(release).released == 0)
    }

    @Test func `who watches is told of every change`() throws {
        let ledd = try LightDaemonProcess()
        var watcher = try ledd.connect()
        #expect(try watcher.ask(Request(.watch)).claims == [])
        var client = try ledd.connect()
        _ = try client.ask(request("a"))
        _ = try client.ask(request("a"))
        var release = Request(.release)
        release.all = true
        _ = try client.ask(release)
        var seen: [String] = []
        while let news = try watcher.nextNews(until: Clocks.monotonic + 2_000_000_000) {
            seen.append(news.event! + (news.event == "shows" ? " \(news.light?.claim ?? "-")" : ""))
            #expect(news.time?.hasSuffix("Z") == true)
            if seen.last == "shows -" { break }
        }
        #expect(seen == ["claimed", "shows a", "extended", "ended", "shows -"])
    }

    @Test func `garbage, half a line, a megabyte and silence harm nobody`() throws {
        let ledd = try LightDaemonProcess()
        let (silent, half, garbage, long) = try (RawClient(ledd.socket), RawClient(ledd.socket), RawClient(ledd.socket), RawClient(ledd.socket))
        half.send(#"{"v":1,"op":"cla"#)
        var random = SplitMix(seed: 11)
        garbage.send((0..<4096).map { _ in UInt8.random(in: 0...255, using: &random) } + [10])
        #expect(garbage.line().contains("bad-json"))
        _ = long.send([UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20))
        #expect(long.line().contains("too-long"))
        #expect(long.line() == "", "and then it is closed")
        #expect(try ids(ledd) == [], "the others are served")
        half.send("im\",\"id\":\"whole\"}\n")
        #expect(half.line().contains("\"whole\""))
        silent.send("{\"v\":1,\"op\":\"ping\",\"seq\":7}\n")
        #expect(silent.line() == #"{"ok":true,"seq":7,"v":1}"#)
        #expect(ledd.child.wait(milliseconds: 0) == nil)
    }

    @Test func `who watches and does not read is let go, and the others go on`() throws {
        let ledd = try LightDaemonProcess()
        let lazy = try RawClient(ledd.socket)
        lazy.send("{\"v\":1,\"op\":\"watch\"}\n")
        var client = try ledd.connect()
        // Some 300 bytes of news for each: more than the socket and the backlog take.
        for number in 0..<8000 { _ = try client.ask(request("n") { $0.message = "\(number)" }) }
        var bytes = 0
        var buffer = [UInt8](repeating: 0, count: 65536)
        var count = 0
        repeat {
            count = recv(lazy.descriptor, &buffer, buffer.count, 0)
            bytes += max(0, count)
        } while count > 0
        #expect(count == 0 && bytes < 2_000_000, "\(bytes) bytes, then the end")
        #expect(try ids(ledd) == ["n"])
    }

    /// As many claims as a user may have, by several connections, which stay open as long as what is returned.
    private func fill(_ ledd: LightDaemonProcess, message: String) throws -> [RawClient] {
        let clients = try (0..<4).map { _ in try RawClient(ledd.socket) }
        for (index, client) in clients.enumerated() {
            for number in 0..<256 {
                client.send(#"{"v":1,"op":"claim","id":"\#(index)-\#(number)","pattern":"on","message":"\#(message)"}"# + "\n")
                try #require(client.line().contains(#""ok":true"#))
            }
        }
        return clients
    }

    @Test func `a list of as many claims as there may be reaches who asks for it, and more are refused`() throws {
        let ledd = try LightDaemonProcess()
        let clients = try fill(ledd, message: String(repeating: "x", count: 512))
        #expect(try ids(ledd).count == 1024)
        var client = try ledd.connect()
        #expect(throws: LightDaemonError.self) { _ = try client.ask(request("more")) }
        // What takes another's place fits.
        _ = try client.ask(request("0-0"))
        withExtendedLifetime(clients) {}
    }

    @Test func `many who ask for long lists and do not read cost no more memory than they may`() throws {
        let ledd = try LightDaemonProcess()
        // Six bytes each in JSON.
        let clients = try fill(ledd, message: String(repeating: #"\u0001"#, count: 512))
        let lazy = try (0..<40).map { _ in try RawClient(ledd.socket) }
        for client in lazy { client.send("{\"v\":1,\"op\":\"list\"}\n") }
        #expect(try ids(ledd).count == 1024)
        let status = try readText("/proc/\(ledd.child.pid)/status")
        let peak = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }.flatMap { Int($0.filter(\.isNumber)) } ?? 0
        // Forty lists have some 130 MiB.
        #expect((1...98_304).contains(peak), "\(peak) KiB")
        withExtendedLifetime(clients) {}
    }

    /// Lets this process have so many connections that it can be a crowd.
    private func raiseDescriptorLimit(_ body: () throws -> Void) throws {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        let before = limit
        limit.rlim_cur = min(limit.rlim_max, 4096)
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        defer { var before = before; setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &before) }
        try #require(limit.rlim_cur >= 1400, "this machine allows \(limit.rlim_cur) descriptors")
        try body()
    }

    // Only root can become another user.
    @Test(.enabled(if: getuid() == 0, "this user cannot be two")) func `one user's silent clients leave room for another's`() throws {
        let ledd = try LightDaemonProcess()
        try raiseDescriptorLimit {
            var clients: [RawClient] = []
            for _ in 0..<1024 {
                clients.append(try RawClient(ledd.socket))
                // Before the next: no more may wait than the socket lets.
                if clients.count.isMultiple(of: 64) {
                    clients.last!.send("{\"v\":1,\"op\":\"ping\"}\n")
                    #expect(clients.last!.line().contains(#""ok":true"#))
                }
            }
            let refused = try RawClient(ledd.socket)
            #expect(refused.line() == "")
            #expect(ledd.messages.contains("a client was turned away: 1024 of user 0 are connected"))
            chmod(ledd.socket, 0o666)
            chmod(ledd.folder, 0o755)
            let arguments = ["--reuid=65534", "\(productFolder)/ledctl", "notify", "--id", "another"]
            let other = try runTool("/usr/bin/setpriv", arguments, environment: ["RINGLIGHT_SOCKET": ledd.socket], bound: 20_000)
            #expect(other.status == 0, "\(other.errors)")
            clients.removeLast()
            var last = ""
            let deadline = Clocks.monotonic + 5_000_000_000
            while !last.contains(#""ok":true"#), Clocks.monotonic < deadline {
                let next = try RawClient(ledd.socket)
                next.send("{\"v\":1,\"op\":\"ping\"}\n")
                last = next.line()
            }
            #expect(last.contains(#""ok":true"#), "one has gone, so one may come")
        }
    }

    @Test func `a thousand clients at once`() throws {
        let ledd = try LightDaemonProcess()
        try raiseDescriptorLimit { try crowd(ledd) }
    }

    private func crowd(_ ledd: LightDaemonProcess) throws {
        var clients: [RawClient] = []
        for number in 0..<1000 {
            clients.append(try RawClient(ledd.socket))
            clients[number].send("{\"v\":1,\"op\":\"claim\",\"id\":\"c\(number)\",\"until\":\"disconnect\",\"pattern\":\"on\"}\n")
        }
        for (number, client) in clients.enumerated() { #expect(client.line().contains("\"c\(number)\"")) }
        #expect(try ids(ledd).count == 1000)
        clients = []
        let deadline = Clocks.monotonic + 10_000_000_000
        while try !ids(ledd).isEmpty, Clocks.monotonic < deadline { usleep(20_000) }
        #expect(try ids(ledd) == [])
    }

    @Test func `10,000 random lines: no crash, no leak`() throws {
        let ledd = try LightDaemonProcess()
        func memory() -> Int {
            let statm = (try? readText("/proc/\(ledd.child.pid)/statm")) ?? ""
            return Int(statm.split(separator: " ").dropFirst().first ?? "0")! * 4096
        }
        var random = SplitMix(seed: 12)
        let words = [
            "{", "}", "\"v\":1", ",", "\"op\":\"claim\"", "\"op\":\"release\"", "\"all\":true", "\"id\":\"x\"", "\"light\":\"numlock\"", "[", "]",
            "\"pattern\":\"blink\"", "\"repeat\":2", "\"seconds\":1e-3", "\"priority\":3", "\"op\":\"event\"", "null", "\u{7f}", "\"\\u0000\"",
        ]
        func round() throws {
            let client = try RawClient(ledd.socket)
            for _ in 0..<2500 {
                let proper = Int.random(in: 0..<4, using: &random) == 0
                let body = (0..<Int.random(in: 1...8, using: &random)).map { _ in words.randomElement(using: &random)! }
                let fields = body.filter { $0.contains(":") }.joined(separator: ",")
                client.send((proper ? "{\"v\":1,\"op\":\"claim\",\(fields)}" : body.joined()) + "\n")
                #expect(client.line().hasPrefix("{"))
            }
        }
        try round()
        let before = memory()
        for _ in 0..<3 { try round() }
        #expect(memory() < before + 8 << 20, "it grew from \(before) to \(memory()) bytes")
        #expect(ledd.child.wait(milliseconds: 0) == nil, "\(ledd.messages.suffix(500))")
    }

    @Test func `a killed one leaves a socket that the next one takes over; a living one is not disturbed`() throws {
        let ledd = try LightDaemonProcess()
        try ledd.killAndRestart()
        #expect(try ids(ledd) == [])
        let second = try runTool("ledd", ["--socket", ledd.socket, "--config", "\(ledd.folder)/ledd.toml"], bound: 5000)
        #expect(second.status == 1)
        #expect(second.errors.contains("another ledd listens there (stop it"))
        #expect(try ids(ledd) == [])
    }

    @Test func `a file that is no socket stays`() throws {
        let ledd = try LightDaemonProcess()
        let result = try runTool("ledd", ["--socket", "\(ledd.folder)/ledd.toml", "--config", "\(ledd.folder)/ledd.toml"], bound: 5000)
        #expect(result.status == 1)
        #expect(result.errors.contains("no socket (remove it"))
        #expect(access("\(ledd.folder)/ledd.toml", F_OK) == 0)
    }

    @Test func `SIGTERM ends it cleanly, and its socket goes`() throws {
        let ledd = try LightDaemonProcess()
        kill(ledd.child.pid, SIGTERM)
        #expect(ledd.child.wait(milliseconds: 5000) == 0)
        #expect(access(ledd.socket, F_OK) != 0)
    }

    @Test func `SIGHUP keeps claims`() throws {
        let ledd = try LightDaemonProcess()
        var client = try ledd.connect()
        _ = try client.ask(request("kept") { $0.until = "disconnect" })
        kill(ledd.child.pid, SIGHUP)
        let deadline = Clocks.monotonic + 5_000_000_000
        while !ledd.messages.contains("read anew"), Clocks.monotonic < deadline { usleep(5000) }
        #expect(ledd.messages.contains("read anew"))
        #expect(try client.ask(Request(.list)).claims?.map(\.id) == ["kept"])
    }

    @Test func `it takes the service manager's socket`() throws {
        let listener = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        let path = "\(productFolder)/activated-\(getpid())"
        try #require(ringlight_bind(listener, path) == 0 && listen(listener, 8) == 0)
        defer { unlink(path) }
        let ledd = try LightDaemonProcess(
            descriptors: [listener], wrapper: ["/bin/sh", "-c", "export LISTEN_PID=$$ LISTEN_FDS=1; exec \"$@\"", "sh"])
        var client = try LightDaemon(path)
        #expect(try client.ask(Request(.ping)).ok == true)
        kill(ledd.child.pid, SIGTERM)
        #expect(ledd.child.wait(milliseconds: 5000) == 0)
        #expect(access(path, F_OK) == 0, "the manager's socket is the manager's")
    }
}
