import TestSupport
import Testing

/// The main job as a user starts it.
@Suite(.serialized)
struct DemoTests {
    @Test("The three witnesses saw what was commanded: exit 0, a table, and the live lines before it")
    func table() throws {
        let result = try runTool("ringlight-demo", ["--repeat", "2", "--count", "7", "--pattern", "on:150,off:150"])
        #expect(result.status == 0, "\(result.text)\(result.errors)")
        let lines = result.text.split(separator: "\n")
        #expect(lines.filter { $0.contains("light  capslock on") }.count == 2)
        #expect(lines.filter { $0.contains("wire ") && $0.contains(": hello 00") }.count == 7)
        #expect(lines.suffix(3).allSatisfy { $0.hasSuffix("ok") })
        #expect(lines.last?.contains("1000000 bytes by curl, byte for byte") == true)
    }

    @Test("--json prints one object on standard output, everything else on standard error")
    func json() throws {
        let result = try runTool("ringlight-demo", ["--json", "--light", "scrolllock", "--repeat", "1", "--count", "1"])
        #expect(result.status == 0, "\(result.text)\(result.errors)")
        #expect(result.text.hasPrefix("{\n") && result.text.hasSuffix("}\n"))
        #expect(result.text.contains(#""name" : "scrolllock""#) && result.text.contains(#""hello 000""#))
        #expect(result.errors.contains("light  scrolllock on"))
    }

    @Test(
        "Words that make no sense are refused before anything boots",
        arguments: [
            ["--light", "power"], ["--pattern", "sparkle"], ["--repeat", "0"], ["--count", "1001"], ["--count", "x"], ["more"],
        ])
    func usage(arguments: [String]) throws {
        let result = try runTool("ringlight-demo", arguments)
        #expect(result.status == 64)
        #expect(result.text.isEmpty)
        #expect(result.errors.hasPrefix("ringlight-demo: ") && result.errors.split(separator: "\n").count == 1)
    }
}
