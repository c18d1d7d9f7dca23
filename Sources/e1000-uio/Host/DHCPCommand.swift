import ArgumentParser
import Frames
import HostClients
import ToolSupport

struct DHCPCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dhcp",
        abstract: "Get an address from a DHCP server, show the lease, give it back.",
        discussion: """
            With --hold the lease is kept, and renewed, until Ctrl-C.

            Examples:
              e1000-uio dhcp -d qemu
              sudo e1000-uio dhcp -d 00:03.0 --json
            """)

    @OptionGroup var host: HostOptions
    @Flag(help: "Keep the lease until Ctrl-C.")
    var hold = false
    @Flag(help: "Print JSON.")
    var json = false

    private struct Report: Encodable {
        let address: IPv4Address
        let prefixLength: Int
        let server: IPv4Address
        let routers: [IPv4Address]
        let nameServers: [IPv4Address]
        let domainName: String?
        /// Seconds; left out: for ever.
        let duration: UInt32?
        let renewalTime: UInt32
        let rebindingTime: UInt32
    }

    func validate() throws {
        if host.ip != nil { throw Problem.usage("--ip", "dhcp asks for an address", remedy: "leave it out") }
    }

    func run() throws {
        var host = host
        host.dhcp = true
        try HostSession.run(host) { session in
            guard let lease = session.currentLease else { throw Problem("dhcp", "the lease has ended already") }
            let report = Report(
                address: lease.address, prefixLength: lease.prefixLength, server: lease.server, routers: lease.routers,
                nameServers: lease.nameServers, domainName: lease.domainName.map { "\($0)" }, duration: lease.duration,
                renewalTime: lease.renewalTime, rebindingTime: lease.rebindingTime)
            if json { try Output.json(report) } else { show(report) }
            if hold { session.waitForInterruption() }
        }
    }

    private func show(_ report: Report) {
        func list(_ addresses: [IPv4Address]) -> String { addresses.isEmpty ? "none" : addresses.map(\.description).joined(separator: ", ") }
        Output.text(
            """
            address:       \(report.address)/\(report.prefixLength)
            routers:       \(list(report.routers))
            name servers:  \(list(report.nameServers))
            domain:        \(report.domainName ?? "none")
            server:        \(report.server)
            lease:         \(report.duration.map { "\($0) s" } ?? "for ever"), renewed after \(report.renewalTime) s, asked of any server after \
            \(report.rebindingTime) s
            """)
    }
}
