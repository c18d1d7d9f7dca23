import CSystemd

/// A value of a D-Bus message (D-Bus Specification, Type System).
public indirect enum BusValue: Sendable, Equatable {
    /// Also an object's path, and a signature.
    case text(String)
    /// Any integer; one above `Int64.max` is `Int64.max`.
    case integer(Int64)
    case boolean(Bool)
    case double(Double)
    case array([BusValue])
    case structure([BusValue])
    case entry(BusValue, BusValue)
    case variant(BusValue)
    /// A descriptor; it is not taken.
    case descriptor

    public var text: String? { if case .text(let text) = self { text } else { nil } }
    public var integer: Int64? { if case .integer(let number) = self { number } else { nil } }

    /// The values of an array or a structure; otherwise none.
    public var elements: [BusValue] {
        switch self {
        case .array(let values), .structure(let values): values
        default: []
        }
    }

    /// What a dictionary of variants (`a{sv}`) has for a key.
    public subscript(key: String) -> BusValue? {
        for case .entry(.text(key), let value) in elements {
            if case .variant(let content) = value { return content }
            return value
        }
        return nil
    }
}

/// A signal or a reply.
public struct BusMessage: Sendable, Equatable {
    /// The object that a signal is about.
    public let path: String?
    public let interface: String?
    public let member: String?
    public let arguments: [BusValue]
    /// Of a reply that is an error: its name, and what it says.
    public let error: String?

    public init(path: String? = nil, interface: String? = nil, member: String? = nil, arguments: [BusValue], error: String? = nil) {
        (self.path, self.interface, self.member) = (path, interface, member)
        (self.arguments, self.error) = (arguments, error)
    }

    /// Reads all of a message. A part that cannot be read ends it there.
    init(reading message: OpaquePointer) {
        path = sd_bus_message_get_path(message).map { String(cString: $0) }
        interface = sd_bus_message_get_interface(message).map { String(cString: $0) }
        member = sd_bus_message_get_member(message).map { String(cString: $0) }
        if let error = sd_bus_message_get_error(message) {
            let name = error.pointee.name.map { String(cString: $0) } ?? "error"
            self.error = error.pointee.message.map { "\(name): \(String(cString: $0))" } ?? name
            arguments = []
        } else {
            error = nil
            arguments = Self.values(of: message)
        }
    }

    private static func values(of message: OpaquePointer) -> [BusValue] {
        var values: [BusValue] = []
        while let value = value(of: message) { values.append(value) }
        return values
    }

    private static func value(of message: OpaquePointer) -> BusValue? {
        var type: CChar = 0
        var contents: UnsafePointer<CChar>?
        guard sd_bus_message_peek_type(message, &type, &contents) > 0 else { return nil }
        switch UnicodeScalar(UInt8(bitPattern: type)) {
        case "s", "o", "g":
            var text: UnsafePointer<CChar>?
            return sd_bus_message_read_basic(message, type, &text) > 0 ? text.map { .text(String(cString: $0)) } : nil
        case "b": return basic(message, type, Int32(0)).map { .boolean($0 != 0) }
        case "d": return basic(message, type, 0.0).map { .double($0) }
        case "y": return basic(message, type, UInt8(0)).map { .integer(Int64($0)) }
        case "n": return basic(message, type, Int16(0)).map { .integer(Int64($0)) }
        case "q": return basic(message, type, UInt16(0)).map { .integer(Int64($0)) }
        case "i": return basic(message, type, Int32(0)).map { .integer(Int64($0)) }
        case "u": return basic(message, type, UInt32(0)).map { .integer(Int64($0)) }
        case "x": return basic(message, type, Int64(0)).map { .integer($0) }
        case "t": return basic(message, type, UInt64(0)).map { .integer(Int64(clamping: $0)) }
        case "h": return basic(message, type, Int32(0)).map { _ in .descriptor }
        default: break
        }
        guard sd_bus_message_enter_container(message, type, contents) > 0 else { return nil }
        let inner = values(of: message)
        guard sd_bus_message_exit_container(message) >= 0 else { return nil }
        switch UnicodeScalar(UInt8(bitPattern: type)) {
        case "a": return .array(inner)
        case "r": return .structure(inner)
        case "e": return inner.count == 2 ? .entry(inner[0], inner[1]) : nil
        default: return inner.first.map { .variant($0) }
        }
    }

    private static func basic<Number: BitwiseCopyable>(_ message: OpaquePointer, _ type: CChar, _ zero: Number) -> Number? {
        var number = zero
        return sd_bus_message_read_basic(message, type, &number) > 0 ? number : nil
    }
}
