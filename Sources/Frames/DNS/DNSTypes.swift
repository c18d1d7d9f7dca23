/// What a record says, or a question asks for (RFC 1035, 3.2.2 and 3.2.3; IANA, DNS Resource Record Types).
public struct DNSRecordType: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt16

    public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// RFC 1035, 3.4.1: an IPv4 address.
    public static let a = DNSRecordType(rawValue: 1)
    /// RFC 1035, 3.3.11: a server of the zone.
    public static let ns = DNSRecordType(rawValue: 2)
    /// RFC 1035, 3.3.1: another name, the right one.
    public static let cname = DNSRecordType(rawValue: 5)
    /// RFC 1035, 3.3.13: the start of a zone.
    public static let soa = DNSRecordType(rawValue: 6)
    /// RFC 1035, 3.3.12: a name elsewhere; of an address, its host's.
    public static let ptr = DNSRecordType(rawValue: 12)
    /// RFC 1035, 3.3.9: who takes mail.
    public static let mx = DNSRecordType(rawValue: 15)
    /// RFC 1035, 3.3.14: text.
    public static let txt = DNSRecordType(rawValue: 16)
    /// RFC 3596, 2.1: an IPv6 address.
    public static let aaaa = DNSRecordType(rawValue: 28)
    /// RFC 2782: where a service is.
    public static let srv = DNSRecordType(rawValue: 33)
    /// RFC 6891: no record, but what its sender can do.
    public static let opt = DNSRecordType(rawValue: 41)
    /// RFC 9460: where and how a web server is reached.
    public static let https = DNSRecordType(rawValue: 65)
    /// RFC 1035, 3.2.3: `*`; in questions only, and seldom answered in full (RFC 8482).
    public static let any = DNSRecordType(rawValue: 255)
}

extension DNSRecordType: CustomStringConvertible {
    /// `AAAA`; `TYPE64` for one that is not known here (RFC 3597, 5).
    public var description: String {
        switch self {
        case .a: "A"
        case .ns: "NS"
        case .cname: "CNAME"
        case .soa: "SOA"
        case .ptr: "PTR"
        case .mx: "MX"
        case .txt: "TXT"
        case .aaaa: "AAAA"
        case .srv: "SRV"
        case .opt: "OPT"
        case .https: "HTTPS"
        case .any: "ANY"
        default: "TYPE\(rawValue)"
        }
    }
}

/// How a question ended (RFC 1035, 4.1.1).
public struct DNSResponseCode: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt8

    /// - Parameter rawValue: four bits; higher ones are dropped.
    public init(rawValue: UInt8) { self.rawValue = rawValue & 0x0f }

    /// There is an answer, even if it holds no record.
    public static let noError = DNSResponseCode(rawValue: 0)
    /// The server did not understand the question.
    public static let formatError = DNSResponseCode(rawValue: 1)
    /// The server could not find out.
    public static let serverFailure = DNSResponseCode(rawValue: 2)
    /// There is no such name.
    public static let nameError = DNSResponseCode(rawValue: 3)
    /// The server cannot do what it is asked for.
    public static let notImplemented = DNSResponseCode(rawValue: 4)
    /// The server does not want to.
    public static let refused = DNSResponseCode(rawValue: 5)
}

extension DNSResponseCode: CustomStringConvertible {
    /// IANA's name, such as `NXDomain`; `RCODE11` for one that is not known here.
    public var description: String {
        switch self {
        case .noError: "NoError"
        case .formatError: "FormErr"
        case .serverFailure: "ServFail"
        case .nameError: "NXDomain"
        case .notImplemented: "NotImp"
        case .refused: "Refused"
        default: "RCODE\(rawValue)"
        }
    }
}

/// A question (RFC 1035, 4.1.2).
public struct DNSQuestion: Hashable, Sendable {
    /// Whose record is asked for.
    public let name: DNSName
    /// Which record is asked for.
    public let type: DNSRecordType
    /// 1 is the Internet.
    public let recordClass: UInt16

    /// `recordClass`: 1 is the Internet.
    public init(name: DNSName, type: DNSRecordType, recordClass: UInt16 = 1) {
        (self.name, self.type, self.recordClass) = (name, type, recordClass)
    }
}

/// A resource record (RFC 1035, 4.1.3).
public struct DNSRecord: Hashable, Sendable {
    /// Whose record it is.
    public let name: DNSName
    /// Which record it is; `data` is of this type.
    public let type: DNSRecordType
    /// 1 is the Internet. Of `opt`, the longest datagram that its sender takes (RFC 6891, 6.1.2).
    public let recordClass: UInt16
    /// How long it may be kept, in seconds: 0...2^31-1. More on the wire counts as 0 (RFC 2181, 8).
    public let timeToLive: UInt32
    /// What it says.
    public let data: Content

    /// What a record says.
    public enum Content: Hashable, Sendable {
        /// An IPv4 address.
        case a(IPv4Address)
        /// An IPv6 address.
        case aaaa(IPv6Address)
        /// The name's owner has another, right name.
        case cname(DNSName)
        /// A server of the zone.
        case ns(DNSName)
        /// A name elsewhere; of an address, its host's.
        case ptr(DNSName)
        /// A host that takes mail; the lowest preference is tried first.
        case mx(preference: UInt16, DNSName)
        /// A host and port of a service: the lowest priority first, among equals by weight (RFC 2782).
        case srv(priority: UInt16, weight: UInt16, port: UInt16, DNSName)
        /// Strings of 0 to 255 bytes.
        case txt([[UInt8]])
        /// The zone's first server; how long a "no" may be kept, in seconds, with the record's own time (RFC 2308, 5).
        case soa(server: DNSName, minimum: UInt32)
        /// Any other: bytes as they came.
        case other([UInt8])
    }

    /// `timeToLive`: seconds; more than 2^31-1 become 0 (RFC 2181, 8).
    public init(name: DNSName, type: DNSRecordType, recordClass: UInt16 = 1, timeToLive: UInt32, data: Content) {
        (self.name, self.type, self.recordClass, self.data) = (name, type, recordClass, data)
        self.timeToLive = timeToLive > UInt32(Int32.max) ? 0 : timeToLive
    }
}
