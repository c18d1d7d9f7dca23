import NIOCore
import TestSupport
import Testing

@testable import HostServices

@Suite("Chat: lines and text")
struct ChatTextTests {
    private func lines(_ parts: [String], longest: Int = 10) -> [ChatLines.Line] { lines(parts.map { Array($0.utf8) }, longest: longest) }

    private func lines(_ parts: [[UInt8]], longest: Int = 10) -> [ChatLines.Line] {
        var cutter = ChatLines(longest: longest)
        var found: [ChatLines.Line] = []
        for part in parts {
            var buffer = ByteBuffer(bytes: part)
            while let line = cutter.next(from: &buffer) { found.append(line) }
            #expect(buffer.readableBytes == 0)
        }
        return found
    }

    @Test func `lines end with LF or CR LF, however they are cut`() {
        #expect(lines(["a\nb\r\n\n", "c", "d\r", "\ne"]) == [.text("a"), .text("b"), .text(""), .text("cd")])
        #expect(lines(Array("grüße\n".utf8).map { [$0] }) == [.text("grüße")])
    }

    @Test func `the bound is exact, with and without a CR, and the next line is whole again`() {
        #expect(lines(["1234567890\n", "1234567890\r\n"]) == [.text("1234567890"), .text("1234567890")])
        #expect(lines(["12345678901\nok\n"]) == [.tooLong, .text("ok")])
        #expect(lines(["12345678901\r\nok\n"]) == [.tooLong, .text("ok")])
        #expect(lines(["1234567", "8901234", "more and more and more", "\nok\n"]) == [.tooLong, .text("ok")], "told once")
    }

    @Test func `what is not UTF-8 is no text`() {
        #expect(lines([[0xff, 0x0a], [0xc3, 0x0a], [0xed, 0xa0, 0x80, 0x0a], [0x61, 0x0a]]) == [.notUTF8, .notUTF8, .notUTF8, .text("a")])
    }

    @Test(arguments: [
        ("plain text", "plain text"), ("  edges \t", "edges"), ("a\tb", "a b"), ("bell\u{7}", "bell"),
        ("\u{1b}[31mred\u{1b}[0m", "red"), ("\u{1b}[2J\u{1b}[1;1Htop", "top"), ("\u{9b}31mred", "red"),
        ("\u{1b}]0;title\u{7}after", "after"), ("\u{1b}]52;c;aGk=\u{1b}\\after", "after"), ("\u{1b}Pq#0;2\u{1b}\\after", "after"),
        ("\u{1b}(0lqk", "lqk"), ("\u{1b}]never ended", ""), ("\u{1b}", ""), ("\u{1b}cafter", "after"),
        ("\u{1b}[31\u{1b}[0mx", "x"), ("\u{202e}backwards\u{202c}", "backwards"), ("zero\u{200b}\u{feff}width", "zerowidth"),
        ("\u{2028}two\u{2029}", "two"), ("👩‍👩‍👧", "👩‍👩‍👧"), ("❤\u{fe0f}", "❤\u{fe0f}"),
        ("a\u{3164}b\u{34f}c", "abc"), ("ŷ́", "ŷ́"), ("\r\rover", "over"), ("nul\u{0}", "nul"),
    ])
    func `nothing but text reaches a terminal`(_ raw: String, _ clean: String) {
        #expect(ChatText.clean(raw) == clean)
    }

    @Test func `random bytes never leave a control character`() {
        var random = SplitMix(seed: 1)
        for _ in 0..<2000 {
            let alphabet: [UInt8] = [0x1b, 0x5b, 0x5d, 0x9b, 0x07, 0x5c, 0x90, 0x41]
            let scalars = (0..<20).map { _ in Unicode.Scalar(alphabet.randomElement(using: &random)!) }
            var text = String.UnicodeScalarView()
            text.append(contentsOf: scalars)
            let clean = ChatText.clean(String(text))
            #expect(!clean.unicodeScalars.contains { $0.value < 0x20 || (0x7f...0x9f).contains($0.value) }, "\(scalars)")
        }
    }

    @Test func `names`() {
        for good in ["a", "Bob", "zoë", "名前", "x_1", "12345678901234567890", "👋"] {
            #expect(ChatText.problem(withName: good) == nil, "\(good)")
        }
        let long = "123456789012345678901"
        // One character to the eye, and 121 bytes.
        let tower = "a" + String(repeating: "\u{301}", count: 60)
        for bad in ["", long, tower, "a b", "/who", "*", "a\u{7}", "a\u{202e}b", "\u{301}a", "a\u{200b}", "a\u{200d}", "\u{e000}",
            "\u{3164}", "a\u{3164}", "a\u{115f}", "a\u{ffa0}", "a\u{34f}", "a\u{fe0f}", "a\u{e0100}", "a\u{2800}"] {
            #expect(ChatText.problem(withName: bad) != nil, "\(bad.debugDescription)")
        }
    }
}
