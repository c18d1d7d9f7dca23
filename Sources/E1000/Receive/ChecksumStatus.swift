/// What the card found out about a received frame's checksums (3.2.9).
///
/// It looks at IPv4 headers, and at TCP and UDP over IPv4 and IPv6, behind a VLAN tag too; not into fragments, not at a UDP
/// checksum of 0, which is none (RFC 768), and on the 82544GC not at IPv6. Frames with a bad checksum are received all the same.
public struct ChecksumStatus: Sendable, Hashable {
    /// Of one checksum.
    public enum Verdict: Sendable, Hashable {
        /// The card found it right.
        case good
        /// The card found it wrong.
        case bad
        /// The card did not look: there is none, it cannot, or it was not told to (`Configuration.verifiesChecksums`).
        case unknown
    }

    /// Of the IPv4 header.
    public let network: Verdict
    /// Of TCP or UDP, the pseudo header included.
    public let transport: Verdict

    /// - Parameter status: status and errors of a descriptor, as `Packet.status` has them (3.2.3.1, 3.2.3.2).
    @inlinable init(status: UInt32) {
        func verdict(_ checked: UInt32, _ error: UInt32) -> Verdict {
            guard status & ReceiveDescriptor.IXSM == 0, status & checked != 0 else { return .unknown }
            return status & error == 0 ? .good : .bad
        }
        network = verdict(ReceiveDescriptor.IPCS, ReceiveDescriptor.IPE)
        transport = verdict(ReceiveDescriptor.TCPCS | ReceiveDescriptor.UDPCS, ReceiveDescriptor.TCPE)
    }
}

extension ReceiveDescriptor {
    // Of the second word's upper half: status in bits 7 to 0, errors in 15 to 8.

    /// Ignore the checksum bits: nothing was checked.
    @inlinable static var IXSM: UInt32 { 1 << 2 }
    /// 82574L: a UDP checksum was checked. Reserved, and 0, on the others, which say so with TCPCS.
    @inlinable static var UDPCS: UInt32 { 1 << 4 }
    /// The TCP or UDP checksum was checked.
    @inlinable static var TCPCS: UInt32 { 1 << 5 }
    /// The IPv4 header's checksum was checked.
    @inlinable static var IPCS: UInt32 { 1 << 6 }
    /// The TCP or UDP checksum is wrong.
    @inlinable static var TCPE: UInt32 { 1 << 13 }
    /// The IPv4 header's checksum is wrong.
    @inlinable static var IPE: UInt32 { 1 << 14 }
}

extension Packet {
    /// What the card found out about a received frame's checksums; of any other frame, nothing.
    @inlinable public var checksums: ChecksumStatus { ChecksumStatus(status: status) }
}

extension PacketChain {
    /// What the card found out about a received frame's checksums; of any other frame, nothing.
    public var checksums: ChecksumStatus { ChecksumStatus(status: status) }
}

extension Controller {
    /// Whether received frames' checksums are looked at: never by QEMU's `e1000` and its relatives.
    public var verifiesChecksums: Bool { configuration.verifiesChecksums && !quirks.ignoresChecksums }
}
