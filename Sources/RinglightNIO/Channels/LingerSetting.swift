import NIOCore

// `linger` (socket(7)), two numbers of 32 bits, is a type of several C modules. Which of them has it for the compiler changes with what else
// is imported, and its members are that one's alone: so they are not named.
extension SocketSettings {
    /// - Returns: false when this is no time to linger.
    mutating func setLinger(_ value: Any) -> Bool {
        guard let value = value as? NIOLinger else { return false }
        let (isOn, seconds) = unsafeBitCast(value, to: (Int32, Int32).self)
        linger = isOn == 0 ? nil : seconds
        return true
    }

    var lingerOption: NIOLinger {
        unsafeBitCast((Int32(linger == nil ? 0 : 1), linger ?? 0), to: NIOLinger.self)
    }
}
