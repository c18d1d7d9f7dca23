import Glibc

/// Reads Ethernet frames out of a capture: pcap (both byte orders, microseconds and nanoseconds) and pcapng.
///
/// The capture is read as a stream, so a pipe will do. What it says is not trusted: a length is checked before
/// memory is set aside for it. After an error the reader gives the same kind of error or nothing; it never skips ahead.
///
///     var reader = try CaptureReader(path: "trace.pcapng")
///     while let frame = try reader.next() { print(FrameSummary.line(frame.bytes)) }
///
/// Sources: draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng, as implemented by libpcap.
public struct CaptureReader: ~Copyable {
    /// Longest frame: libpcap's own limit for Ethernet. No frame takes more memory than that.
    public static let maximumFrameLength = 262_144

    var input: CaptureInput
    private var format = Format.unknown
    private var failure: CaptureError?
    /// Frames read so far.
    public private(set) var frameCount: UInt64 = 0

    private enum Format {
        case unknown
        case pcap(PcapDecoder)
        case pcapng(PcapngDecoder)
    }

    /// Opens a file, or standard input for `-`.
    ///
    /// - Parameters:
    ///   - path: the file; `-` is standard input.
    ///   - following: see `isFollowing`.
    ///   - interruption: a descriptor that becomes readable when the user wants to stop: `next` then gives `nil` instead of
    ///     waiting on a pipe.
    /// - Throws: `CaptureError` when the file cannot be opened. Its contents are first looked at by `next`.
    public init(path: String, following: Bool = false, interruption: Int32 = -1) throws(CaptureError) {
        let isStandard = path == "-"
        let descriptor = isStandard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
        guard descriptor >= 0 else { throw CaptureError(file: path, reason: .cannotOpen(errno)) }
        input = CaptureInput(
            descriptor: descriptor, owned: !isStandard, name: isStandard ? "standard input" : path, following: following,
            interruption: interruption)
    }

    /// Reads from a descriptor, which stays open and the caller's.
    ///
    /// A file is read from the descriptor's place, with `following` from the file's start; its place is not moved.
    public init(descriptor: Int32, name: String, following: Bool = false, interruption: Int32 = -1) {
        input = CaptureInput(descriptor: descriptor, owned: false, name: name, following: following, interruption: interruption)
    }

    /// The capture still grows: at the end of its data, also in mid-record, `next` gives `nil` and can be asked again.
    /// Turned off, what is missing then is an error, as in a finished file.
    public var isFollowing: Bool {
        get { input.isFollowing }
        set { input.isFollowing = newValue }
    }

    /// The interfaces known so far (of the current section of a pcapng file); empty before the first frame.
    public var interfaces: [CaptureInterface] {
        switch format {
        case .unknown: []
        case .pcap(let decoder): [decoder.interface]
        case .pcapng(let decoder): decoder.interfaces
        }
    }

    /// The next frame; `nil` at the end of the capture (or, when following, of what there is of it).
    public mutating func next() throws(CaptureError) -> CapturedFrame? {
        if let failure { throw failure }
        do throws(CaptureError) {
            guard let frame = try read() else { return nil }
            frameCount += 1
            return frame
        } catch {
            failure = error
            throw error
        }
    }

    /// All frames from here to the end (or, when following, to the end of what there is).
    public mutating func rest() throws(CaptureError) -> [CapturedFrame] {
        var frames: [CapturedFrame] = []
        while let frame = try next() { frames.append(frame) }
        return frames
    }

    private mutating func read() throws(CaptureError) -> CapturedFrame? {
        let record = frameCount + 1
        switch format {
        case .unknown:
            guard try recognise() else { return nil }
            return try read()
        case .pcap(let decoder):
            return try decoder.next(&input, record: record)
        case .pcapng(var decoder):
            defer { format = .pcapng(decoder) }
            return try decoder.next(&input, record: record)
        }
    }

    /// Finds out the format. False when the data ends before it is known and more may come.
    private mutating func recognise() throws(CaptureError) -> Bool {
        guard try input.fill(4) else {
            if input.isFollowing || input.isInterrupted { return false }
            throw CaptureError(file: input.name, reason: input.available == 0 ? .empty : .notACapture)
        }
        let magic = input.u32(0, big: false)
        if magic == PcapngDecoder.sectionHeader {
            format = .pcapng(PcapngDecoder())
        } else if let kind = PcapDecoder.Kind(magic: magic) {
            guard let decoder = try PcapDecoder(kind, &input) else { return false }
            format = .pcap(decoder)
        } else {
            throw CaptureError(file: input.name, reason: Self.otherFormat(magic) ?? .notACapture)
        }
        return true
    }

    /// Formats that people take for pcap, by their first four bytes.
    private static func otherFormat(_ magic: UInt32) -> CaptureError.Reason? {
        let convert = "convert it with 'editcap -F pcapng IN OUT'"
        return switch magic {
        case 0xa1b2_cd34, 0x34cd_b2a1: .unsupported("modified pcap (extra fields in each record)", remedy: convert)
        case 0x1c00_01ac, 0xac01_001c, 0x1c00_01ab, 0xab01_001c: .unsupported("pcap as modified by IXIA", remedy: convert)
        case 0x6f6f_6e73: .unsupported("snoop", remedy: convert)
        case _ where magic & 0xffff == 0x8b1f: .unsupported("gzip-compressed data", remedy: "unpack it: 'zcat FILE | ... -'")
        case 0xfd2f_b528: .unsupported("zstd-compressed data", remedy: "unpack it: 'zstdcat FILE | ... -'")
        case 0x587a_37fd: .unsupported("xz-compressed data", remedy: "unpack it: 'xzcat FILE | ... -'")
        default: nil
        }
    }
}

extension CaptureInput {
    func error(_ reason: CaptureError.Reason, record: UInt64) -> CaptureError {
        CaptureError(file: name, reason: reason, offset: offset, record: record)
    }

    /// What to do when `fill(needed)` found too little: nothing when more may come, else an error.
    func shortage(_ needed: Int, record: UInt64) throws(CaptureError) {
        if !isFollowing && !isInterrupted { throw error(.truncated(needed: needed, present: available), record: record) }
    }
}
