import CardBridge
import E1000
import TestSupport
import Testing

@testable import e1000_uio

/// The reader of OpenMetrics text, and what `top` makes of it.
@Suite("OpenMetrics, read") struct MetricsTextTests {
    private func read(_ text: String) throws -> MetricsText { try MetricsText(Array(text.utf8)) }

    @Test("samples with and without labels, escapes, decimals, times and examples")
    func good() throws {
        let text = try read(
            """
            # TYPE a counter
            # HELP a Anything \\n at all.
            a_total{x="1",y="a\\"b\\\\c\\nd, }"} 12
            a_total{x="2",} 1.5e3 1700000000.5
            a_total 7 # {trace="1"} 0.5
            b:c -0.25
            nothing NaN
            much{} +Inf
            # EOF

            """)
        #expect(text.sample("a_total")?.value == 12 && text.sample("a_total", ["x": "2"])?.value == 1500)
        #expect(text.sample("a_total", ["x": "1"])?.labels["y"] == "a\"b\\c\nd, }")
        #expect(text.sample("b:c")?.value == -0.25 && text.sample("nothing")?.value.isNaN == true)
        #expect(text.sample("much")?.value == .infinity)
        #expect(text.sample("a") == nil && text.sample("a_total", ["x": "3"]) == nil)
        #expect(try read("# EOF").sample("a") == nil)
    }

    @Test(
        "what is no such text is refused, with its line",
        arguments: [
            ("", 1, "is not '# EOF'"), ("\n", 1, "is not '# EOF'"), ("a 1\n", 1, "is not '# EOF'"), ("a 1\n# EO", 2, "is not '# EOF'"),
            ("HTTP/1.1 404 Not Found\r\n\r\nno\n", 3, "is not '# EOF'"), ("# EOF\na 1\n# EOF\n", 1, "more follows"),
            ("# EOF\r\n", 1, "is not '# EOF'"), ("a 1\n\nb 2\n# EOF\n", 2, "no sample"), ("a\n# EOF\n", 1, "no sample"),
            ("a  1\n# EOF\n", 1, "no sample"), ("1a 1\n# EOF\n", 1, "no sample"), ("a one\n# EOF\n", 1, "no sample"),
            ("a 0x10\n# EOF\n", 1, "no sample"), ("a nan\n# EOF\n", 1, "no sample"), ("a inf\n# EOF\n", 1, "no sample"),
            ("a{x} 1\n# EOF\n", 1, "no sample"), ("a{x=1} 1\n# EOF\n", 1, "no sample"), ("a{x=\"1} 1\n# EOF\n", 1, "no sample"),
            ("a{x=\"\\t\"} 1\n# EOF\n", 1, "no sample"), ("a{x=\"1\"y=\"2\"} 1\n# EOF\n", 1, "no sample"),
            ("a{x=\"1\",x=\"2\"} 1\n# EOF\n", 1, "no sample"), ("a{x=\"1\" 1\n# EOF\n", 1, "no sample"), ("a{\n# EOF\n", 1, "no sample"),
            ("b 1\na{x=\"1\"} 1\na{x=\"1\"} 2\n# EOF\n", 3, "says again what 'a' is"),
            ("a \(String(repeating: "9", count: 65))\n# EOF\n", 1, "no sample"),
        ])
    func bad(text: String, line: Int, why: String) {
        do {
            _ = try read(text)
            Issue.record("read: \(text)")
        } catch {
            let wrong = error as? MetricsText.Wrong
            #expect(wrong?.line == line && wrong?.why.contains(why) == true, "\(error)")
        }
    }

    @Test("no text, whatever bytes are in it, does harm, and a changed one is either refused or read")
    func hostile() {
        var random = SplitMix(seed: 7)
        let good = Array(ToldCard(received: 1000, sent: 3).text.utf8)
        for _ in 0..<2000 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: 0...255, using: &random)
                case 1: bytes.remove(at: Int.random(in: 0..<bytes.count, using: &random))
                case 2: bytes.insert(contentsOf: "9".utf8, at: Int.random(in: 0..<bytes.count, using: &random))
                default: bytes.removeLast(Int.random(in: 0..<bytes.count / 8, using: &random))
                }
            }
            guard let report = try? MetricsFailure.report(bytes) else { continue }
            #expect(report.receiveRing.card <= report.receiveRing.count && report.title.unicodeScalars.allSatisfy { $0.value >= 32 })
        }
    }

    @Test("a report has what was told")
    func report() throws {
        let report = try MetricsFailure.report(Array(ToldCard(received: 1000, sent: 3, missed: 4).text.utf8))
        #expect(report.title == "0000:00:03.0, 82540EM, 52:54:00:12:34:56; e1000d drives it as lan0")
        #expect(report.start == 1.8e9 && report.uptime == 10 && report.waiting == 5)
        var counters = TopSample.Counters()
        (counters.received, counters.bytes, counters.sent, counters.missed, counters.noBuffer) = (1000, 100_000, 3, 4, 9)
        (counters.crcErrors, counters.receiveErrors, counters.bad, counters.recoveries, counters.lost) = (7, 8, 6, 1, 2)
        #expect(report.counters == counters)
        #expect(report.receiveRing == RingOccupancy(count: 256, cardFirst: 17, card: 250))
        #expect(report.transmitRing == RingOccupancy(count: 64, cardFirst: 63, card: 4))
        #expect(report.link == .init(isUp: true, speed: 1000, fullDuplex: true, changes: 3))
        // Speed and duplex of no link are not told.
        #expect(try MetricsFailure.report(Array(ToldCard(isUp: false).text.utf8)).link == .init(changes: 3))
    }

    @Test(
        "what a report lacks is named with the version that does not tell it; what cannot be is refused",
        arguments: [
            (ToldCard(without: "e1000_card_info"), "what it tells is not of a card"),
            (ToldCard(without: "e1000_uptime"), "of version 9.9, does not tell 'e1000_uptime_seconds'"),
            (ToldCard(without: "e1000_ring_card_start"), "does not tell 'e1000_ring_card_start'"),
            (ToldCard(instead: ["e1000_card_gptc_total": "-1"]), "'e1000_card_gptc_total' has a value that cannot be"),
            (ToldCard(instead: ["e1000_card_gptc_total": "NaN"]), "'e1000_card_gptc_total' has a value that cannot be"),
            (ToldCard(instead: ["e1000_card_gorc_bytes_total": "1e300"]), "'e1000_card_gorc_bytes_total' has a value that cannot be"),
            (ToldCard(instead: [#"e1000_ring_descriptors{direction="receive"}"#: "0"]), "'e1000_ring_card_start' has a value"),
            (ToldCard(instead: [#"e1000_ring_descriptors{direction="receive"}"#: "1e9"]), "'e1000_ring_descriptors' has a value"),
            (ToldCard(instead: [#"e1000_ring_card_descriptors{direction="transmit"}"#: "65"]), "'e1000_ring_card_descriptors' has a value"),
        ])
    func lacking(card: ToldCard, says: String) {
        do {
            _ = try MetricsFailure.report(Array(card.text.utf8))
            Issue.record("it was read")
        } catch {
            #expect(error.why.contains(says) && !error.mayPass, "\(error)")
        }
    }

    @Test("half an answer may be followed by a whole one; another program's is not waited for")
    func halves() {
        let text = Array(ToldCard().text.utf8)
        for half in [[], Array(text.dropLast(3)), Array(text.prefix(200))] {
            #expect(throws: MetricsFailure.cut) { _ = try MetricsFailure.report(half) }
        }
        #expect(throws: MetricsFailure.garbage("line 1 of the answer is not '# EOF', with which OpenMetrics ends")) {
            _ = try MetricsFailure.report(Array("220 smtp\r\n".utf8))
        }
    }

    @Test("a program that began anew is known by its start, its uptime, or a counter that went down")
    func anew() throws {
        func report(_ card: ToldCard) throws -> CardReport { try MetricsFailure.report(Array(card.text.utf8)) }
        let before = try report(ToldCard(received: 100))
        #expect(try !report(ToldCard(received: 100)).isAnew(after: before))
        #expect(try !report(ToldCard(uptime: 11, received: 200)).isAnew(after: before))
        #expect(try report(ToldCard(start: 1_800_000_000.001, uptime: 11, received: 200)).isAnew(after: before))
        #expect(try report(ToldCard(uptime: 9.9, received: 200)).isAnew(after: before))
        #expect(try report(ToldCard(uptime: 11, received: 99)).isAnew(after: before))
        #expect(try report(ToldCard(uptime: 11, received: 100, changes: 2)).isAnew(after: before))
    }
}
