import NIOHTTP1
import Testing

@testable import HostServices

@Suite("HTTP: targets, ranges, dates, conditions")
struct HTTPPartsTests {
    private func target(_ text: String) throws -> String { try RequestTarget(text).text }

    @Test func `targets`() throws {
        #expect(try target("/") == "/")
        #expect(try target("/a/b.txt?x=/../y") == "/a/b.txt")
        #expect(try RequestTarget("/a?x=1?2#3").query == "x=1?2")
        #expect(try RequestTarget("/a").query == nil)
        #expect(try target("//a///b/./c/.") == "/a/b/c/")
        #expect(try target("/%61%2Fb%20c") == "/a/b c")
        #expect(try target("/%252e%252e/x") == "/%2e%2e/x", "decoded once")
        #expect(try target("http://host:80/a") == "/a")
        #expect(try target("HTTPS://host/") == "/")
        #expect(try target("/...") == "/...")
        #expect(try RequestTarget("/%C3%A9%3f %0a").encodedPath == "/%C3%A9%3F%20%0A")
        #expect(try RequestTarget("//evil.example/").encodedPath == "/evil.example/", "never an authority")
    }

    @Test(arguments: [
        "/..", "/../etc/passwd", "/a/../b", "/%2e%2e/x", "/%2E%2E%2Fx", "/..%2fx", "/a/%2e./x", "/.%2e",
        "http://h/../x", "/a/..", "/%2e%2e%2f%2e%2e%2fetc",
    ])
    func `no way up`(_ text: String) {
        #expect(throws: TargetProblem.outside) { try RequestTarget(text) }
    }

    @Test(arguments: ["", "a", "*", "host:80", "/%", "/%4", "/%zz", "/%00", "/a%00.html", "ftp://h/x", "http://", "http:///x", "http://h"])
    func `no target`(_ text: String) {
        #expect(throws: TargetProblem.malformed) { try RequestTarget(text) }
    }

    @Test(arguments: [
        ("bytes=0-0", ByteRange.part(0..<1)), ("bytes=0-", .part(0..<10)), ("bytes=3-5", .part(3..<6)), ("bytes=9-", .part(9..<10)),
        ("bytes=5-100", .part(5..<10)), ("bytes=-3", .part(7..<10)), ("bytes=-10", .part(0..<10)), ("bytes=-99", .part(0..<10)),
        ("Bytes = 1-2", .part(1..<3)), ("bytes=0-99999999999999999999999999", .part(0..<10)), ("bytes=0-9223372036854775807", .part(0..<10)),
        ("bytes=10-", .unsatisfiable), ("bytes=10-20", .unsatisfiable), ("bytes=-0", .unsatisfiable),
        ("bytes=99999999999999999999-", .unsatisfiable), ("bytes=5-3", .whole), ("bytes=-", .whole), ("bytes=", .whole), ("bytes", .whole),
        ("bytes=a-b", .whole), ("bytes=0-1,3-4", .whole), ("lines=0-1", .whole), ("bytes=+1-2", .whole), ("bytes=1--2", .whole), ("", .whole),
        ("bytes=0x1-2", .whole), ("bytes=1 -2", .whole),
    ])
    func `ranges of ten bytes`(_ header: String, _ range: ByteRange) {
        #expect(ByteRange(header, size: 10) == range)
    }

    @Test func `ranges of nothing`() {
        #expect(ByteRange(nil, size: 0) == .whole)
        for header in ["bytes=0-", "bytes=0-0", "bytes=-1"] { #expect(ByteRange(header, size: 0) == .unsatisfiable) }
    }

    @Test func `dates`() {
        #expect(HTTPDate.text(784_111_777) == "Sun, 06 Nov 1994 08:49:37 GMT")
        for text in ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"] {
            #expect(HTTPDate.parse(text) == 784_111_777, "\(text)")
        }
        #expect(HTTPDate.text(0) == "Thu, 01 Jan 1970 00:00:00 GMT")
        #expect(HTTPDate.text(951_782_400) == "Tue, 29 Feb 2000 00:00:00 GMT")
        #expect(HTTPDate.text(-5) == HTTPDate.text(0) && HTTPDate.text(.max) == "Fri, 31 Dec 9999 23:59:59 GMT")
        for seconds in stride(from: 0, to: 8_000_000_000, by: 7_654_321) { #expect(HTTPDate.parse(HTTPDate.text(seconds)) == seconds) }
        for text in ["", "yesterday", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Foo 1994 08:49:37 GMT", "1 2 3 4 5 6"] {
            #expect(HTTPDate.parse(text) == nil, "\(text)")
        }
    }

    @Test func `conditions, in their order`() {
        func outcome(_ headers: HTTPHeaders) -> Conditions { Conditions(headers, entityTag: "\"t\"", modified: 784_111_777) }
        let (date, before) = ("Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:36 GMT")
        #expect(outcome([:]) == .proceed)
        #expect(outcome(["If-None-Match": "\"t\""]) == .notModified)
        #expect(outcome(["If-None-Match": "\"a\", W/\"t\""]) == .notModified)
        #expect(outcome(["If-None-Match": "*"]) == .notModified)
        #expect(outcome(["If-None-Match": "\"a\"", "If-Modified-Since": date]) == .proceed, "the tag counts, not the date")
        #expect(outcome(["If-Modified-Since": date]) == .notModified)
        #expect(outcome(["If-Modified-Since": before]) == .proceed)
        #expect(outcome(["If-Modified-Since": "nonsense"]) == .proceed)
        #expect(outcome(["If-Match": "\"a\""]) == .failed)
        #expect(outcome(["If-Match": "W/\"t\""]) == .failed, "a strong comparison")
        #expect(outcome(["If-Match": "\"t\"", "If-Unmodified-Since": before]) == .proceed)
        #expect(outcome(["If-Unmodified-Since": before]) == .failed)
        #expect(outcome(["If-Match": "\"a\"", "If-None-Match": "\"t\""]) == .failed)
    }

    @Test func `media types`() {
        #expect(ContentType.of(Array("a.HTML".utf8)) == "text/html; charset=utf-8")
        #expect(ContentType.of(Array("a.tar.gz".utf8)) == "application/gzip")
        for name in ["html", "a.", "a.unknown", ""] { #expect(ContentType.of(Array(name.utf8)) == "application/octet-stream") }
    }
}
