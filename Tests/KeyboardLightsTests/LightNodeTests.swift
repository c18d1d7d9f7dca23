import Glibc
import KeyboardLights
import TestSupport
import Testing

/// A FIFO stands in for the node: what is written can be read, and there is nothing to read at times.
@Suite struct LightNodeTests {
    private let fake: FakeLights
    private let light: Light
    /// Both ends, so that neither side sees the other as gone.
    private let far: Int32

    init() throws {
        fake = try FakeLights()
        light = Light(name: "capslock", node: try fake.addFIFO("capslock"))
        far = open(light.node, O_RDWR | O_NONBLOCK | O_CLOEXEC)
        try #require(far >= 0)
    }

    private func withFarEnd(_ body: () throws -> Void) rethrows {
        defer { close(far) }
        try body()
    }

    private func sent() -> String {
        var bytes = [UInt8](repeating: 0, count: 100)
        let count = read(far, &bytes, 100)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }

    private func answer(_ text: String) { _ = write(far, text, text.utf8.count) }

    @Test func writesWhatTheModuleReads() throws {
        try withFarEnd {
            let node = try LightNode(light, for: .write)
            try node.set(true)
            #expect(sent() == "1\n")
            try node.set(false)
            #expect(sent() == "0\n")
            try node.release()
            #expect(sent() == "release\n")
        }
    }

    @Test func writesTriggers() throws {
        try withFarEnd {
            let node = try LightNode(light, for: .write)
            #expect(try node.obey(trigger: "disk-activity"))
            #expect(sent() == "trigger disk-activity\n")
            #expect(try node.obey(trigger: "timer delay_on=100 delay_off=900"))
            #expect(sent() == "trigger timer delay_on=100 delay_off=900\n")
        }
    }

    @Test func writesPatterns() throws {
        try withFarEnd {
            let node = try LightNode(light, for: .write)
            #expect(try node.play(.blink, repeats: 3))
            #expect(sent() == "pattern 3 500 500\n")
            #expect(try node.play(.heartbeat, repeats: nil))
            #expect(sent() == "pattern 0 100 150 100 650\n")
            // Begins dark; neighbours of one kind are one step.
            #expect(try node.play(Pattern(parsing: "off:60000,off:40,on:20,on:20,on:20,off:30"), repeats: 1))
            #expect(sent() == "pattern 1 0 60040 60 30\n")
            #expect(try node.play(Pattern(parsing: "off:100"), repeats: 1))
            #expect(sent() == "pattern 1 0 100\n")
            // 256 steps fit, 257 do not, and nothing is written.
            let most = Array(repeating: "on:20,off:20", count: 128).joined(separator: ",")
            #expect(try node.play(Pattern(parsing: most), repeats: 1))
            #expect(sent().hasPrefix("pattern 1 20 20 20"))
            _ = sent()
            while !sent().isEmpty {}
            #expect(try !node.play(Pattern(parsing: most + ",on:20"), repeats: 1))
            let inverse = most.replacing("on", with: "x").replacing("off", with: "on").replacing("x", with: "off")
            #expect(try !node.play(Pattern(parsing: inverse), repeats: 1))
            #expect(sent() == "")
        }
    }

    @Test func readsStates() throws {
        try withFarEnd {
            let node = try LightNode(light, for: .read)
            #expect(try node.readChange() == nil)
            answer("1\n")
            #expect(try node.readChange() == true)
            #expect(try node.readChange() == nil)
            answer("0\n")
            #expect(try node.waitForChange(milliseconds: 0) == false)
            answer("1 lost\n")
            #expect(try node.readChange() == true)
        }
    }

    @Test func waitsNoLongerThanTold() throws {
        try withFarEnd {
            let node = try LightNode(light, for: .read)
            let clock = ContinuousClock()
            let start = clock.now
            #expect(try node.waitForChange(milliseconds: 50) == nil)
            #expect(start.duration(to: clock.now) >= .milliseconds(49))
        }
    }

    @Test(arguments: ["2\n", "on\n", "10", "1 ", "11\n"])
    func refusesOtherAnswers(text: String) throws {
        try withFarEnd {
            let node = try LightNode(light, for: .read)
            answer(text)
            let error = #expect(throws: LightError.self) { try node.readChange() }
            #expect(error == .notALight(light.node))
        }
    }

    @Test func claimNeedsALight() throws {
        try withFarEnd {
            let node = try LightNode(light, for: .write)
            let error = #expect(throws: LightError.self) { try node.claimUntilClose() }
            #expect(error == .notALight(light.node))
        }
    }

    @Test func emptyFileIsNoLight() throws {
        try withFarEnd {
            let empty = Light(name: "numlock", node: try fake.addNode("numlock"))
            let node = try LightNode(empty, for: .read)
            let error = #expect(throws: LightError.self) { try node.waitForChange(milliseconds: 1000) }
            #expect(error == .notALight(empty.node))
        }
    }

    @Test func missingNode() throws {
        withFarEnd {
            let error = #expect(throws: LightError.self) { _ = try LightNode(Light(name: "kana", node: "\(fake.directory)/kana"), for: .read) }
            #expect(error == .system("\(fake.directory)/kana", "open it", ENOENT))
        }
    }
}
