import Glibc

/// Why a capture cannot be read or written, and where.
public struct CaptureError: Error, Equatable, CustomStringConvertible {
    /// What is wrong.
    public enum Reason: Equatable, Sendable {
        /// `open` failed, with this error number of the system.
        case cannotOpen(Int32)
        /// `read` failed, with this error number of the system.
        case cannotRead(Int32)
        /// `write` failed, with this error number of the system; EPIPE: its reader has gone.
        case cannotWrite(Int32)
        /// There is not one byte.
        case empty
        /// It starts like neither pcap nor pcapng.
        case notACapture
        /// A format that is known but not read here, and the tool that converts it.
        case unsupported(String, remedy: String)
        /// LINKTYPE_ value of an interface that is not Ethernet.
        case notEthernet(linkType: UInt32)
        /// The data ends before the record does.
        case truncated(needed: Int, present: Int)
        /// A field that cannot be true.
        case malformed(String)
    }

    /// The file's name as the user gave it.
    public let file: String
    /// What is wrong.
    public let reason: Reason
    /// Where the record, block or header begins, in bytes from the capture's start.
    public let offset: UInt64
    /// Reading: number of the frame, counted from 1; 0 before the first. Writing: whole frames that the file has.
    public let record: UInt64

    /// `offset` in bytes and `record` as the properties of these names.
    public init(file: String, reason: Reason, offset: UInt64 = 0, record: UInt64 = 0) {
        (self.file, self.reason, self.offset, self.record) = (file, reason, offset, record)
    }

    public var description: String {
        let place = record > 0 ? "record \(record) at byte \(offset)" : "byte \(offset)"
        switch reason {
        case .cannotOpen(let number):
            return "\(file): cannot be opened: \(text(number)) (check the name and its permissions)"
        case .cannotRead(let number):
            return "\(file): cannot be read: \(text(number)) (check the medium, or copy the file first)"
        case .cannotWrite(EPIPE):
            return "\(file): the reader has gone (it has \(offset) bytes, \(record) whole frames)"
        case .cannotWrite(let number):
            return "\(file): cannot be written: \(text(number)) (the \(record) frames before that are whole, in \(offset) bytes)"
        case .empty:
            return "\(file): holds nothing (give a pcap or pcapng file)"
        case .notACapture:
            return
                "\(file): not a capture: it starts like neither pcap nor pcapng "
                + "(write one with 'e1000-uio recv -w FILE' or tcpdump)"
        case .unsupported(let what, let remedy):
            return "\(file): \(what) is not read here (\(remedy))"
        case .notEthernet(let linkType):
            return "\(file): \(place): captured on link type \(linkType), not on Ethernet (capture on an Ethernet interface)"
        case .truncated(let needed, let present):
            return "\(file): truncated in \(place): \(present) of \(needed) bytes are there (fetch or write the whole file again)"
        case .malformed(let what):
            return "\(file): damaged in \(place): \(what) (fetch or write the file again)"
        }
    }

    private func text(_ number: Int32) -> String { String(cString: strerror(number)) }
}
