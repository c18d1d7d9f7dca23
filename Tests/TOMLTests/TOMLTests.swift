import TOML
import TestSupport
import Testing

@Suite("TOML: values and where they stand")
struct TOMLTests {
    private func position(_ line: Int, _ column: Int) -> Position { Position(line: line, column: column) }

    private func fault(_ text: String) -> Position? {
        do throws(SyntaxError) {
            _ = try Value.parse(text)
            return nil
        } catch {
            return error.position
        }
    }

    @Test func `every kind of value`() throws {
        let root = try Value.parse(
            """
            text = 'a'
            number = 0x1f
            part = -0.5
            truth = false
            day = 2026-11-21
            list = [1, "é", {a = 2}]
            [table]
            [[tables]]
            [[tables]]
            """)
        guard case .table(let entries) = root.content else { return #expect(Bool(false), "no table") }
        #expect(entries.map(\.key) == ["text", "number", "part", "truth", "day", "list", "table", "tables"])
        #expect(entries.map(\.position) == (1...7).map { position($0, $0 == 7 ? 2 : 1) } + [position(8, 3)])
        #expect(entries[0].value == Value(.string("a"), start: position(1, 8), end: position(1, 11)))
        #expect(entries[1].value.content == .integer(31))
        #expect(entries[2].value.content == .float(-0.5))
        #expect(entries[3].value.content == .boolean(false))
        #expect(entries[4].value.content == .time)
        guard case .array(let list) = entries[5].value.content else { return #expect(Bool(false), "no array") }
        #expect(list.map(\.kind) == ["an integer", "a string", "a table"])
        #expect(list.map(\.start) == [position(6, 9), position(6, 12), position(6, 17)])
        guard case .array(let tables) = entries[7].value.content else { return #expect(Bool(false), "no array") }
        #expect(tables.map(\.start) == [position(8, 1), position(9, 1)])
    }

    @Test func `an empty text is an empty table`() throws {
        #expect(try Value.parse("").content == .table([]))
        #expect(try Value.parse("# nothing\n").content == .table([]))
    }

    @Test func `a place within a string`() throws {
        guard case .table(let entries) = try Value.parse("a = \"xyz\"\nb = \"x\\ty\"\nc = '''xyz'''").content else { return }
        #expect(entries[0].value.position(ofCharacter: 0) == position(1, 6))
        #expect(entries[0].value.position(ofCharacter: 2) == position(1, 8))
        #expect(entries[0].value.position(ofCharacter: 99) == position(1, 9))
        // Escapes, and more quotes: the beginning.
        #expect(entries[1].value.position(ofCharacter: 2) == position(2, 5))
        #expect(entries[2].value.position(ofCharacter: 2) == position(3, 5))
    }

    @Test(
        arguments: [
            ("a", 1, 2), ("a = ", 1, 5), ("a = 1\na = 2", 2, 5), ("[a]\n[a]", 2, 1), ("[[[", 1, 3), ("a = [1,", 1, 8), ("a = \"x", 1, 7),
            ("a = 0o9", 1, 7), ("\"\\q\" = 1", 1, 3), ("a = {b = 1,}", 1, 12), ("a = 99999999999999999999", 1, 25), ("=", 1, 1),
            ("a.b = 1\na = 2", 2, 5), ("a = 1 b = 2", 1, 7), ("a = \"\u{1}\"", 1, 6), ("\u{0}", 1, 1),
        ] as [(String, Int, Int)])
    func `a fault has its place`(text: String, line: Int, column: Int) {
        #expect(fault(text) == position(line, column))
    }

    @Test func `what is nested too deeply is refused`() {
        #expect(fault("a = " + String(repeating: "[", count: 5000)) != nil)
        #expect(fault(String(repeating: "a.", count: 30_000) + "a = 1") == position(1, 1))
        #expect(fault("\n" + String(repeating: "#", count: Value.longestLine + 1)) == position(2, 1))
        #expect(fault(String(repeating: "\n", count: Value.longestText + 1)) == position(1, 1))
        // As deep as a line and a list may be.
        let key = String(repeating: "a.", count: 500) + "a"
        let text = "[\(key)]\n\(key) = " + String(repeating: "[\n{\(key) = ", count: 6) + "1" + String(repeating: "}]", count: 6)
        #expect(fault(text) == nil)
    }

    @Test func `random bytes end neither the program nor the search for a fault`() {
        var random = SplitMix(seed: 1)
        let bytes = Array("[]{}=.,\"'\\#\n\r\t abz019-+_:TZéu\u{0}\u{1b}".utf8)
        for _ in 0..<10_000 {
            let text = (0..<Int.random(in: 0...40, using: &random)).map { _ in bytes.randomElement(using: &random)! }
            if let place = fault(String(decoding: text, as: UTF8.self)) { #expect(place.line >= 1 && place.column >= 1) }
        }
    }
}
