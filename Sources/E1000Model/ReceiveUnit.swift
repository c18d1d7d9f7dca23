/// What the receiver holds between frames.
struct ReceiveState: Sendable {
    struct Stored: Sendable {
        /// As they go to memory: without a stripped tag, with a CRC that is not stripped.
        let bytes: [UInt8]
        let status: UInt8
        let errors: UInt8
        let checksum: UInt16
        let special: UInt16
    }

    /// The receive part of the packet buffer.
    var fifo: [Stored] = []
    var fifoBytes = 0
    /// Bytes of the first frame of the FIFO that are in memory.
    var written = 0
    /// Buffers of the descriptors that the card owns, by ring position: fetched when the tail made them the card's.
    var buffers = OwnedBuffers()
}

extension ModelCard {
    var receiveRing: RingIndices? { RingIndices(count: self[.RDLEN] / 16, head: self[.RDH], tail: self[.RDT]) }
    private var receiveBase: UInt64 { UInt64(self[.RDBAH]) << 32 | UInt64(self[.RDBAL]) }

    /// RCTL.BSIZE and BSEX (13.4.22), bytes.
    var receiveBufferSize: Int {
        let size = 2048 >> Int(self[.RCTL] >> RCTLBits.BSIZE_SHIFT & 0b11)
        return self[.RCTL] & RCTLBits.BSEX != 0 ? size * 16 : size
    }

    /// What is sent comes back: MAC or transceiver loopback (RCTL.LBM), or the PHY's.
    var isLoopback: Bool { self[.RCTL] >> RCTLBits.LBM_SHIFT & 0b11 != 0 || phy.isLoopback }

    /// A tail write made descriptors the card's: it fetches their addresses, as silicon does ahead of the frames.
    mutating func prefetch(memory: some BusMemory) {
        guard let ring = receiveRing else {
            if self[.RDLEN] != 0 || self[.RDT] != 0 { violations.append(.beyondRing(register: .RDT, value: self[.RDT])) }
            return
        }
        // Backwards from the tail to the first that was fetched before.
        var position = ring.tail
        while position != ring.head {
            position = ring.previous(position)
            guard receiver.buffers[position] == nil else { return }
            let descriptor = receiveBase + UInt64(position) * 16
            guard let address = memory.loadWord(at: descriptor) else { return halt(.illegalRead(address: descriptor, count: 16)) }
            if !receiver.buffers.insert(address, at: position, size: receiveBufferSize) {
                violations.append(.sharedBuffer(address: address))
            }
        }
    }

    /// A frame comes in from the wire.
    ///
    /// - Parameters:
    ///   - frame: from the destination address on, without the CRC.
    ///   - hasGoodCRC: false: it was damaged on its way.
    ///   - memory: what the card's DMA reaches.
    public mutating func arrive(_ frame: [UInt8], hasGoodCRC: Bool = true, memory: inout some BusMemory) {
        guard isLinkUp, !isLoopback, !faults.isGone else { return }
        let wasPaused = isPaused
        receive(frame, hasGoodCRC: hasGoodCRC, memory: &memory)
        // XON: what waits on the ring goes out.
        if wasPaused && !isPaused { runTransmitter(memory: &memory) }
        interrupts.update(now: now, toLose: &faults.interruptsToLose)
    }

    mutating func receive(_ frame: [UInt8], hasGoodCRC: Bool, memory: inout some BusMemory) {
        let control = self[.RCTL]
        guard control & RCTLBits.EN != 0, frame.count >= 14 else { return }
        let octets = frame.count + Self.crcLength
        countArrival(octets: octets)

        let rar = Int(RegisterArray.RAR.base >> 2)
        let mta = Int(RegisterArray.MTA.base >> 2)
        let vfta = Int(RegisterArray.VFTA.base >> 2)
        let filter = AddressFilter(
            control: control, exact: words[rar..<rar + 32], hashes: words[mta..<mta + 128], vlans: words[vfta..<vfta + 128])
        var verdict = filter.verdict(frame[0..<6])
        let isFlowControl = obey(frame, hasGoodCRC: hasGoodCRC, &verdict)
        let isTagged = frame.count >= 16 && UInt32(frame[12]) << 8 | UInt32(frame[13]) == self[.VET]
        let tag = isTagged ? UInt16(frame[14]) << 8 | UInt16(frame[15]) : nil
        guard verdict != .rejected, filter.passes(tag: tag) else { return }

        if octets < 64 { count(hasGoodCRC ? .RUC : .RFC) }
        let isLong = octets > (control & RCTLBits.LPE != 0 ? 16384 : 1522)
        if isLong { count(hasGoodCRC ? .ROC : .RJC) }
        if octets < 64 || isLong { count(.RLEC) }
        if !hasGoodCRC, octets >= 64, !isLong { count(.CRCERRS) }
        let isBad = octets < 64 || isLong || !hasGoodCRC
        guard !isBad || (control & RCTLBits.SBP != 0 && octets <= 16384) else { return }

        guard receiver.fifoBytes + octets <= Int(self[.PBA] & 0xffff) * 1024 else {
            count(.MPC)
            interrupts.raise(ModelCause.RXO)
            repeatPause(memory: &memory)
            return
        }
        if !isFlowControl {
            if let ring = receiveRing, ring.owned == 0 { count(.RNBC) }
            if !isBad { countReceived(frame) }
        }
        receiver.fifo.append(stored(frame, tag: tag, isInexact: verdict == .inexact, hasGoodCRC: hasGoodCRC))
        receiver.fifoBytes += octets
        runReceiver(memory: &memory)
    }

    /// TCP and UDP over IPv6: the 82544 cannot, the 82574L does unless RFCTL forbids it, the others when they are told to.
    private var checksIPv6: Bool {
        switch kind {
        case .i82544GC: false
        case .i82574L: self[.RFCTL] & RFCTLBits.IPV6_XSUM_DIS == 0
        case .i82540EM, .i82545EM: self[.RXCSUM] & RXCSUMBits.IPV6OFL != 0
        }
    }

    private func checkReceived(_ frame: [UInt8]) -> (status: UInt8, errors: UInt8) {
        E1000Model.checkReceived(frame, control: self[.RXCSUM], withIPv6: checksIPv6, tellsUDP: kind.isPCIe)
    }

    /// A frame as it goes to memory, and what its descriptor says.
    private func stored(_ frame: [UInt8], tag: UInt16?, isInexact: Bool, hasGoodCRC: Bool) -> ReceiveState.Stored {
        let control = self[.RCTL]
        let check = checkReceived(frame)
        var status = check.status | (isInexact ? ReceiveStatus.PIF : 0)
        var bytes = frame
        if control & RCTLBits.SECRC == 0 { bytes += frameCheckSequence(frame).map { hasGoodCRC ? $0 : ~$0 } }
        // VLAN stripping (9.2): VP and the tag in the special field, only where CTRL.VME is set.
        let strips = tag != nil && self[.CTRL] & CTRLBits.VME != 0
        if strips {
            bytes.removeSubrange(12..<16)
            status |= ReceiveStatus.VP
        }
        // Over what goes to memory: without a stripped tag or CRC (13.4.47).
        let start = min(Int(self[.RXCSUM] & RXCSUMBits.PCSS), bytes.count)
        return ReceiveState.Stored(
            bytes: bytes, status: status, errors: check.errors | (hasGoodCRC ? 0 : ReceiveErrors.CE),
            checksum: onesComplementSum(bytes[start...]), special: strips ? tag ?? 0 : 0)
    }

    /// Moves frames from the FIFO to memory while there are descriptors (3.2.6).
    mutating func runReceiver(memory: inout some BusMemory) {
        let size = receiveBufferSize
        while self[.RCTL] & RCTLBits.EN != 0, canAccessMemory,
            let frame = receiver.fifo.first, var ring = receiveRing, ring.owned > 0 {
            let descriptor = receiveBase + UInt64(ring.head) * 16
            guard let address = memory.loadWord(at: descriptor) else { return halt(.illegalRead(address: descriptor, count: 16)) }
            let fetched = receiver.buffers[ring.head] ?? address
            if fetched != address { violations.append(.descriptorChanged(position: ring.head)) }

            let chunk = frame.bytes[receiver.written..<min(receiver.written + size, frame.bytes.count)]
            guard memory.store(chunk, at: fetched) else { return halt(.illegalWrite(address: fetched, count: chunk.count)) }
            let isLast = chunk.endIndex == frame.bytes.count
            complete(descriptor, frame, length: chunk.count, isLast: isLast, memory: &memory)

            receiver.buffers.remove(ring.head)
            ring.advanceHead()
            self[.RDH] = ring.head
            if isLast {
                receiver.fifo.removeFirst()
                receiver.fifoBytes -= frame.bytes.count + (self[.RCTL] & RCTLBits.SECRC != 0 ? Self.crcLength : 0)
                receiver.fifoBytes = max(0, receiver.fifoBytes)
                receiver.written = 0
            } else {
                receiver.written = chunk.endIndex
            }
            // RDMTS: a half, a quarter or an eighth of the ring is left.
            let threshold = ring.count >> (1 + (self[.RCTL] >> RCTLBits.RDMTS_SHIFT & 0b11))
            if ring.owned == threshold { interrupts.raise(ModelCause.RXDMT0) }
        }
        controlFlow(memory: &memory)
    }

    private mutating func complete(
        _ descriptor: UInt64, _ frame: ReceiveState.Stored, length: Int, isLast: Bool, memory: inout some BusMemory
    ) {
        let lie = faults.receiveLie
        let status = lie?.status ?? (frame.status | (isLast ? ReceiveStatus.EOP : 0))
        let errors = lie?.errors ?? (isLast ? frame.errors : 0)
        let word = UInt64(lie?.length ?? UInt16(length)) | UInt64(frame.checksum) << 16
            | UInt64(status | ReceiveStatus.DD) << 32 | UInt64(errors) << 40 | UInt64(frame.special) << 48
        schedule(
            faults.receiveDone, address: descriptor + 8, word: word, isReceive: true, isDelayed: true,
            length: isLast ? frame.bytes.count : 0, memory: &memory)
    }
}
