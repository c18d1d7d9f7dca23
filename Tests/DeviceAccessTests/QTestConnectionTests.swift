import Clocks
@testable import DeviceAccess
import Glibc
import Testing

@Suite("QEMU's qtest protocol")
struct QTestConnectionTests {
    /// A connection and the other end of its socket.
    private func connection() throws -> (QTestConnection, Int32) {
        var pair: [Int32] = [-1, -1]
        try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair) == 0)
        return (QTestConnection(socket: pair[0]), pair[1])
    }

    private func say(_ text: String, _ socket: Int32) { #expect(write(socket, text, text.utf8.count) == text.utf8.count) }

    @Test("answers, with interrupts between a command and its answer, in one piece or many")
    func answers() throws {
        let (qtest, peer) = try connection()
        defer { close(peer) }
        say("OK\n", peer)
        #expect(try qtest.command("writel 0x0 0x1") == "")
        say("IRQ raise 11\nOK 0x00000000000000ff\nIRQ lower 11\nIRQ raise 0\n", peer)
        #expect(try qtest.number("readl 0x0") == 0xff)
        #expect(qtest.isRaised(11))
        say("OK 0x1\n", peer)
        #expect(try qtest.number("readl 0x0") == 1)
        #expect(!qtest.isRaised(11) && qtest.isRaised(0))
        var commands = [UInt8](repeating: 0, count: 256)
        let count = read(peer, &commands, commands.count)
        #expect(String(decoding: commands.prefix(max(0, count)), as: UTF8.self) == "writel 0x0 0x1\nreadl 0x0\nreadl 0x0\n")
    }

    @Test("what is no answer is an error", arguments: ["FAIL Unknown command 'x'\n", "hello\n", "OK zzz\n", "OK\n"])
    func nonsense(answer: String) throws {
        let (qtest, peer) = try connection()
        defer { close(peer) }
        say(answer, peer)
        #expect(throws: DeviceError.self) { try qtest.number("readl 0x0") }
    }

    @Test("lines about interrupts that cannot be are passed over", arguments: ["IRQ raise 64\n", "IRQ raise -1\n", "IRQ\u{20}\n", "IRQ raise x\n"])
    func oddInterrupts(line: String) throws {
        let (qtest, peer) = try connection()
        defer { close(peer) }
        say(line + "OK 0x2\n", peer)
        #expect(try qtest.number("readl 0x0") == 2)
    }

    @Test("the other end's end is 'vanished', while waiting and before")
    func vanished() throws {
        for closesFirst in [true, false] {
            let (qtest, peer) = try connection()
            if closesFirst { close(peer) } else { shutdown(peer, Int32(SHUT_WR)) }
            do {
                _ = try qtest.command("readl 0x0")
                Issue.record("an answer came")
            } catch {
                #expect(error.kind == .vanished)
            }
            if !closesFirst { close(peer) }
        }
    }

    @Test("a wait for an interrupt ends by its bound, by the interrupt, or by a descriptor")
    func waits() throws {
        let (qtest, peer) = try connection()
        defer { close(peer) }
        #expect(try !qtest.waitUntilRaised(11, nanoseconds: 20_000_000, wake: -1))
        say("IRQ raise 9\n", peer)
        #expect(try !qtest.waitUntilRaised(11, nanoseconds: 20_000_000, wake: -1))
        say("IRQ raise 11\n", peer)
        #expect(try qtest.waitUntilRaised(11, nanoseconds: 1_000_000_000, wake: -1))
        // A level: still raised.
        #expect(try qtest.waitUntilRaised(11, nanoseconds: 0, wake: -1))
        say("IRQ lower 11\n", peer)
        var pipes: [Int32] = [-1, -1]
        try #require(pipe(&pipes) == 0)
        defer { for end in pipes { close(end) } }
        #expect(try !qtest.waitUntilRaised(11, nanoseconds: 20_000_000, wake: pipes[0]))
        #expect(write(pipes[1], "x", 1) == 1)
        let start = Clocks.monotonic
        #expect(try !qtest.waitUntilRaised(11, nanoseconds: 5_000_000_000, wake: pipes[0]))
        #expect(Clocks.monotonic - start < 1_000_000_000)
    }
}
