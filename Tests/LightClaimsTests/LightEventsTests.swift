import CLinux
import Glibc
import LightClient
import TestSupport
import Testing

/// Events for a ledd that is not there, comes, takes nothing, goes.
@Suite struct LightEventsTests {
    @Test("a ledd that reads nothing: no call waits, what it does not take is counted, and it goes on when it reads")
    func deaf() throws {
        let path = "/tmp/ringlight-events-\(getpid()).sock"
        defer { unlink(path) }
        var events = LightEvents(source: "e1000", device: "0000:00:03.0", path: path)

        // Nobody: lost, and tried again at growing intervals.
        events.publish("receive", now: 0)
        #expect(events.isConnected == false && events.lost == 1)
        let firstPause = events.pump(now: 1)
        #expect(firstPause == 250_000_000)
        let secondPause = events.pump(now: 250_000_000)
        #expect(secondPause == 750_000_000)
        let thirdPause = events.pump(now: 750_000_000)
        #expect(thirdPause == 1_750_000_000)
        events.publishState("link-down", now: 800_000_000)

        let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        defer { close(listener) }
        try #require(ringlight_bind(listener, path) == 0 && listen(listener, 4) == 0)
        events.pump(now: 1_750_000_000)
        #expect(events.isConnected && events.sent == 1)
        let client = accept(listener, nil, nil)
        defer { close(client) }

        for _ in 0..<20_000 { events.publish("receive", now: 2_000_000_000) }
        #expect(events.isConnected && events.lost > 10_000 && events.sent > 100)
        #expect(events.lost + events.sent + UInt64(LightEvents.longestQueue) == 20_002)
        let fourthPause = events.pump(now: 2_000_000_000)
        #expect(fourthPause == 2_020_000_000)

        // Whole lines, whatever part of one fitted.
        var text: [UInt8] = []
        var bytes = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = recv(client, &bytes, bytes.count, Int32(MSG_DONTWAIT))
            guard count > 0 else { break }
            text += bytes[..<count]
            events.pump(now: 2_020_000_000)
        }
        let lines = String(decoding: text, as: UTF8.self).split(separator: "\n")
        #expect(lines.first == #"{"device":"0000:00:03.0","event":"link-down","op":"event","source":"e1000","v":1}"#)
        #expect(lines.dropFirst().allSatisfy { $0 == #"{"device":"0000:00:03.0","event":"receive","op":"event","source":"e1000","v":1}"# })
        #expect(UInt64(lines.count) == events.sent && events.sent + events.lost == 20_002)

        // Gone: noticed, and the state is what a new one hears first.
        shutdown(client, Int32(SHUT_RDWR))
        events.pump(now: 3_000_000_000)
        #expect(events.isConnected == false)
        events.pump(now: 20_000_000_000)
        #expect(events.isConnected == true)
        let again = accept(listener, nil, nil)
        defer { close(again) }
        let count = recv(again, &bytes, bytes.count, 0)
        #expect(String(decoding: bytes[..<max(0, count)], as: UTF8.self).contains("link-down"))
    }
}
