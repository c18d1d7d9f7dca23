/// What the launcher and the agent in the guest tell each other, over one virtio-serial port.
///
/// On the line: length of the rest (32 bits), kind (8 bits), job (32 bits), then the kind's own fields; little-endian.
public enum AgentMessage: Equatable, Sendable {
    /// To the guest: run `command` with `/bin/sh -c`.
    case start(job: UInt32, command: String)
    /// To the guest: send a signal to the job's process group.
    case signal(job: UInt32, number: Int32)
    /// To the guest: write, or append, bytes to a file; answered by `ended` with 0 or the error number.
    case write(job: UInt32, path: String, append: Bool, bytes: [UInt8])
    /// From the guest: the agent listens.
    case ready
    /// From the guest: what a job wrote to standard output.
    case output(job: UInt32, bytes: [UInt8])
    /// From the guest: what a job wrote to standard error.
    case errors(job: UInt32, bytes: [UInt8])
    /// From the guest: the job's exit code, or 128 + its signal. All of its output came before.
    case ended(job: UInt32, status: Int32)

    /// The most bytes of a file or of output in one message.
    public static let largestPiece = 64 * 1024

    private var kind: UInt8 {
        switch self {
        case .start: 1
        case .signal: 2
        case .write: 3
        case .ready: 16
        case .output: 17
        case .errors: 18
        case .ended: 19
        }
    }

    /// The message as bytes for the line.
    public var encoded: [UInt8] {
        var body: [UInt8] = [kind]
        switch self {
        case .start(let job, let command):
            body.append(number: job)
            body += command.utf8
        case .signal(let job, let number), .ended(let job, let number):
            body.append(number: job)
            body.append(number: UInt32(bitPattern: number))
        case .write(let job, let path, let append, let bytes):
            body.append(number: job)
            body.append(append ? 1 : 0)
            body.append(number: UInt32(path.utf8.count))
            body += path.utf8
            body += bytes
        case .ready:
            body.append(number: 0)
        case .output(let job, let bytes), .errors(let job, let bytes):
            body.append(number: job)
            body += bytes
        }
        var result: [UInt8] = []
        result.reserveCapacity(4 + body.count)
        result.append(number: UInt32(body.count))
        return result + body
    }

    /// The message in `body` (without the length).
    fileprivate init(body: ArraySlice<UInt8>) throws(AgentProtocolError) {
        var rest = body
        guard let kind = rest.popFirst(), let job = rest.takeNumber() else { throw .truncated }
        switch kind {
        case 1: self = .start(job: job, command: String(decoding: rest, as: UTF8.self))
        case 2, 19:
            guard let number = rest.takeNumber() else { throw .truncated }
            let signed = Int32(bitPattern: number)
            self = kind == 2 ? .signal(job: job, number: signed) : .ended(job: job, status: signed)
        case 3:
            guard let append = rest.popFirst(), let count = rest.takeNumber(), count <= rest.count else { throw .truncated }
            let path = String(decoding: rest.prefix(Int(count)), as: UTF8.self)
            self = .write(job: job, path: path, append: append != 0, bytes: Array(rest.dropFirst(Int(count))))
        case 16: self = .ready
        case 17: self = .output(job: job, bytes: Array(rest))
        case 18: self = .errors(job: job, bytes: Array(rest))
        default: throw .unknownKind(kind)
        }
    }
}

/// Why bytes on the line are no message.
public enum AgentProtocolError: Error, Equatable, CustomStringConvertible {
    case truncated
    case unknownKind(UInt8)
    /// The length, in bytes, that the line announced.
    case tooLong(UInt32)

    public var description: String {
        switch self {
        case .truncated: "guest agent: a message ends too early (build the guest image again: make guest)"
        case .unknownKind(let kind): "guest agent: message of unknown kind \(kind) (build the guest image again: make guest)"
        case .tooLong(let count): "guest agent: a message of \(count) bytes is too long (build the guest image again: make guest)"
        }
    }
}

/// Cuts a stream of bytes into messages.
public struct AgentMessageReader: Sendable {
    private var bytes: [UInt8] = []
    private var start = 0
    /// Longest message taken: a piece, and room for a path or a script.
    private static let limit = UInt32(4 * AgentMessage.largestPiece)

    public init() {}

    /// Adds what came from the line.
    public mutating func append(_ more: some Sequence<UInt8>) {
        bytes.removeFirst(start)
        start = 0
        bytes += more
    }

    /// The next whole message; `nil` until more bytes came.
    /// - Throws: `AgentProtocolError`; nothing that follows can be understood.
    public mutating func next() throws(AgentProtocolError) -> AgentMessage? {
        var rest = bytes[start...]
        guard let count = rest.takeNumber() else { return nil }
        guard count <= Self.limit else { throw .tooLong(count) }
        guard rest.count >= Int(count) else { return nil }
        start = rest.startIndex + Int(count)
        return try AgentMessage(body: rest.prefix(Int(count)))
    }
}

extension [UInt8] {
    fileprivate mutating func append(number: UInt32) {
        for shift in stride(from: 0, to: 32, by: 8) { append(UInt8(truncatingIfNeeded: number >> UInt32(shift))) }
    }
}

extension ArraySlice<UInt8> {
    /// Removes and returns a little-endian number of 32 bits; `nil` if fewer are left.
    fileprivate mutating func takeNumber() -> UInt32? {
        guard count >= 4 else { return nil }
        var number: UInt32 = 0
        for (position, byte) in prefix(4).enumerated() { number |= UInt32(byte) << UInt32(8 * position) }
        removeFirst(4)
        return number
    }
}
