/// Where QEMU's models differ from silicon, as observed on QEMU 7.2. Nothing of this is done to a real card.
struct Quirks: Sendable {
    /// How long nothing is received after RCTL was written: `e1000` and its relatives hold frames back for 1000 ms; `e1000e` does not.
    let receiveDelay: Int64
    /// `e1000` and its relatives look at no received checksum, whatever RXCSUM says: IXSM is set in each descriptor.
    let ignoresChecksums: Bool
    /// Counters that a read does not clear: the difference counts. Each model has them.
    let countersThatStay: [UInt32]
    /// What the card can take off the processor. Segments of IPv6 from `e1000` and its relatives say 40 bytes too many in their
    /// payload length: the header's own. `e1000e` makes fragments of one IPv4 packet instead of TCP segments, and of longer or IPv6
    /// packets nothing at all. Seen with tshark in QEMU's own capture, with what OffloadTests sends.
    let offloads: CardModel.Offloads

    init(_ model: CardModel, isEmulated: Bool) {
        receiveDelay = isEmulated && model.family == .pci ? 1_000_000_000 : 0
        ignoresChecksums = isEmulated && model.family == .pci
        countersThatStay = isEmulated ? [Counter.MPC.offset, Counter.RNBC.offset] : []
        offloads = model.offloads.subtracting(
            isEmulated ? (model.family == .pci ? .segmentationIPv6 : [.segmentation, .segmentationIPv6]) : [])
    }
}
