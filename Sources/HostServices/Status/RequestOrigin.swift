import NIOCore
import NIOHTTP1

/// Whether a request comes from our own page, as the browser tells it.
enum RequestOrigin {
    /// A foreign page can send a request here, and a foreign name can be made to mean our address (DNS rebinding): its page is
    /// then of our own origin for the browser. So a host is believed when it is an address, `localhost`, or a name that we know of.
    static func isOurs(host: String, names: [String]) -> Bool {
        guard let name = withoutPort(host)?.lowercased() else { return false }
        if name == "localhost" || name.hasSuffix(".localhost") || names.contains(where: { $0.lowercased() == name }) { return true }
        return (try? SocketAddress(ipAddress: name, port: 0)) != nil
    }

    /// What is wrong with the host that is asked for, as a sentence; `nil` when it is ours. A browser always names one.
    static func problem(withHostOf headers: HTTPHeaders, names: [String]) -> String? {
        let hosts = headers["host"]
        guard hosts.count == 1, isOurs(host: hosts[0], names: names) else {
            return "this host name is not known here; use the address, or give the name at the server's start"
        }
        return nil
    }

    /// What is wrong, as a sentence; `nil` when all that the browser tells says that our page asks.
    ///
    /// A client that tells neither `Origin` nor `Sec-Fetch-Site` is no browser; for it the token must do.
    static func problem(_ headers: HTTPHeaders, names: [String]) -> String? {
        if let problem = Self.problem(withHostOf: headers, names: names) { return problem }
        let host = headers["host"][0]
        let sites = headers["sec-fetch-site"]
        guard sites.isEmpty || sites == ["same-origin"] else { return "another site's page asks" }
        let origins = headers["origin"]
        // With TLS in front of us or without: what counts is the authority.
        guard origins.isEmpty || (origins.count == 1 && ["http://" + host, "https://" + host].contains(origins[0].lowercased())) else {
            return "another site's page asks"
        }
        return nil
    }

    private static func withoutPort(_ host: String) -> String? {
        if host.hasPrefix("[") {
            guard let end = host.firstIndex(of: "]") else { return nil }
            let rest = host[host.index(after: end)...]
            return rest.isEmpty || isPort(rest) ? String(host[host.index(after: host.startIndex)..<end]) : nil
        }
        guard let colon = host.firstIndex(of: ":") else { return host }
        return isPort(host[colon...]) ? String(host[..<colon]) : nil
    }

    private static func isPort(_ text: Substring) -> Bool {
        text.first == ":" && text.count <= 6 && text.dropFirst().utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
}
