// DHCP, field by field.
extension FrameDescription {
    /// RFC 2131, 2; RFC 2132.
    static func dhcp(_ bytes: RawSpan, _ outline: inout Outline) {
        outline.header("DHCP, \(bytes.byteCount) bytes")
        do throws(HeaderFault) {
            let message = try DHCPMessage(header: bytes)
            let names: [DHCPMessage.Operation: String] = [.request: "1 (request)", .reply: "2 (reply)"]
            outline.field("operation", message.operation.flatMap { names[$0] } ?? "\(bytes.byte(0))")
            outline.field("transaction", "0x\(hex(message.transaction, digits: 8))")
            outline.field("seconds", message.seconds)
            outline.flags("flags", [(message.wantsBroadcast, "broadcast")])
            let addresses = [
                ("client address", message.clientAddress), ("your address", message.yourAddress), ("next server", message.nextServer),
                ("relay agent", message.relayAgent),
            ]
            for (name, address) in addresses where address != .any { outline.field(name, address) }
            outline.field("client hardware address", message.hardwareAddress)
            var options = message.options
            while let option = options.next() {
                outline.field("option \(option.code)", option.code.meaning(bytes.copy(option.value)))
            }
            if options.isMalformed { outline.fault(.bad("an option does not fit into its field")) }
        } catch {
            outline.fault(error)
            outline.data(bytes)
        }
    }
}

extension DHCPOptionCode: CustomStringConvertible {
    /// The number, and its name if it is known here: `51 (lease time)`.
    public var description: String { name.map { "\(rawValue) (\($0))" } ?? "\(rawValue)" }

    private var name: String? {
        switch self {
        case .subnetMask: "subnet mask"
        case .router: "router"
        case .domainNameServer: "domain name server"
        case .hostName: "host name"
        case .domainName: "domain name"
        case .interfaceMTU: "interface MTU"
        case .broadcastAddress: "broadcast address"
        case .timeServer: "time server"
        case .requestedAddress: "requested address"
        case .leaseTime: "lease time"
        case .overload: "overload"
        case .messageType: "message type"
        case .serverIdentifier: "server identifier"
        case .parameterRequestList: "parameter request list"
        case .message: "message"
        case .maximumMessageSize: "maximum message size"
        case .renewalTime: "renewal time"
        case .rebindingTime: "rebinding time"
        case .vendorClass: "vendor class"
        case .clientIdentifier: "client identifier"
        default: nil
        }
    }

    /// A value as its option means it; bytes, where it is not as it must be.
    fileprivate func meaning(_ value: [UInt8]) -> String {
        let span = value.span.bytes
        switch (self, value.count) {
        case (.subnetMask, 4), (.broadcastAddress, 4), (.requestedAddress, 4), (.serverIdentifier, 4):
            return "\(IPv4Address(rawValue: span.big32(0)))"
        case (.router, 4...), (.domainNameServer, 4...), (.timeServer, 4...):
            guard value.count.isMultiple(of: 4) else { break }
            return stride(from: 0, to: value.count, by: 4).map { IPv4Address(rawValue: span.big32($0)).description }.joined(separator: ", ")
        case (.leaseTime, 4), (.renewalTime, 4), (.rebindingTime, 4):
            return span.big32(0) == .max ? "for ever" : "\(span.big32(0)) s"
        case (.interfaceMTU, 2), (.maximumMessageSize, 2): return "\(span.big16(0)) bytes"
        case (.messageType, 1):
            return DHCPMessage.Kind(rawValue: value[0]).map { "\(value[0]) (\($0.name))" } ?? "\(value[0])"
        case (.parameterRequestList, _): return value.map { String($0) }.joined(separator: ", ")
        case (.hostName, _), (.domainName, _), (.message, _), (.vendorClass, _): return "\"\(printable(value))\""
        default: break
        }
        return value.isEmpty ? "nothing" : value.prefix(32).map { hex($0, digits: 2) }.joined(separator: " ") + (value.count > 32 ? " …" : "")
    }
}
