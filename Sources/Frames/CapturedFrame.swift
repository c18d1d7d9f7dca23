/// A frame out of a capture file.
public struct CapturedFrame: Equatable, Sendable {
    /// Nanoseconds since 1970-01-01 00:00 UTC; 0 where the capture holds no time (a simple packet block).
    public var timestamp: UInt64
    /// Bytes that the frame had on the wire, without its frame check sequence.
    public var originalLength: Int
    /// The bytes that the capture holds, from the destination address on, without the frame check sequence.
    public var bytes: [UInt8]
    /// Which of the capture's interfaces saw the frame, counted from 0 in each section of a pcapng file.
    public var interface: Int

    /// The capture holds only the frame's start (a snap length): it cannot be sent as it was.
    public var isCut: Bool { bytes.count < originalLength }

    /// `originalLength`: bytes on the wire; `nil`: as many as there are.
    public init(timestamp: UInt64, bytes: [UInt8], originalLength: Int? = nil, interface: Int = 0) {
        self.timestamp = timestamp
        self.bytes = bytes
        self.originalLength = originalLength ?? bytes.count
        self.interface = interface
    }
}

/// What a capture says about one of its interfaces.
public struct CaptureInterface: Equatable, Sendable {
    /// LINKTYPE_ value; 1 is Ethernet.
    public let linkType: UInt16
    /// Longest part of a frame that was kept; 0: no limit.
    public let snapLength: UInt32
    /// The name that the capturing program gave (pcapng's if_name).
    public let name: String?
    let clock: CaptureClock
    /// Bytes of frame check sequence at the end of each frame.
    let checkLength: Int

    static let ethernet: UInt16 = 1
}

/// Turns a capture's ticks into nanoseconds since 1970.
struct CaptureClock: Equatable {
    /// Nanoseconds are ticks * `numerator` / `divisor` / 2^`shift`.
    private let numerator: UInt64
    private let divisor: UInt64
    private let shift: Int
    private let offsetSeconds: Int64

    static let microseconds = CaptureClock(resolution: 6, offsetSeconds: 0)

    /// - Parameter resolution: pcapng's if_tsresol: a tick is 10^-n s, or 2^-n s with the high bit set.
    init(resolution: UInt8, offsetSeconds: Int64) {
        self.offsetSeconds = offsetSeconds
        let exponent = Int(resolution & 0x7f)
        if resolution & 0x80 != 0 {
            (numerator, divisor, shift) = (1_000_000_000, 1, exponent)
        } else if exponent <= 9 {
            (numerator, divisor, shift) = (Self.power(9 - exponent), 1, 0)
        } else if exponent <= 28 {
            (numerator, divisor, shift) = (1, Self.power(exponent - 9), 0)
        } else {
            // 2^64 ticks of 10^-29 s are less than 1 ns.
            (numerator, divisor, shift) = (0, 1, 0)
        }
    }

    /// Clamped to what 64 bits hold: the file's word for it is not trusted.
    func nanoseconds(_ ticks: UInt64) -> UInt64 {
        let elapsed = (UInt128(ticks) * UInt128(numerator) / UInt128(divisor)) >> UInt128(shift)
        return UInt64(clamping: Int128(elapsed) + Int128(offsetSeconds) * 1_000_000_000)
    }

    private static func power(_ exponent: Int) -> UInt64 { (0..<exponent).reduce(1) { value, _ in value * 10 } }
}
