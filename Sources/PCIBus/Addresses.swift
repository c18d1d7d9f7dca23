import Glibc

/// The Internet addresses of this machine's network interfaces.
struct Addresses {
    let byInterface: [String: [String]]

    /// Those of now. An interface in another network namespace is not seen, and neither is it in sysfs.
    static func current() -> Addresses {
        var list: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&list) == 0 else { return Addresses(byInterface: [:]) }
        defer { freeifaddrs(list) }
        var result: [String: [String]] = [:]
        var next = list
        while let entry = next {
            next = entry.pointee.ifa_next
            guard let address = entry.pointee.ifa_addr, let text = text(address) else { continue }
            result[String(cString: entry.pointee.ifa_name), default: []].append(text)
        }
        return Addresses(byInterface: result)
    }

    func of(_ interface: String) -> [String] { byInterface[interface] ?? [] }

    private static func text(_ address: UnsafeMutablePointer<sockaddr>) -> String? {
        let length: Int
        switch Int32(address.pointee.sa_family) {
        case AF_INET: length = MemoryLayout<sockaddr_in>.size
        case AF_INET6: length = MemoryLayout<sockaddr_in6>.size
        default: return nil
        }
        var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        guard getnameinfo(address, socklen_t(length), &host, socklen_t(host.count), nil, 0, NI_NUMERICHOST) == 0 else {
            return nil
        }
        let text = String(decoding: host.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        // Every interface that is up has one of these; they mean nothing.
        return text.hasPrefix("fe80:") ? nil : text
    }
}
