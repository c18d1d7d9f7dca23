import ArgumentParser
import Clocks
import Frames
import HostClients
import ToolSupport

struct DNSCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dns",
        abstract: "Ask for a name's addresses.",
        discussion: """
            Asks the servers that DHCP told, or those of --nameserver. Exit code 1 when there is no answer.

            Examples:
              e1000-uio dns -d qemu example.org
              sudo e1000-uio dns --ip 192.0.2.2/24 --nameserver 192.0.2.1 --type aaaa example.org
            """)

    enum Kind: String, ExpressibleByArgument, CaseIterable { case a, aaaa, both }

    @OptionGroup var host: HostOptions
    @Argument(help: "The name.")
    var name: String
    @Option(name: .shortAndLong, help: "Which addresses: a, aaaa or both.")
    var type = Kind.both
    @Flag(help: "Print JSON.")
    var json = false

    private struct Report: Encodable {
        let name: String
        var addresses: [IPAddress] = []
        /// Seconds.
        var timeToLive: UInt32?
        /// The last alias, where it is not the name itself.
        var canonicalName: String?
        var milliseconds: Double
    }

    func validate() throws {
        guard DNSName(name) != nil else { throw Problem.usage("name", "'\(name)' is not a name", remedy: "write it like example.org") }
    }

    func run() throws {
        guard let asked = DNSName(name) else { return }
        try HostSession.run(host) { session in
            guard !session.nameservers.isEmpty else { throw Problem("dns", "no name server is known", remedy: "give --nameserver ADDRESS") }
            let start = Clocks.monotonic
            var report = Report(name: name, milliseconds: 0)
            var failure: DNSFailure?
            for family in type == .both ? [DNSClient.Family.a, .aaaa] : [type == .a ? .a : .aaaa] {
                do {
                    let answer = try NameLookup.ask(session.loop, asked, family, of: session.nameservers)
                    report.addresses += answer.addresses
                    report.timeToLive = min(report.timeToLive ?? .max, answer.timeToLive)
                    if answer.name != asked { report.canonicalName = "\(answer.name)" }
                } catch let error as DNSFailure {
                    failure = error
                }
            }
            report.milliseconds = Double(Clocks.monotonic - start) / 1e6
            if report.addresses.isEmpty, let failure { throw Problem("dns", "\(failure)") }
            if json { return try Output.json(report) }
            if let canonical = report.canonicalName { Output.note("\(name) is \(canonical)") }
            for address in report.addresses { Output.line("\(address)") }
        }
    }
}
