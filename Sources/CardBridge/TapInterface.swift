import CLinux
import E1000
import Frames
import Glibc
import ToolSupport

/// A network interface of Linux whose cable ends in this program. It goes with this value, and with the process.
public struct TapInterface: ~Copyable {
    /// As `ip link` shows it.
    public let name: String
    /// Polls readable when the kernel has sent a frame; -1 of no interface.
    let descriptor: Int32

    /// No interface: what it is given is dropped, and it sends nothing. For a card that is only watched, and where the right
    /// to make an interface is missing.
    public init() { (name, descriptor) = ("none", -1) }

    /// Makes an interface, without a link.
    ///
    /// - Parameters:
    ///   - name: at most 15 bytes; `%d` becomes the first number that is free.
    ///   - address: its MAC address.
    ///   - mtu: bytes of the longest packet that the kernel sends.
    ///   - offloads: what the kernel leaves to this program.
    /// - Throws: `Problem` without the right to do so, without the driver, and for a name that is taken.
    public init(name: String, address: MACAddress, mtu: UInt32, offloads: CardModel.Offloads) throws {
        var bytes = [CChar](repeating: 0, count: 16)
        for (position, byte) in name.utf8.prefix(15).enumerated() { bytes[position] = CChar(bitPattern: byte) }
        let result = ringlight_open_tap(&bytes, address.bytes, true)
        guard result >= 0 else { throw Self.problem(name, -result) }
        let name = String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        // Kernels before 5.0 cannot: the link is then always there.
        _ = ringlight_set_tap_carrier(result, 0)
        // Before it is up: no frame comes that was made for other rules.
        var failure = ringlight_set_tap_offloads(
            result, offloads.contains(.checksum) ? 1 : 0, offloads.contains([.checksum, .segmentation]) ? 1 : 0,
            offloads.contains([.checksum, .segmentationIPv6]) ? 1 : 0)
        if failure == 0 { failure = ringlight_set_interface_up(bytes, mtu) }
        guard failure == 0 else {
            close(result)
            throw Self.problem(name, -failure)
        }
        descriptor = result
        self.name = name
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Whether the kernel accepts a name: at most 15 bytes without '/', ':' and blanks, not '.' or '..'; '%' only as '%d'.
    public static func isName(_ name: String) -> Bool {
        (1...15).contains(name.utf8.count) && name != "." && name != ".."
            && !name.contains { $0 == "/" || $0 == ":" || $0.isWhitespace }
            && name.split(separator: "%", omittingEmptySubsequences: false).dropFirst().allSatisfy { $0.hasPrefix("d") }
    }

    /// What `ip link` shows as LOWER_UP.
    func setLink(up: Bool) { _ = ringlight_set_tap_carrier(descriptor, up ? 1 : 0) }

    /// The next frame that the kernel sends, behind a `VirtioNetHeader`.
    ///
    /// - Parameter buffer: as long as the header and the longest frame can be.
    /// - Returns: the length of both; `nil` when there is none.
    /// - Throws: `Problem` when the interface has been deleted.
    func read(into buffer: inout [UInt8]) throws -> Int? {
        guard descriptor >= 0 else { return nil }
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count >= 0 { return count }
            switch errno {
            case EINTR: continue
            case EAGAIN: return nil
            default: throw gone()
            }
        }
    }

    /// What became of a frame that the kernel was given.
    enum Delivery {
        case taken
        /// The interface is down, or the frame is no frame.
        case refused
        /// The interface has been deleted.
        case gone(Problem)
    }

    /// Gives the kernel a frame.
    ///
    /// - Parameter header: what the card found out about it.
    func write(_ frame: RawSpan, _ header: VirtioNetHeader) -> Delivery {
        guard descriptor >= 0 else { return .taken }
        while true {
            let count = frame.withUnsafeBytes { frame in
                withUnsafeBytes(of: header.encoded) { header in
                    let parts = [
                        iovec(iov_base: UnsafeMutableRawPointer(mutating: header.baseAddress), iov_len: header.count),
                        iovec(iov_base: UnsafeMutableRawPointer(mutating: frame.baseAddress), iov_len: frame.count),
                    ]
                    return writev(descriptor, parts, 2)
                }
            }
            if count >= 0 { return .taken }
            switch errno {
            case EINTR: continue
            case EAGAIN, EIO, EINVAL, ENOMEM, ENOBUFS: return .refused
            default: return .gone(gone())
            }
        }
    }

    private func gone() -> Problem {
        Problem(name, "the interface is gone: \(String(cString: strerror(errno)))", remedy: "start the bridge again")
    }

    private static func problem(_ name: String, _ number: Int32) -> Problem {
        switch number {
        case EPERM, EACCES:
            Problem(name, "making an interface is not permitted", remedy: "run it as root (sudo), or with CAP_NET_ADMIN")
        case ENOENT, ENODEV, ENXIO: Problem("/dev/net/tun", "the kernel has no TAP driver loaded", remedy: "run 'sudo modprobe tun'")
        case EBUSY: Problem(name, "another program has this interface", remedy: "choose another --name")
        case EINVAL, EEXIST: Problem(name, "an interface of this name cannot be made", remedy: "choose another --name")
        default: Problem(name, String(cString: strerror(number)))
        }
    }
}
