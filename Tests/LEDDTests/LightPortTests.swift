import Clocks
import Glibc
import KeyboardLights
import TestSupport
import Testing

@testable import ledd

@Suite("A light's node is touched when it has to be")
struct LightPortTests {
    /// Does something about once a millisecond for a second, while the loop turns.
    private func storm(_ stage: LitStage, _ body: @escaping (Int) throws -> Void) throws {
        let end = Clocks.monotonic + 1_000_000_000
        var count = 0
        while Clocks.monotonic < end {
            try body(count)
            count += 1
            try stage.stage.loop.turn(microseconds: 1000)
        }
        #expect(count > 100, "no storm on a machine that is so slow: \(count)")
    }

    @Test func `a storm of one pattern is told once for its passes`() throws {
        let stage = try LitStage()
        try storm(stage) { _ in try stage.claim("storm", "blink", repeats: 3) }
        #expect(stage.light.words == ["0", "pattern 3 500 500"])
    }

    @Test func `of patterns that alternate, the newest is told twenty times a second at most`() throws {
        let stage = try LitStage()
        try storm(stage) { try stage.claim("storm", $0.isMultiple(of: 2) ? "blink" : "pulse") }
        try stage.claim("storm", "off")
        try stage.stage.run(milliseconds: 200) { stage.light.words.last == "0" && stage.light.words.dropLast().last != "0" }
        let patterns = stage.light.done.filter { $0.what.hasPrefix("pattern") }
        #expect((2...21).contains(patterns.count), "\(patterns.count)")
        for (one, next) in zip(patterns, patterns.dropFirst()) { #expect(next.time - one.time >= LightPort.rest) }
        #expect(stage.light.words.suffix(2).first?.hasPrefix("pattern") == true && stage.light.words.last == "0", "the newest is what stays")
    }

    @Test func `what comes and goes is no storm of nodes that are opened and closed`() throws {
        let stage = try LitStage()
        try storm(stage) {
            if $0.isMultiple(of: 2) { try stage.claim("storm", "on") } else { stage.desk.release(id: "storm") }
        }
        #expect((1...21).contains(stage.light.holds), "\(stage.light.holds)")
    }

    @Test(arguments: [LightError.unknownTrigger("nonesuch"), .moduleTooOld("capslock"), .system("x", "obey", EPERM)])
    func `a trigger that the kernel does not take is not tried all the time`(_ error: LightError) throws {
        let stage = try LitStage()
        stage.light.triggerRefusal = error
        try stage.claim("t", "trigger:nonesuch")
        try stage.stage.run(milliseconds: 1200)
        #expect(stage.light.words == ["trigger nonesuch"])
        #expect(stage.port.trouble == "\(error)")
        // Its turn ends, and comes again.
        stage.desk.release(id: "t")
        try stage.stage.run(milliseconds: 60)
        try stage.claim("t", "trigger:nonesuch")
        try stage.stage.run(milliseconds: 60)
        #expect(stage.light.words == ["trigger nonesuch"] && stage.port.trouble == "\(error)")
        // Another one is no part of that.
        stage.light.triggerRefusal = nil
        try stage.claim("t", "trigger:cpu")
        try stage.stage.run(milliseconds: 60)
        #expect(stage.light.words == ["trigger nonesuch", "trigger cpu"] && stage.port.trouble == nil)
        // It is tried again at some time.
        try stage.claim("t", "trigger:nonesuch")
        try stage.stage.run(milliseconds: 6000) { stage.light.words.last == "trigger nonesuch" && stage.light.words.count == 3 }
        #expect(stage.light.words.count == 3 && stage.port.trouble == nil)
    }

    @Test func `a pattern that is to be seen three times is not played to nobody`() throws {
        let stage = try LitStage()
        stage.light.refusal = .noKeyboard("capslock")
        try stage.claim("n", "on:50,off:50", repeats: 3)
        try stage.stage.run(milliseconds: 700)
        #expect(stage.ends == [] && stage.port.trouble != nil)
        // One is plugged in.
        stage.light.refusal = nil
        stage.light.change()
        try stage.stage.run { !stage.ends.isEmpty }
        #expect(stage.ends == ["n played"])
        #expect(stage.light.words.suffix(2) == ["0", "pattern 3 50 50"])
    }

    @Test func `passes that were not seen since the keyboard went are seen when it is back`() throws {
        let stage = try LitStage()
        try stage.claim("n", "on:300,off:300", repeats: 3)
        // In the middle of the second pass.
        try stage.stage.run(milliseconds: 750)
        stage.light.refusal = .noKeyboard("capslock")
        stage.light.change()
        try stage.stage.run { stage.port.trouble != nil }
        try stage.stage.run(milliseconds: 1500)
        #expect(stage.ends == [])
        stage.light.refusal = nil
        stage.light.change()
        let begun = Clocks.monotonic
        try stage.stage.run { !stage.ends.isEmpty }
        #expect(stage.light.words == ["0", "pattern 3 300 300", "0", "pattern 2 300 300"])
        #expect(stage.ends == ["n played"] && Clocks.monotonic - begun >= 1_200_000_000)
    }

    @Test func `what the kernel cannot play is played here, and begins anew when a keyboard is back`() throws {
        let stage = try LitStage()
        // More steps than the kernel takes.
        let long = Array(repeating: "on:20,off:20", count: 200).joined(separator: ",")
        try stage.claim("n", long)
        try stage.stage.run { stage.light.words.count > 8 }
        #expect(stage.light.words.prefix(6) == ["0", "1", "0", "1", "0", "1"])
        stage.light.refusal = .noKeyboard("capslock")
        try stage.stage.run { stage.port.trouble != nil }
        let count = stage.light.words.count
        try stage.stage.run(milliseconds: 100)
        #expect(stage.light.words.count == count, "to nobody")
        stage.light.refusal = nil
        stage.light.change()
        try stage.stage.run { stage.light.words.count > count + 4 }
        #expect(stage.light.words.dropFirst(count).prefix(4) == ["0", "1", "0", "1"] && stage.port.trouble == nil)
    }

    @Test func `without a module it waits for one`() throws {
        let stage = try LitStage()
        stage.light.refusal = .moduleMissing("/dev/ringlight")
        try stage.claim("n", "on:50,off:50", repeats: 2)
        try stage.stage.run(milliseconds: 700)
        #expect(stage.ends == [] && stage.light.words == [] && stage.light.holds == 2)
        stage.light.refusal = nil
        try stage.stage.run { !stage.ends.isEmpty }
        #expect(stage.ends == ["n played"] && stage.light.words == ["0", "pattern 2 50 50"])
    }

    @Test func `a light that root has taken away is taken back after 2 s, and later the second time`() throws {
        let stage = try LitStage()
        try stage.fake.addAccount("capslock")
        try stage.claim("c", "on")
        for (wait, count) in [(2, 2), (4, 3)] {
            try stage.fake.addAccount("capslock", lost: true)
            // A file of a disk tells nobody that it has changed.
            stage.port.lossChanged()
            stage.light.change()
            #expect(stage.port.trouble?.hasPrefix("capslock: root has taken the light away (it is taken back in \(wait) s") == true)
            let begun = Clocks.monotonic
            try stage.stage.run { stage.light.words.count == count }
            #expect(Clocks.monotonic - begun >= Int64(wait) * 1_000_000_000 - 1_000_000 && stage.light.words.allSatisfy { $0 == "1" })
            #expect(stage.port.trouble == nil)
            try stage.fake.addAccount("capslock")
            stage.port.lossChanged()
        }
        try stage.stage.run(milliseconds: 100)
        #expect(stage.light.words.count == 3)
    }

    @Test func `who claims the light again takes it back at once, without being told that it was lost`() throws {
        let stage = try LitStage()
        try stage.fake.addAccount("capslock")
        try stage.claim("c", "on")
        try stage.stage.run(milliseconds: 60)
        try stage.claim("c", "on")
        #expect(stage.light.words == ["1"], "nothing to be done")
        try stage.fake.addAccount("capslock", lost: true)
        try stage.claim("c", "on")
        #expect(stage.light.words == ["1", "1"])
    }

    @Test func `passes that root has hidden are seen afterwards`() throws {
        let stage = try LitStage()
        try stage.fake.addAccount("capslock")
        try stage.claim("n", "on:200,off:200", repeats: 3)
        try stage.stage.run(milliseconds: 500)
        try stage.fake.addAccount("capslock", lost: true)
        stage.port.lossChanged()
        try stage.stage.run(milliseconds: 1400)
        #expect(stage.ends == [])
        try stage.fake.addAccount("capslock")
        try stage.stage.run { !stage.ends.isEmpty }
        #expect(stage.light.words == ["0", "pattern 3 200 200", "0", "pattern 2 200 200"] && stage.ends == ["n played"])
    }

    @Test func `the first is told at once, one after a rest as well`() throws {
        let stage = try LitStage()
        try stage.claim("a", "on")
        #expect(stage.light.words == ["1"])
        try stage.stage.run(milliseconds: 60)
        try stage.claim("a", "off")
        #expect(stage.light.words == ["1", "0"])
    }
}
