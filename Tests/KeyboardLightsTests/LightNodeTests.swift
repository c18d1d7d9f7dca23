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

    @Test func readsStates() throws {
        try withFarEnd {
            let node = try LightNode(light, for: .read)
            #expect(try node.readChange() == nil)
            answer("1\n")
            #expect(try node.readChange() == true)
            #expect(try node.readChange() == nil)
            answer("0\n")
            #expect(try node.waitForChange(milliseconds: 0) == false)
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
