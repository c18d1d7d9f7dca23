import Clocks
import Systemd
import Testing

@Suite("Event loop")
struct EventLoopTests {
    @Test func `a timer ends the loop in time`() throws {
        let loop = try EventLoop()
        let start = Clocks.monotonic
        let timer = try loop.timer(at: start + 20_000_000) { loop.stop() }
        try loop.run()
        #expect(Clocks.monotonic - start >= 20_000_000)
        withExtendedLifetime(timer) {}
    }
}
