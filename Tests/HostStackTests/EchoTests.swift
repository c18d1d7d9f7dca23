import E1000
import Frames
import Glibc
import HostStack
import TestSupport
import Testing

@Suite("A host with Linux as its peer", .serialized, .enabled(if: LinuxPeer.missing == nil, "a network namespace needs root and /dev/net/tun"))
struct EchoTests {
    @Test("Linux's ping is answered, IPv4 and IPv6, in order")
    func ping() throws {
        try withServer { host in
            let text = try host.peer.command("ping -n -c 5 -i 0.01 -W 5 10.77.0.2")
            #expect(text.contains("5 received, 0% packet loss"), "\(text)")
            #expect(try eventually { try host.loop.run { $0.addresses.contains(.v6(IPv6Address("fd77::2")!)) } })
            let text6 = try host.peer.command("ping -n -c 5 -i 0.01 -W 5 fd77::2")
            #expect(text6.contains("5 received, 0% packet loss"), "\(text6)")
        }
    }

    @Test("TCP echo is exact, both families", arguments: ["10.77.0.2", "fd77::2"])
    func tcp(address: String) throws {
        try withServer { host in
            _ = try eventually { try host.loop.run { $0.addresses.count > 1 } }
            let text = try host.peer.command(
                "head -c 3000000 /dev/urandom > /tmp/rl-echo.$$; (cat /tmp/rl-echo.$$) | timeout 20 nc -N \(address) 7 "
                    + "| cmp - /tmp/rl-echo.$$ && echo same; rm /tmp/rl-echo.$$")
            #expect(text.contains("same"), "\(text)")
            let counters = try host.loop.run { $0.counters }
            #expect(counters.transmitCopies < counters.sentFrames / 2, "\(counters)")
        }
    }

    @Test("A cable with trouble: every byte is right, and no connection is stuck", arguments: [
        (ImpairedCable.Trouble(loss: 0.01), 500_000),
        (ImpairedCable.Trouble(loss: 0.1), 100_000),
        (ImpairedCable.Trouble(duplication: 0.1, reordering: 0.1), 1_000_000),
        (ImpairedCable.Trouble(delay: 200), 300_000),
    ])
    func trouble(_ trouble: ImpairedCable.Trouble, _ count: Int) throws {
        try withServer(trouble: trouble, seed: 42) { host in
            try echo(count, host)
            try echo(count / 10, host)
            // A neighbour's question may be lost, three times with bad luck.
            _ = try eventually { try host.loop.run { $0.addresses.count > 1 } }
            try echo(count / 10, host, address: "fd77::2")
            #expect(try eventually { try host.loop.run { $0.socketCount == 2 } }, "connections are stuck")
        }
    }

    @Test("Clients that are killed in the middle, on a cable with trouble: nothing of theirs is left, and the next one is served")
    func killed() throws {
        try withServer(trouble: ImpairedCable.Trouble(loss: 0.05, duplication: 0.05, reordering: 0.05), seed: 7) { host in
            // The first have read what came back, and their kernel says goodbye; the others have not, and it resets.
            try host.peer.command(
                """
                for number in 1 2 3 4 5 6 7 8 9 10; do
                  timeout -s KILL 0.$((number % 5 + 3)) nc 10.77.0.2 7 < /dev/zero > /dev/null &
                  timeout -s KILL 2 nc 10.77.0.2 7 < /dev/zero | head -c $((number * 1000)) > /dev/null &
                done
                wait; true
                """)
            let counters = try host.loop.run { $0.counters }
            #expect(counters.receivedFrames > 200, "nobody was in the middle: \(counters)")
            #expect(try eventually(within: 60) { try host.loop.run { $0.socketCount == 2 } }, "connections are stuck")
            try echo(100_000, host)
        }
    }
}
