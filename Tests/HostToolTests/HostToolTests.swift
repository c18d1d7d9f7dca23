import Frames
import Glibc
import TestSupport
import Testing

@Suite("Tools of a host on QEMU's card", .serialized)
struct HostToolTests {
    @Test("echo: TCP exact; a port with 257 datagrams does not starve another; bursts of 32 come back in order")
    func echo() throws {
        try withTool(["echo"], hostPort: 7, udp: true, ready: "echo:") { tool in
            let result = try shell(
                "f=$(mktemp); head -c 3000000 /dev/urandom > $f; timeout 30 nc -N 127.0.0.1 \(tool.port) < $f | cmp - $f && echo same; rm $f")
            #expect(result.text == "same\n", "\(result.text)\(result.errors)")
            let flood = try LoopbackClient(to: tool.port, type: SOCK_DGRAM)
            for number in 0..<257 { flood.send("flood \(number)") }
            let other = try LoopbackClient(to: tool.port, type: SOCK_DGRAM)
            // Again if need be: the way to QEMU is one socket of Linux's for all, whose queue the 257 may have filled.
            var answer: [UInt8]?
            for _ in 0..<10 where answer == nil {
                other.send("other")
                answer = other.receive(within: 1000)
            }
            #expect(answer == Array("other".utf8))
            // Those of the last tries, if they come late.
            while other.receive(within: 200) != nil {}
            for round in 0..<4 {
                let sent = (0..<32).map { "\(round) \($0)" }
                for text in sent { other.send(text) }
                let back = sent.map { _ in String(decoding: other.receive() ?? [], as: UTF8.self) }
                #expect(back == sent)
            }
        }
    }

    @Test("echo: more than --connections are reset, and that is told once; who is idle is sent away, and makes room")
    func limits() throws {
        try withTool(["echo", "--connections", "2", "--idle", "2"], hostPort: 7, ready: "echo:") { tool in
            func client() throws -> LoopbackClient {
                let client = try LoopbackClient(to: tool.port)
                client.send("?")
                return client
            }
            let first = try (0..<2).map { _ in try client() }
            for one in first { one.waitFor("?") }
            for _ in 0..<2 { #expect(try client().receive() == []) }
            #expect(tool.says("2 connections are open, as many as may be"), "\(tool.errors)")
            // One that says something stays, one that does not goes.
            for _ in 0..<15 {
                first[0].send("!")
                #expect(first[0].receive() == [UInt8(ascii: "!")])
                usleep(200_000)
            }
            #expect(first[1].receive(within: 1000) == [])
            let next = try client()
            next.waitFor("?")
            #expect(!tool.says("2 connections are open, as many as may be", times: 2, within: 0), "\(tool.errors)")
        }
    }

    private struct Totals: Decodable {
        let sent: Int
        let received: Int
        let duplicates: Int
        let outOfOrder: Int
    }

    @Test("ping: one after the other, and many under way, come back in order", arguments: ["0.02", "0.001"])
    func ping(interval: String) throws {
        let result = try runTool("e1000-uio", ["ping", "--device", "qemu", "--count", "100", "--interval", interval, "--json", "10.0.2.2"])
        #expect(result.status == 0, "\(result.errors)")
        let text = result.text
        for part in ["\"sent\" : 100", "\"received\" : 100", "\"outOfOrder\" : 0", "\"duplicates\" : 0"] { #expect(text.contains(part), "\(text)") }
    }

    @Test("ping: nobody there is exit code 1")
    func silence() throws {
        let result = try runTool(
            "e1000-uio", ["ping", "--device", "qemu", "--ip", "10.0.2.15/24", "--count", "2", "--interval", "0.01", "--timeout", "0.2", "10.0.2.77"])
        #expect(result.status == 1 && result.errors.contains("2 sent, 0 received"), "\(result.errors)")
    }

    @Test("dhcp tells the lease; the address that QEMU's card was given is the one on the wire")
    func dhcp() throws {
        let wire = "/tmp/ringlight-wire-\(getpid()).pcap"
        defer { unlink(wire) }
        let mac = "52:54:00:ab:cd:ef"
        let result = try runTool("e1000-uio", ["dhcp", "--device", "qemu", "--mac", mac, "--wire-pcap", wire, "--json"])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.text.contains("\"address\" : \"10.0.2.15\"") && result.text.contains("10.0.2.3"), "\(result.text)")
        let judge = try shell(
            "tshark -r \(wire) -Y 'dhcp.option.dhcp == 1 || dhcp.option.dhcp == 3 || dhcp.option.dhcp == 7' "
                + "-T fields -E occurrence=f -e eth.src -e dhcp.hw.mac_addr -e dhcp.option.dhcp")
        // Discover, request, release, all from the card's own address.
        #expect(judge.text == [1, 3, 7].map { "\(mac)\t\(mac)\t\($0)\n" }.joined(), "\(judge.text)\(judge.errors)")
        // QEMU's network has two addresses of its own.
        let senders = try shell("tshark -r \(wire) -T fields -e eth.src | sort -u | grep -v '^52:5[56]:'")
        #expect(senders.text == "\(mac)\n", "\(senders.text)")
    }

    @Test("arping finds the router's address")
    func arping() throws {
        let result = try runTool(
            "e1000-uio", ["arping", "--device", "qemu", "--ip", "10.0.2.15/24", "--count", "2", "--interval", "0.01", "10.0.2.2"])
        #expect(result.status == 0 && result.text.contains("10.0.2.2 is at 52:55:0a:00:02:02"), "\(result.text)\(result.errors)")
    }

    @Test("nc carries both ways, and ends with the connection")
    func netcat() throws {
        let listener = try LoopbackListener()
        var pipes: [Int32] = [0, 0]
        try #require(pipe(&pipes) == 0)
        let tool = try RunningTool(["nc", "10.0.2.2", "\(listener.port)"], hostPort: 1, ready: "ready", input: pipes[0])
        close(pipes[0])
        let client = try listener.accept()
        client.send("from afar")
        let typed = Array("typed\n".utf8)
        _ = write(pipes[1], typed, typed.count)
        client.waitFor("typed\n")
        close(pipes[1])
        // The end of input is the end of its half.
        #expect(client.receive() == [])
        client.send(", and more")
        client.closeOutput()
        #expect(tool.wait() == 0)
        #expect(String(decoding: tool.output, as: UTF8.self) == "from afar, and more")
        _ = tool.end()
    }

    @Test("nc -u: each line is a datagram, and what comes back is printed, until it is stopped")
    func netcatDatagrams() throws {
        let listener = try LoopbackListener(type: SOCK_DGRAM)
        var pipes: [Int32] = [0, 0]
        try #require(pipe(&pipes) == 0)
        let tool = try RunningTool(["nc", "-u", "10.0.2.2", "\(listener.port)"], hostPort: 1, ready: "ready", input: pipes[0])
        close(pipes[0])
        for line in ["one\n", "two\n"] {
            let typed = Array(line.utf8)
            _ = write(pipes[1], typed, typed.count)
            #expect(try listener.answer("\(line.first!) ") == typed)
        }
        #expect(eventually(within: 10) { tool.output == Array("o t ".utf8) }, "\(tool.output)")
        // The end of input is not the end: answers may come.
        close(pipes[1])
        #expect(tool.end() == 0)
    }

    @Test("nc -l -u prints the first peer's datagrams, and types to it; another one's are not shown")
    func netcatListensForDatagrams() throws {
        var pipes: [Int32] = [0, 0]
        try #require(pipe(&pipes) == 0)
        let tool = try RunningTool(["nc", "-l", "-u", "4000"], hostPort: 4000, udp: true, ready: "listening", input: pipes[0])
        close(pipes[0])
        let (first, second) = (try LoopbackClient(to: tool.port, type: SOCK_DGRAM), try LoopbackClient(to: tool.port, type: SOCK_DGRAM))
        first.send("hello ")
        #expect(eventually(within: 10) { tool.output == Array("hello ".utf8) }, "\(tool.output)")
        second.send("me too ")
        first.send("again")
        #expect(eventually(within: 10) { tool.output == Array("hello again".utf8) }, "\(tool.output)")
        let typed = Array("typed\n".utf8)
        _ = write(pipes[1], typed, typed.count)
        #expect(first.receive() == typed)
        #expect(second.receive(within: 200) == nil)
        close(pipes[1])
        #expect(tool.end() == 0)
    }

    @Test("A host that nobody talks to is asleep")
    func idle() throws {
        try withTool(["echo"], hostPort: 7, ready: "echo:") { tool in
            let client = try LoopbackClient(to: tool.port)
            client.send("?")
            #expect(client.receive() == [UInt8(ascii: "?")])
            // What follows from being busy has had its time.
            sleep(1)
            let before = try processorTime(of: tool.pid)
            sleep(5)
            let used = try processorTime(of: tool.pid) - before
            print("an idle host: \(used) s in 5 s")
            // A loop that polls would have used all of it.
            #expect(used < 0.25)
        }
    }

    /// Seconds of all its threads (proc(5), stat: 14 and 15).
    private func processorTime(of pid: pid_t) throws -> Double {
        let text = try shell("awk '{ print $14 + $15 }' /proc/\(pid)/stat").text
        let ticks = try #require(Double(text.split(separator: "\n").first.map(String.init) ?? ""))
        return ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    @Test("nc -l takes one connection, and says who refuses")
    func netcatListens() throws {
        let tool = try RunningTool(["nc", "-l", "4000"], hostPort: 4000, ready: "listening")
        let client = try LoopbackClient(to: tool.port)
        client.send("hello")
        let arrived = eventually(within: 10) { tool.output == Array("hello".utf8) }
        #expect(arrived, "\(tool.output)")
        client.closeOutput()
        #expect(tool.wait() == 0)
        _ = tool.end()
        let port = try freePort()
        let refused = try runTool("e1000-uio", ["nc", "--device", "qemu", "10.0.2.2", "\(port)"])
        #expect(refused.status == 1 && refused.errors.contains("refused"), "\(refused.errors)")
    }

    @Test("chat: people hear each other, and who comes and goes")
    func chat() throws {
        try withTool(["chat"], hostPort: 7070, ready: "chat:") { tool in
            let (anna, bert) = (try LoopbackClient(to: tool.port), try LoopbackClient(to: tool.port))
            anna.waitFor("name?")
            anna.send("anna\n")
            anna.waitFor("you are anna")
            bert.waitFor("name?")
            bert.send("bert\n")
            anna.waitFor("bert joined")
            anna.send("hello\n")
            bert.waitFor("anna: hello")
            bert.send("/quit\n")
            anna.waitFor("bert left")
        }
    }

    @Test("What is typed wrongly is said before a card is touched", arguments: [
        (["ping", "--device", "sim", "10.0.0.1"], "--ip"),
        (["ping", "--device", "qemu", "--ip", "10.0.2.15", "10.0.2.2"], "192.0.2.2/24"),
        (["ping", "--device", "qemu", "--ip", "10.0.2.15/24", "--gateway", "10.0.3.1", "10.0.2.2"], "not in the network"),
        (["nc", "--device", "qemu", "10.0.2.2", "70000"], "not a port"),
        (["nc", "--device", "qemu", "10.0.2.2"], "a host and a port"),
        (["dns", "--device", "qemu", "a..b"], "not a name"),
        (["arping", "--device", "qemu", "::1"], "IPv4"),
        (["serve", "--device", "qemu", "--lights", "."], "--status"),
        (["serve", "--device", "qemu", "--connections", "0", "."], "1 to 100000"),
        (["echo", "--device", "qemu", "--idle", "0"], "--idle"),
    ])
    func usage(arguments: [String], message: String) throws {
        let result = try runTool("e1000-uio", arguments)
        #expect(result.status == 64 && result.errors.contains(message), "\(result.errors)")
    }
}
