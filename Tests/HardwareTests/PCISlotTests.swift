import Testing

@Suite("Cards of this machine")
struct PCISlotTests {
    @Test(
        "what names no card is refused by its variable's name, before any card is touched", arguments: ["eth0", "03:00", "uio0", "qemu"])
    func names(name: String) {
        do {
            _ = try PCISlot.open(name, for: "RINGLIGHT_PEER")
            Issue.record("opened")
        } catch {
            #expect(
                "\(error)" == "RINGLIGHT_PEER: '\(name)' is not a PCI address (write it like 0000:03:00.0; see 'e1000-uio list')")
        }
    }

    @Test("a card is not the other end of its own cable")
    func itself() {
        let slot = PCISlot(address: "0000:1f:1f.7", peer: "1f:1f.7", withPeer: true, withLinkControl: false)
        do {
            _ = try slot.wire()
            Issue.record("heard")
        } catch {
            #expect("\(error)" == "RINGLIGHT_PEER: 1f:1f.7 is the card under test (leave it out when the card is looped to itself)")
        }
    }
}
