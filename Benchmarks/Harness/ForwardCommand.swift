import ArgumentParser
import FastPath
import ToolSupport

struct Forward: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forward",
        abstract: "Forward frames on a card in memory: once in Swift, once in C, in the same process.",
        discussion: """
            For a profiler to count: each line names one call, in the order of the calls.

            Examples:
              ringlight-bench forward --batch 32 --packets 6400,19200
            """)

    @Option(help: "Frames a burst: 1 to 256; several with commas.")
    var batch = "1,8,32,64"
    @Option(help: "Frames of a call; several with commas.")
    var packets = "6400,19200"

    func run() throws {
        var swift = try Forwarder()
        let reference = try CForwarder()
        let batches = try Self.numbers(batch, "--batch", upTo: 256)
        let lengths = try Self.numbers(packets, "--packets", upTo: 1_000_000_000)
        for batch in batches {
            for count in lengths {
                try Self.check(try swift.run(batch: UInt32(batch), packets: count), count)
                Output.line("swift \(batch) \(count)")
                try Self.check(reference.run(batch: UInt32(batch), packets: count), count)
                Output.line("c \(batch) \(count)")
            }
        }
    }

    private static func check(_ sent: UInt64, _ packets: UInt64) throws {
        if sent < packets { throw Problem("forward", "\(sent) of \(packets) frames were sent") }
    }

    private static func numbers(_ text: String, _ option: String, upTo limit: UInt64) throws -> [UInt64] {
        try text.split(separator: ",", omittingEmptySubsequences: false).map {
            guard let number = UInt64($0), number > 0, number <= limit else {
                throw Problem.usage(option, "'\($0)'", remedy: "use numbers from 1 to \(limit), with commas")
            }
            return number
        }
    }
}
