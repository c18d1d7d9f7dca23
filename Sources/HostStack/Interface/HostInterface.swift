import CLWIP
import CLWIPMemory
import DeviceAccess
import E1000
import Frames

/// A card as lwIP's interface (netif), with the card's own address.
///
/// Received frames are lent to lwIP where they are, and what lwIP sends lies in the card's memory from the start (CLWIPMemory).
/// Used by the loop's thread, with lwIP's lock. That nobody calls back into what is being changed is checked in debug builds, which
/// the tests run: a third of what a frame costs here would be that check.
@safe final class HostInterface {
    /// Frames received before the rest of the loop has its turn.
    static let largestBatch = 64
    /// Packets that lwIP's memory leaves for receiving.
    private static let receiveReserve = 128

    #if !DEBUG
    @exclusivity(unchecked)
    #endif
    var card: Controller
    let netif: UnsafeMutablePointer<netif>
    let macAddress: MACAddress
    #if !DEBUG
    @exclusivity(unchecked)
    #endif
    var counters = HostCounters()
    /// Is shown every frame, before lwIP sees it or the card has it: `true` for one that is sent.
    #if !DEBUG
    @exclusivity(unchecked)
    #endif
    var observer: ((RawSpan, Bool) -> Void)?
    /// Are shown every received frame, before lwIP sees it.
    #if !DEBUG
    @exclusivity(unchecked)
    #endif
    private var handlers: [(owner: ObjectIdentifier, show: (RawSpan) -> Void)] = []
    private let lent: LentPackets
    #if !DEBUG
    @exclusivity(unchecked)
    #endif
    var transmitQueue = TransmitQueue()
    #if !DEBUG
    @exclusivity(unchecked)
    #endif
    private var guardian = SynGuard()
    private let addresses: Range<UInt>
    /// Packets of the pool that stay free for the card when lwIP keeps others.
    private let spare: Int
    private var lendsMemory = false
    /// Places of addresses that were told of as taken.
    private var duplicates: UInt8 = 0

    /// - Throws: `.invalid` when lwIP takes no more interfaces.
    init(_ card: consuming Controller) throws(HostError) {
        macAddress = card.macAddress
        addresses = card.bufferAddresses
        spare = min(Self.receiveReserve, card.availablePackets / 4)
        lent = LentPackets(count: card.packetCount, start: addresses.lowerBound)
        self.card = card
        unsafe netif = .allocate(capacity: 1)
        unsafe netif.initialize(to: CLWIP.netif())
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        guard unsafe netif_add_noaddr(netif, context, HostInterface.setUp, ethernet_input) != nil else {
            throw HostError(.invalid, "lwIP", "it takes no more interfaces")
        }
        unsafe lent.owner = context
        unsafe lendMemory(context)
        unsafe netif_set_up(netif)
        unsafe ringlight_netif_use_as_default(netif)
    }

    deinit {
        unsafe netif.deallocate()
        lent.deallocate()
    }

    private func lendMemory(_ context: UnsafeMutableRawPointer) {
        var lender = unsafe ringlight_lwip_lender(
            lend: { unsafe Unmanaged<HostInterface>.fromOpaque($0).takeUnretainedValue().lend() },
            give_back: { unsafe Unmanaged<HostInterface>.fromOpaque($0).takeUnretainedValue().card.takeBack($1) },
            context: unsafe context, start: addresses.lowerBound, end: addresses.upperBound, size: PacketPool.bufferSize)
        lendsMemory = unsafe ringlight_lwip_set_lender(&lender)
    }

    /// A buffer for what lwIP is about to send; `nil`: it takes memory of its own, which is copied.
    private func lend() -> UnsafeMutableRawPointer? {
        guard card.availablePackets > spare, let packet = card.packet() else { return nil }
        return unsafe card.lend(packet)
    }

    /// lwIP's call while the interface is added.
    private static let setUp: netif_init_fn = { netif in
        guard let netif = unsafe netif, let context = unsafe netif.pointee.state else { return err_t(ERR_ARG.rawValue) }
        let interface = unsafe Unmanaged<HostInterface>.fromOpaque(context).takeUnretainedValue()
        unsafe netif.pointee.name = (CChar(UInt8(ascii: "r")), CChar(UInt8(ascii: "l")))
        unsafe netif.pointee.mtu = 1500
        unsafe netif.pointee.hwaddr_len = 6
        unsafe withUnsafeMutableBytes(of: &netif.pointee.hwaddr) { unsafe $0.copyBytes(from: interface.macAddress.bytes) }
        unsafe netif.pointee.flags = UInt8(NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET | NETIF_FLAG_IGMP | NETIF_FLAG_MLD6)
        unsafe netif.pointee.output = etharp_output
        unsafe netif.pointee.output_ip6 = ethip6_output
        unsafe netif.pointee.linkoutput = { netif, packet in
            guard let packet = unsafe packet, let context = unsafe netif?.pointee.state else { return err_t(ERR_ARG.rawValue) }
            return unsafe Unmanaged<HostInterface>.fromOpaque(context).takeUnretainedValue().output(packet)
        }
        return err_t(ERR_OK.rawValue)
    }

    /// Takes the interface out of lwIP; what it still sends (resets) goes onto the ring.
    func remove() {
        unsafe netif_remove(netif)
        // To itself it sends nothing more: lwIP's work on that is kept for the process, not for the interface.
        ringlight_lwip_drop_callbacks()
        unsafe ringlight_netif_drop_loop(netif)
        ringlight_give_up_fragments()
    }

    /// After `remove`: what was sent has been sent, or never will be.
    func end() {
        card.reclaim()
        transmitQueue.takeBack(from: &card)
        transmitQueue.drop(from: &card)
        freeHome()
        unsafe ringlight_lwip_clear_lender(Unmanaged.passUnretained(self).toOpaque())
    }

    /// Packets of the pool that are neither there nor on the receive ring.
    var missingPackets: Int { card.packetCount - Int(card.receiveDescriptors) - card.availablePackets }

    // MARK: Receiving

    /// Gives lwIP what has come in.
    ///
    /// - Returns: frames; `largestBatch`: there may be more.
    func receive() -> Int {
        let copies = counters.receiveCopies
        let count = receiveBatch()
        // Packets are short: those of whoever hoards them come back.
        if counters.receiveCopies != copies { trimOutOfOrder() }
        return count
    }

    /// Addresses that somebody else turned out to have (RFC 4862, 5.4) since the last look.
    func newDuplicates() -> [IPv6Address] {
        let now = unsafe ringlight_netif_duplicates(netif)
        defer { duplicates = now }
        guard now & ~duplicates != 0 else { return [] }
        return (0..<UInt32(8)).compactMap { index in
            var (bytes, state) = ([UInt8](repeating: 0, count: 16), UInt8(0))
            guard (now & ~duplicates) >> index & 1 != 0, unsafe ringlight_netif_ip6(netif, index, &bytes, &state) else { return nil }
            return IPv6Address(bytes)
        }
    }

    /// Bounds what lwIP does not: now and then, whatever was overlooked frame by frame.
    func trim() {
        SynGuard.trimHalfOpen(&counters)
        trimOutOfOrder()
    }

    private func trimOutOfOrder() {
        let dropped = SynGuard.trimOutOfOrder()
        counters.outOfOrderDrops &+= dropped
    }

    private func receiveBatch() -> Int {
        for number in 0..<Self.largestBatch {
            guard let packet = card.receive() else { return number }
            take(packet)
        }
        return Self.largestBatch
    }

    private func take(_ packet: consuming Packet) {
        let verdict = look(at: packet)
        counters.receivedFrames &+= 1
        counters.receivedBytes &+= UInt64(packet.length)
        guard verdict == .pass else {
            if verdict == .own { counters.receivedOwn &+= 1 }
            return card.put(packet)
        }
        let length = UInt16(packet.length)
        let buffer: UnsafeMutablePointer<pbuf>?
        if card.availablePackets > spare {
            unsafe buffer = lent.packet(card.lend(packet), length: length)
        } else {
            // lwIP hoards: what comes now is copied, and the card goes on.
            counters.receiveCopies &+= 1
            unsafe buffer = Self.copy(packet)
            card.put(packet)
        }
        guard let buffer = unsafe buffer else {
            counters.receiveDrops &+= 1
            return
        }
        if unsafe netif.pointee.input(buffer, netif) != err_t(ERR_OK.rawValue) { unsafe pbuf_free(buffer) }
    }

    /// A function of its own: the borrow of the bytes ends with it.
    private func look(at packet: borrowing Packet) -> SynGuard.Verdict {
        observer?(packet.bytes, false)
        if !handlers.isEmpty { for handler in handlers { handler.show(packet.bytes) } }
        return unsafe guardian.look(at: packet.bytes, netif, &counters)
    }

    func addHandler(_ owner: AnyObject, _ show: @escaping (RawSpan) -> Void) {
        removeHandler(owner)
        handlers.append((ObjectIdentifier(owner), show))
    }

    func removeHandler(_ owner: AnyObject) { handlers.removeAll { $0.owner == ObjectIdentifier(owner) } }

    private static func copy(_ packet: borrowing Packet) -> UnsafeMutablePointer<pbuf>? {
        guard let buffer = unsafe pbuf_alloc(PBUF_RAW, UInt16(packet.length), PBUF_RAM) else { return nil }
        let length = UInt16(packet.length)
        unsafe packet.bytes.withUnsafeBytes { _ = unsafe pbuf_take(buffer, $0.baseAddress, length) }
        return unsafe buffer
    }

    /// lwIP has done with a lent packet.
    func takeBack(_ address: UnsafeMutableRawPointer) { unsafe card.takeBack(address) }

    // MARK: Sending

    /// lwIP's linkoutput.
    private func output(_ packet: UnsafeMutablePointer<pbuf>) -> err_t {
        if let observer {
            let bytes = unsafe UnsafeRawBufferPointer(start: packet.pointee.payload, count: Int(packet.pointee.len))
            unsafe observer(bytes.bytes, true)
        }
        return unsafe transmitQueue.send(packet, card: &card, addresses, &counters)
    }

    /// Sends a frame that lwIP did not make: from its destination address on, 14 to 1514 bytes.
    ///
    /// - Throws: `.wouldBlock` when too much waits already.
    func send(frame: [UInt8]) throws(HostError) {
        guard let packet = unsafe pbuf_alloc(PBUF_RAW, UInt16(clamping: frame.count), PBUF_RAM) else {
            throw HostError(.wouldBlock, "frame", "no memory")
        }
        defer { unsafe pbuf_free(packet) }
        _ = unsafe frame.withUnsafeBytes { unsafe pbuf_take(packet, $0.baseAddress, UInt16(clamping: frame.count)) }
        try unsafe check(output(packet), "frame")
    }

    /// Ends a turn: the card is told of what was queued, and what it has sent comes back.
    ///
    /// - Throws: as `Controller.commit`.
    func finishTurn() throws(DeviceError) {
        try card.commit()
        card.reclaim()
        transmitQueue.takeBack(from: &card)
        if transmitQueue.isWaiting {
            transmitQueue.sendWaiting(card: &card, addresses, &counters)
            try card.commit()
        }
        freeHome()
    }

    /// Frames that the card has reported sent, up to now.
    func countSent() -> UInt64 {
        card.reclaim()
        transmitQueue.takeBack(from: &card)
        return transmitQueue.takenBack &- card.driverCounters.lostFrames
    }

    /// Gives lwIP its packets back, and so the card its buffers: nobody else has the card at hand now.
    private func freeHome() {
        while let packet = unsafe transmitQueue.nextHome() { unsafe pbuf_free(packet) }
    }

    /// Follows the card's link: lwIP announces its addresses when it comes up.
    func setLink(up: Bool) {
        if up { unsafe netif_set_link_up(netif) } else { unsafe netif_set_link_down(netif) }
    }
}
