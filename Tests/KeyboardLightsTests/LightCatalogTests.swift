import KeyboardLights
import TestSupport
import Testing

@Suite struct LightCatalogTests {
    private let fake: FakeLights
    private let catalog: LightCatalog

    init() throws {
        fake = try FakeLights()
        catalog = LightCatalog(directory: fake.directory, sysfs: fake.sysfs)
    }

    @Test func nothingThere() {
        #expect(catalog.entries() == [])
        #expect(throws: LightError.moduleMissing(fake.directory)) { try catalog.nodes(matching: ["*"]) }
        #expect(throws: LightError.unknownLight("capslock", known: [])) { try catalog.entries(matching: ["capslock"]) }
    }

    @Test func moduleLoadedWithItsLightsSwitchedOff() throws {
        try fake.addLoadedModule()
        #expect(throws: LightError.lightsSwitchedOff(fake.directory)) { try catalog.nodes(matching: ["capslock"]) }
    }

    @Test func readsKeyboards() throws {
        // As Linux 6.1 writes it; the tenth device was plugged in after the second.
        try fake.addKeyboard(10, name: "A4Tech USB Keyboard", light: "capslock", on: true, trigger: "none kbd-scrolllock [ringlight-capslock] timer")
        try fake.addKeyboard(2, name: "AT Translated Set 2 keyboard", light: "capslock", trigger: "none kbd-scrolllock [kbd-capslock]")
        try fake.addKeyboard(2, name: "AT Translated Set 2 keyboard", light: "numlock", on: true, trigger: "[none] kbd-numlock")
        // Lights of other kinds are none of ours.
        try fake.addKeyboard(3, name: "Wacom", light: "compose", trigger: "[none]")
        try fake.addNode("capslock")

        let entries = catalog.entries()
        #expect(entries.map(\.light.name) == ["capslock", "numlock"])
        let (caps, num) = (entries[0], entries[1])
        #expect(caps.keyboards.map(\.keyboard) == ["AT Translated Set 2 keyboard", "A4Tech USB Keyboard"])
        #expect(caps.keyboards.map(\.device) == ["input2::capslock", "input10::capslock"])
        #expect(caps.keyboards.map(\.isOn) == [false, true])
        #expect(caps.isOn == true && caps.isHeld == true && caps.hasNode)
        #expect(caps.triggers == ["kbd-capslock", "ringlight-capslock"])
        #expect(num.isOn == true && num.isHeld == false && !num.hasNode)
        #expect(num.triggers == ["none"])
    }

    @Test func aLightThatObeysAChosenTriggerIsHeld() throws {
        try fake.addKeyboard(2, name: "one", light: "capslock", trigger: "none kbd-capslock [timer]")
        try fake.addKeyboard(2, name: "one", light: "numlock", trigger: "none kbd-numlock [timer]")
        try fake.addChosenTrigger("timer", of: "capslock")
        // As the module tells it while a claim shows a state.
        try fake.addChosenTrigger("", of: "numlock")
        let entries = catalog.entries()
        #expect(entries.map(\.isHeld) == [true, false])
        #expect(entries.map { $0.keyboards.map(\.chosenTrigger) } == [["timer"], [nil]])
    }

    @Test func lightWithoutKeyboard() throws {
        try fake.addNode("scrolllock")
        let entry = try #require(catalog.entries().first)
        #expect(entry.light == Light(name: "scrolllock", node: "\(fake.directory)/scrolllock"))
        #expect(entry.isOn == nil && entry.isHeld == nil && entry.triggers == [])
    }

    @Test func wildcards() throws {
        for light in ["capslock", "numlock", "scrolllock"] { try fake.addNode(light) }
        // Something else in the folder is no light.
        try fake.addNode("README")
        func names(_ patterns: String...) throws -> [String] { try catalog.nodes(matching: patterns).map(\.name) }
        #expect(try names("*") == ["capslock", "numlock", "scrolllock"])
        #expect(try names("*lock", "capslock") == ["capslock", "numlock", "scrolllock"])
        #expect(try names("[ns]*") == ["numlock", "scrolllock"])
        #expect(try names("scrolllock", "numlock") == ["numlock", "scrolllock"])
        let known = ["capslock", "numlock", "scrolllock"]
        #expect(throws: LightError.unknownLight("kana", known: known)) { try names("capslock", "kana") }
        #expect(throws: LightError.unknownLight("../dev/capslock", known: known)) { try names("../dev/capslock") }
        #expect(throws: LightError.unknownLight("", known: known)) { try names("") }
    }

    @Test func keyboardNamesCannotWriteToTheTerminal() throws {
        try fake.addKeyboard(1, name: "Evil\u{1b}[2J\u{7f}\u{202e}board", light: "numlock", trigger: "[kbd-numlock]")
        #expect(catalog.entries()[0].keyboards[0].keyboard == "Evil?[2J??board")
    }

    @Test func longListOfTriggers() throws {
        let others = (0..<800).map { "disk-activity-\($0)" }.joined(separator: " ")
        try fake.addKeyboard(1, name: "k", light: "numlock", trigger: "none \(others) [kbd-numlock]")
        #expect(catalog.entries()[0].triggers == ["kbd-numlock"])
    }
}
