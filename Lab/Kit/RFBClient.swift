/// The client's side of RFB 3.8 (RFC 6143), as far as it takes to see a keyboard's lights.
///
/// Has no socket, no clock: bytes go in, light states and answers come out. Everything from the server is checked.
struct RFBClient: Sendable {
    /// Why the server's bytes end the conversation.
    enum Failure: Error, Equatable, CustomStringConvertible {
        case notRFB
        /// The server's reason.
        case refused(String)
        case needsPassword
        case unknownMessage(UInt8)
        case unknownEncoding(Int32)
        /// A text or rectangle of this many bytes is beyond reason.
        case tooLong(Int)

        var description: String {
            switch self {
            case .notRFB: "VNC server: does not speak RFB 3.8"
            case .refused(let why): "VNC server: refused: \(why)"
            case .needsPassword: "VNC server: does not offer access without a password"
            case .unknownMessage(let type): "VNC server: message of unknown type \(type)"
            case .unknownEncoding(let encoding): "VNC server: rectangle in encoding \(encoding), which was not asked for"
            case .tooLong(let count): "VNC server: \(count) bytes announced, which is beyond reason"
            }
        }
    }

    private enum Step {
        case version
        case securityCount
        case securityTypes(Int)
        case securityResult
        case reasonLength
        case reason(Int)
        case serverInit
        case name(Int)
        case message
        case update
        case rectangle(left: Int)
        case ledState(left: Int)
        case colourMap
        case cutText
        case failed(Failure)
    }

    /// The LED-state pseudo-encoding of QEMU and others.
    private static let ledState: Int32 = -261
    private static let raw: Int32 = 0
    private static let version = Array("RFB 003.008\n".utf8)
    /// A screen of 16384 x 16384 pixels of 4 bytes.
    private static let largest = 16384 * 16384 * 4

    private var step = Step.version
    private var bytes: [UInt8] = []
    /// Position of the first byte not yet understood.
    private var position = 0
    /// Bytes of pixels and texts that are of no interest.
    private var skipping = 0
    private var bytesPerPixel = 4
    private var answers: [UInt8] = []

    /// True once lights will be reported.
    private(set) var isWatching = false

    /// What is to be sent to the server.
    mutating func takeAnswers() -> [UInt8] {
        defer { answers = [] }
        return answers
    }

    /// Takes bytes from the server.
    /// - Returns: the light states in them, in order.
    /// - Throws: `Failure`, again at each later call.
    mutating func receive(_ more: some Sequence<UInt8>) throws(Failure) -> [LightState] {
        bytes += more
        defer {
            bytes.removeFirst(position)
            position = 0
        }
        var states: [LightState] = []
        do {
            while try advance(&states) {}
        } catch {
            step = .failed(error)
            throw error
        }
        return states
    }

    /// One step; false when it needs more bytes.
    private mutating func advance(_ states: inout [LightState]) throws(Failure) -> Bool {
        if skipping > 0 {
            let count = min(skipping, bytes.count - position)
            position += count
            skipping -= count
            if skipping > 0 { return false }
        }
        switch step {
        case .version:
            guard let text = take(12) else { return false }
            guard text.elementsEqual(Self.version) else { throw .notRFB }
            answers += Self.version
            step = .securityCount
        case .securityCount:
            guard let count = take(1)?.first else { return false }
            step = count == 0 ? .reasonLength : .securityTypes(Int(count))
        case .securityTypes(let count):
            guard let types = take(count) else { return false }
            guard types.contains(1) else { throw .needsPassword }
            answers.append(1)
            step = .securityResult
        case .securityResult:
            guard let result = take(4) else { return false }
            guard Self.number(result) == 0 else {
                step = .reasonLength
                break
            }
            // ClientInit: shared.
            answers.append(1)
            step = .serverInit
        case .reasonLength:
            guard let length = take(4) else { return false }
            step = .reason(try Self.bounded(Self.number(length), 65536))
        case .reason(let count):
            guard let text = take(count) else { return false }
            throw .refused(String(decoding: text, as: UTF8.self))
        case .serverInit:
            guard let fields = take(24) else { return false }
            bytesPerPixel = Int(fields[fields.startIndex + 4]) / 8
            step = .name(try Self.bounded(Self.number(fields.suffix(4)), 65536))
        case .name(let count):
            guard take(count) != nil else { return false }
            // SetEncodings, one of them. The server tells the lights at once and at each change, unasked.
            answers += [2, 0, 0, 1] + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: Self.ledState >> $0) }
            isWatching = true
            step = .message
        case .message:
            guard let type = take(1)?.first else { return false }
            switch type {
            case 0: step = .update
            case 1: step = .colourMap
            case 2: break
            case 3: step = .cutText
            default: throw .unknownMessage(type)
            }
        case .update:
            guard let fields = take(3) else { return false }
            step = .rectangle(left: Int(Self.number(fields.suffix(2))))
        case .rectangle(left: 0):
            step = .message
        case .rectangle(let left):
            guard let fields = take(12) else { return false }
            let encoding = Int32(bitPattern: Self.number(fields.suffix(4)))
            switch encoding {
            case Self.ledState:
                step = .ledState(left: left - 1)
            case Self.raw:
                let width = Int(Self.number(fields.dropFirst(4).prefix(2)))
                let height = Int(Self.number(fields.dropFirst(6).prefix(2)))
                guard width * height * bytesPerPixel <= Self.largest else { throw .tooLong(width * height * bytesPerPixel) }
                skipping = width * height * bytesPerPixel
                step = .rectangle(left: left - 1)
            default:
                throw .unknownEncoding(encoding)
            }
        case .ledState(let left):
            guard let byte = take(1)?.first else { return false }
            states.append(LightState(byte: byte))
            step = .rectangle(left: left)
        case .colourMap:
            guard let fields = take(5) else { return false }
            skipping = 6 * Int(Self.number(fields.suffix(2)))
            step = .message
        case .cutText:
            guard let fields = take(7) else { return false }
            skipping = try Self.bounded(Self.number(fields.suffix(4)), 1 << 24)
            step = .message
        case .failed(let failure):
            throw failure
        }
        return true
    }

    /// The next `count` bytes; `nil` if they did not come yet.
    private mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
        guard bytes.count - position >= count else { return nil }
        defer { position += count }
        return bytes[position..<position + count]
    }

    /// A big-endian number.
    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt32 { bytes.reduce(0) { $0 << 8 | UInt32($1) } }

    private static func bounded(_ number: UInt32, _ limit: Int) throws(Failure) -> Int {
        guard number <= limit else { throw .tooLong(Int(number)) }
        return Int(number)
    }
}
