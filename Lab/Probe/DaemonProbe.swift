import Clocks
import Glibc

/// A client of ledd's socket. Each step is a line to send, whose answer is printed; or
///   news         prints the next line that comes
///   random:SEED:COUNT  lines that are nearly requests; prints how many were taken
///   pause        waits to be killed, a minute at most
func probeDaemon(_ steps: ArraySlice<String>) {
    let path = "/run/ringlight/ledd.sock"
    // A daemon that was just started is waited for, 5 s at most.
    let deadline = Clocks.monotonic + 5_000_000_000
    var connection = connected(to: path)
    while connection == nil {
        guard Clocks.monotonic < deadline else { fail("\(path): \(String(cString: strerror(errno)))") }
        usleep(5000)
        connection = connected(to: path)
    }
    let descriptor = connection!
    for step in steps {
        switch step {
        case "news": print(nextLine(descriptor))
        case "pause":
            print("pause")
            fflush(nil)
            sleep(60)
        case _ where step.hasPrefix("random:"):
            let values = numbers(String(step.dropFirst("random:".count)), 2, step)
            print(sendRandomLines(descriptor, seed: UInt64(values[0]), count: values[1]))
        default: print(ask(descriptor, step))
        }
        fflush(nil)
    }
}

private func ask(_ descriptor: Int32, _ line: String) -> String {
    let bytes = Array((line + "\n").utf8)
    guard send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else { fail("ledd has gone") }
    return nextLine(descriptor)
}

private func nextLine(_ descriptor: Int32) -> String {
    var bytes: [UInt8] = []
    var byte: UInt8 = 0
    while recv(descriptor, &byte, 1, 0) == 1 {
        if byte == UInt8(ascii: "\n") { return String(decoding: bytes, as: UTF8.self) }
        bytes.append(byte)
    }
    fail("ledd has gone")
}

/// Mostly nearly a request, now and then one.
private func sendRandomLines(_ descriptor: Int32, seed: UInt64, count: Int) -> String {
    var random = SeededGenerator(state: seed)
    let fields = [
        #""v":1"#, #""op":"claim""#, #""op":"release""#, #""all":true"#, #""id":"x""#, #""id":"y""#, #""light":"numlock""#, #""light":"capslock""#,
        #""pattern":"blink""#, #""pattern":"on""#, #""pattern":"on:20,off:20""#, #""pattern":"on:1""#, #""repeat":2"#, #""seconds":0.01"#,
        #""priority":3"#, #""priority":99"#, #""until":"disconnect""#, #""replaces":"x""#, "null", "[", "\u{7f}", #""message":7"#,
    ]
    var taken = 0
    for _ in 0..<count {
        let chosen = (0..<Int.random(in: 1...7, using: &random)).map { _ in fields.randomElement(using: &random)! }
        let isWhole = Int.random(in: 0..<3, using: &random) == 0
        let body = isWhole ? [#""v":1"#, #""op":"claim""#] + chosen.filter { $0.contains(":") && !$0.contains("op") } : chosen
        if ask(descriptor, "{" + body.joined(separator: ",") + "}").contains(#""ok":true"#) { taken += 1 }
    }
    return "taken:\(taken)"
}
