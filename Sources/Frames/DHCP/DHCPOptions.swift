/// The number of a DHCP option (RFC 2132; IANA, BOOTP Vendor Extensions and DHCP Options).
public struct DHCPOptionCode: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// 3.3: four bytes.
    public static let subnetMask = DHCPOptionCode(rawValue: 1)
    /// 3.5: addresses, the preferred one first.
    public static let router = DHCPOptionCode(rawValue: 3)
    /// 3.8: addresses, the preferred one first.
    public static let domainNameServer = DHCPOptionCode(rawValue: 6)
    /// 3.14: text.
    public static let hostName = DHCPOptionCode(rawValue: 12)
    /// 3.17: text.
    public static let domainName = DHCPOptionCode(rawValue: 15)
    /// 5.1: two bytes, at least 68.
    public static let interfaceMTU = DHCPOptionCode(rawValue: 26)
    /// 5.3: an address.
    public static let broadcastAddress = DHCPOptionCode(rawValue: 28)
    /// 8.3: addresses.
    public static let timeServer = DHCPOptionCode(rawValue: 42)
    /// 9.1: an address.
    public static let requestedAddress = DHCPOptionCode(rawValue: 50)
    /// 9.2: seconds, four bytes; all ones: for ever.
    public static let leaseTime = DHCPOptionCode(rawValue: 51)
    /// 9.3: `file` (1), `sname` (2) or both (3) hold options.
    public static let overload = DHCPOptionCode(rawValue: 52)
    /// 9.6: `DHCPMessage.Kind`.
    public static let messageType = DHCPOptionCode(rawValue: 53)
    /// 9.7: an address.
    public static let serverIdentifier = DHCPOptionCode(rawValue: 54)
    /// 9.8: option numbers.
    public static let parameterRequestList = DHCPOptionCode(rawValue: 55)
    /// 9.9: text for a person.
    public static let message = DHCPOptionCode(rawValue: 56)
    /// 9.10: bytes of a message that the client takes, at least 576.
    public static let maximumMessageSize = DHCPOptionCode(rawValue: 57)
    /// 9.11: T1, seconds.
    public static let renewalTime = DHCPOptionCode(rawValue: 58)
    /// 9.12: T2, seconds.
    public static let rebindingTime = DHCPOptionCode(rawValue: 59)
    /// 9.13: text.
    public static let vendorClass = DHCPOptionCode(rawValue: 60)
    /// 9.14: a type, and an identifier of that type: 1 and the Ethernet address.
    public static let clientIdentifier = DHCPOptionCode(rawValue: 61)
}

/// An option of a DHCP message.
public struct DHCPOption: Hashable, Sendable {
    /// Which option it is.
    public let code: DHCPOptionCode
    /// Where its value is in the message.
    public let value: Range<Int>
}

/// Goes through the options of a DHCP message: those in its options field, then, if option 52 says so, in `file` and `sname`
/// (RFC 2131, 4.1).
public struct DHCPOptionWalker: ~Escapable {
    private let bytes: RawSpan
    private var offset = DHCPMessage.headerLength
    private var end: Int
    /// What option 52 said: 1 `file`, 2 `sname`.
    private var overload: UInt8 = 0
    private var isInOptionsField = true
    /// An option does not fit in its field: the walk ended there.
    public private(set) var isMalformed = false

    @_lifetime(copy bytes)
    init(_ bytes: RawSpan) {
        self.bytes = bytes
        end = bytes.byteCount
    }

    /// The next option, `pad` and `end` (RFC 2132, 3.1 and 3.2) not counted. A field without `end` ends where it ends.
    public mutating func next() -> DHCPOption? {
        while !isMalformed {
            guard offset < end, bytes.byte(offset) != 255 else {
                guard enterNextField() else { return nil }
                continue
            }
            let code = bytes.byte(offset)
            if code == 0 {
                offset += 1
                continue
            }
            guard offset + 1 < end, case let value = (offset + 2)..<(offset + 2 + Int(bytes.byte(offset + 1))), value.upperBound <= end else {
                isMalformed = true
                return nil
            }
            offset = value.upperBound
            if code == DHCPOptionCode.overload.rawValue, value.count == 1, isInOptionsField { overload = bytes.byte(value.lowerBound) & 3 }
            return DHCPOption(code: DHCPOptionCode(rawValue: code), value: value)
        }
        return nil
    }

    /// `file` first, then `sname`; each once.
    private mutating func enterNextField() -> Bool {
        isInOptionsField = false
        let field = overload & 1 != 0 ? 108..<236 : 44..<108
        guard overload != 0 else {
            offset = end
            return false
        }
        overload &= overload & 1 != 0 ? 2 : 0
        (offset, end) = (field.lowerBound, field.upperBound)
        return true
    }
}
