import Glibc
import TestSupport
import Testing

/// save and restore.
@Suite struct LedctlStateTests {
    private let fake: FakeLights
    private var file: String { "\(fake.path)/lights.json" }

    init() throws {
        fake = try FakeLights()
        try fake.addKeyboard(2, name: "AT keyboard", light: "capslock", on: true, trigger: "none [ringlight-capslock]")
        try fake.addKeyboard(2, name: "AT keyboard", light: "numlock", on: true, trigger: "none [kbd-numlock]")
        for light in ["capslock", "numlock"] { try fake.addNode(light) }
    }

    private func ledctl(_ arguments: String..., input: String = "", more: [String: String] = [:]) throws -> ToolResult {
        try runTool("ledctl", arguments, environment: fake.environment.merging(more) { $1 }, input: Array(input.utf8), bound: 20_000)
    }

    private func text(of path: String) throws -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        try #require(descriptor >= 0, "\(path)")
        defer { close(descriptor) }
        return String(decoding: contents(of: descriptor), as: UTF8.self)
    }

    @Test func savesAndRestoresNodes() throws {
        #expect(try ledctl("save", file).status == 0)
        #expect(try text(of: file) == """
            {
              "lights" : {
                "capslock" : "on",
                "numlock" : null
              },
              "version" : 1
            }

            """)
        let result = try ledctl("restore", file)
        #expect(result.status == 0 && result.text == "" && result.errors == "")
        #expect(try fake.contents(ofNode: "capslock") == "1\n")
        #expect(try fake.contents(ofNode: "numlock") == "release\n")
    }

    @Test func savesAndRestoresClaims() throws {
        func claim(_ id: String, _ light: String, _ pattern: String, _ more: String = "") -> String {
            #"{"id":"\#(id)","light":"\#(light)","pattern":"\#(pattern)","priority":4,\#(more)"#
                + #""shown":true,"source":"ledctl","until":"release","urgency":"normal"}"#
        }
        let claims = [
            claim("set", "capslock", "morse:SOS"), claim("notice", "numlock", "blink"), claim("set", "scrolllock", "blink", #""repeat":3,"#),
        ].joined(separator: ",")
        let daemon = try FakeDaemon(fake.socket) { _ in FakeDaemon.Answer([#"{"claims":[\#(claims)],"ok":true,"v":1}"#]) }
        let saved = try ledctl("save", "-")
        #expect(saved.status == 0 && saved.errors == "")
        // A notification ends by itself, and so does what plays three times.
        #expect(
            saved.text.filter { !$0.isWhitespace } == #"{"lights":{"capslock":"morse:SOS","numlock":null,"scrolllock":null},"version":1}"#)
        let part = try ledctl("save", "-", "--light", "caps*")
        #expect(part.text.filter { !$0.isWhitespace } == #"{"lights":{"capslock":"morse:SOS"},"version":1}"#)
        let before = daemon.lines.count
        #expect(try ledctl("restore", "-", input: #"{"version":1,"lights":{"capslock":"morse:SOS","numlock":null}}"#).status == 0)
        #expect(
            daemon.lines.dropFirst(before) == [
                #"{"id":"set","light":"capslock","op":"claim","pattern":"morse:SOS","priority":4,"#
                    + #""seq":1,"source":"ledctl","urgency":"normal","v":1}"#,
                #"{"id":"set","light":"numlock","op":"release","seq":2,"source":"ledctl","v":1}"#,
            ])
    }

    @Test func usualPlaces() throws {
        #expect(try ledctl("save", more: ["XDG_STATE_HOME": "\(fake.path)/state", "HOME": "/nowhere"]).status == 0)
        #expect(try text(of: "\(fake.path)/state/ringlight/lights.json").contains("capslock"))
        // A relative one is to be ignored.
        #expect(try ledctl("save", more: ["XDG_STATE_HOME": "state", "HOME": fake.path]).status == 0)
        #expect(try text(of: "\(fake.path)/.local/state/ringlight/lights.json").contains("capslock"))
        #expect(try ledctl("restore", more: ["HOME": fake.path]).status == 0)
        let homeless = try ledctl("save")
        #expect(homeless.status == 1)
        #expect(
            homeless.errors == "ledctl: HOME: it is not set, so there is no usual place for the file "
                + "(name a file, or - for standard input and output)\n")
        let empty = try ledctl("restore", more: ["HOME": "\(fake.path)/new"])
        #expect(empty.status == 1)
        #expect(
            empty.errors == "ledctl: \(fake.path)/new/.local/state/ringlight/lights.json: cannot be read: No such file or directory "
                + "(run 'ledctl save' first)\n")
    }

    /// Nothing is changed by half.
    @Test(arguments: [
        ("", "it is not what 'ledctl save' writes (name another file, or save anew)"),
        ("{}", "it is not what 'ledctl save' writes (name another file, or save anew)"),
        ("[1", "it is not what 'ledctl save' writes (name another file, or save anew)"),
        (#"{"version":2,"lights":{"capslock":"on"}}"#, "it has version 2, this program reads 1 (name another file, or save anew)"),
        (#"{"version":1,"lights":{"capslock":5}}"#, "it is not what 'ledctl save' writes (name another file, or save anew)"),
        (
            #"{"version":1,"lights":{"capslock":"on","kana":"on"}}"#,
            "'kana' is no light (there are: capslock, numlock, scrolllock) (name another file, or save anew)"
        ),
        (
            #"{"version":1,"lights":{"capslock":"on","numlock":"on:5"}}"#,
            "numlock: pattern 'on:5', character 4: 5 ms is too short for a keyboard to follow (use 20 to 60000)"
        ),
        (String(repeating: " ", count: 65537), "it is longer than 65536 bytes (name another file, or save anew)"),
    ])
    func restoresNothing(text: String, message: String) throws {
        let result = try ledctl("restore", "-", input: text)
        #expect(result.status == 1 && result.text == "" && result.errors == "ledctl: -: \(message)\n")
        #expect(try fake.contents(ofNode: "capslock") == "")
    }

    @Test func cannotBeWritten() throws {
        let result = try ledctl("save", "\(fake.path)/no/folder.json")
        #expect(result.status == 1)
        #expect(result.errors == "ledctl: \(fake.path)/no/folder.json: cannot be written: No such file or directory (name another file)\n")
    }

    @Test func oneLightThatFailsDoesNotKeepTheOthersFrom() throws {
        unlink("\(fake.directory)/capslock")
        let result = try ledctl("restore", "-", input: #"{"version":1,"lights":{"capslock":"on","numlock":"off"}}"#)
        #expect(result.status == 1)
        #expect(result.errors.hasPrefix("ledctl: capslock: no such light (there are: numlock)\n"))
        #expect(try fake.contents(ofNode: "numlock") == "0\n")
    }
}
