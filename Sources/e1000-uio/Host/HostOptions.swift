import ArgumentParser
import CardSelection
import E1000
import Frames
import HostStack
import ToolSupport

/// The options by which a tool gets a host on a card: the card, and the host's addresses.
struct HostOptions: ParsableArguments {
    @OptionGroup var card: CardOptions

    @Flag(help: "Get the IPv4 address by DHCP; the default with 'qemu' on its user network.")
    var dhcp = false
    @Option(help: ArgumentHelp("The host's IPv4 address and the bits of its network: '192.0.2.2/24'.", valueName: "address/length"))
    var ip: String?
    @Option(help: ArgumentHelp("With --ip: where everything outside that network goes.", valueName: "address"))
    var gateway: String?
    @Option(help: ArgumentHelp("A further IPv6 address; that of the link, and those of routers, come by themselves.", valueName: "address"))
    var ip6: [String] = []
    @Option(help: ArgumentHelp("A server that knows names, before those that DHCP tells.", valueName: "address"))
    var nameserver: [String] = []

    func validate() throws {
        if dhcp && ip != nil { throw Problem.usage("--ip", "it does not go with --dhcp", remedy: "give one of them") }
        if gateway != nil && ip == nil { throw Problem.usage("--gateway", "it goes with --ip", remedy: "give --ip ADDRESS/LENGTH too") }
        if !hasNoAddress { _ = try addressing() }
        for text in nameserver where IPAddress(text) == nil {
            throw Problem.usage("--nameserver", "'\(text)' is not an address", remedy: "write it like 192.0.2.1 or 2001:db8::1")
        }
    }

    /// Where the host's IPv4 address comes from.
    enum Addressing: Equatable {
        case dhcp
        case fixed(IPv4Address, prefixLength: Int, gateway: IPv4Address?)
        /// IPv6 alone.
        case none
    }

    /// The user has said nothing of addresses.
    var hasNoAddress: Bool { ip == nil && !dhcp && ip6.isEmpty }

    /// - Throws: `ValidationError`.
    func addressing() throws -> Addressing {
        guard let ip else {
            let isUserNetwork = card.device == "qemu" && card.netdev.split(separator: ",").first == "user"
            if dhcp || isUserNetwork { return .dhcp }
            guard !ip6.isEmpty else {
                throw Problem.usage("--ip", "the host has no address", remedy: "give --ip ADDRESS/LENGTH, or --dhcp")
            }
            return .none
        }
        let parts = ip.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let address = IPv4Address(String(parts[0])), let length = Int(parts[1]), 1...32 ~= length else {
            throw Problem.usage("--ip", "'\(ip)' is not an IPv4 address with the bits of its network", remedy: "write it like 192.0.2.2/24")
        }
        guard let gateway else { return .fixed(address, prefixLength: length, gateway: nil) }
        guard let router = IPv4Address(gateway) else {
            throw Problem.usage("--gateway", "'\(gateway)' is not an IPv4 address", remedy: "write it like 192.0.2.1")
        }
        let mask = UInt32.max << (32 - UInt32(length))
        guard router.rawValue & mask == address.rawValue & mask else {
            throw Problem.usage("--gateway", "\(gateway) is not in the network of \(ip)", remedy: "give a router that can be reached directly")
        }
        return .fixed(address, prefixLength: length, gateway: router)
    }

    /// - Throws: `ValidationError`.
    func ipv6Addresses() throws -> [IPv6Address] {
        try ip6.map { text in
            guard let address = IPv6Address(text) else {
                throw Problem.usage("--ip6", "'\(text)' is not an IPv6 address", remedy: "write it like 2001:db8::2")
            }
            return address
        }
    }
}
