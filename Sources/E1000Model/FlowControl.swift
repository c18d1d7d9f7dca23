/// Pause frames under way (8.7).
struct FlowState: Sendable {
    /// Sending stops until then; `nil`: it does not.
    var pausedUntil: Int64?
    /// XOFF frames since the FIFO filled: one, and one more when it overflows.
    var pausesSent = 0
}

// Flow control (8.7; IEEE 802.3, annex 31B): what MAC control frames do, and when the card sends some.
extension ModelCard {
    private static let pauseOpcode = 0x0001
    /// MAC control frames are as short as frames can be.
    private static let controlFrameLength = 60

    /// The other end has asked for it (STATUS.TXOFF).
    var isPaused: Bool { flow.pausedUntil != nil }

    mutating func resumeSending() {
        flow.pausedUntil = nil
        self[.STATUS] &= ~STATUSBits.TXOFF
    }

    /// Of six bytes.
    private func address(low: UInt32, high: UInt32) -> [UInt8] {
        [low, low >> 8, low >> 16, low >> 24, high, high >> 8].map { UInt8(truncatingIfNeeded: $0) }
    }

    /// Entry 0 of the receive addresses.
    private var stationAddress: [UInt8] {
        let base = Int(RegisterArray.RAR.base >> 2)
        return address(low: words[base], high: words[base + 1])
    }

    private var flowControlAddress: [UInt8] { address(low: self[.FCAL], high: self[.FCAH]) }

    /// The opcode of a MAC control frame for this card; `nil`: another frame (8.7.3).
    private func opcode(of frame: [UInt8]) -> Int? {
        guard frame.count >= Self.controlFrameLength, UInt32(frame[12]) << 8 | UInt32(frame[13]) == self[.FCT],
            frame.starts(with: flowControlAddress) || frame.starts(with: stationAddress)
        else { return nil }
        return Int(frame[14]) << 8 | Int(frame[15])
    }

    /// Nanoseconds of 512 bit times.
    private var pauseQuantum: Int64 {
        switch self[.STATUS] >> STATUSBits.SPEED_SHIFT & 0b11 {
        case 0: 51_200
        case 1: 5120
        default: 512
        }
    }

    /// Does what a MAC control frame says, where CTRL.RFCE lets it; else such a frame is one like any other (8.7.4).
    ///
    /// - Parameter verdict: the address filter's, changed where RCTL.DPF or PMCF decide.
    /// - Returns: true for a pause frame, which the counters of good frames leave out.
    mutating func obey(_ frame: [UInt8], hasGoodCRC: Bool, _ verdict: inout AddressFilter.Verdict) -> Bool {
        guard self[.CTRL] & CTRLBits.RFCE != 0, hasGoodCRC, let opcode = opcode(of: frame) else { return false }
        guard opcode == Self.pauseOpcode else {
            count(.FCRUC)
            if self[.RCTL] & RCTLBits.PMCF != 0 { verdict = .exact }
            return false
        }
        if self[.RCTL] & RCTLBits.DPF != 0 { verdict = .rejected }
        let quanta = Int64(frame[16]) << 8 | Int64(frame[17])
        if quanta == 0 {
            count(.XONRXC)
            resumeSending()
        } else {
            count(.XOFFRXC)
            flow.pausedUntil = now + quanta * pauseQuantum
            self[.STATUS] |= STATUSBits.TXOFF
        }
        return true
    }

    /// Asks the other end to pause once the FIFO is filled to FCRTH, and to go on once it has emptied to FCRTL (8.7.5).
    mutating func controlFlow(memory: inout some BusMemory) {
        let (high, low) = (self[.FCRTH] & FlowThresholdBits.THRESHOLD, self[.FCRTL] & FlowThresholdBits.THRESHOLD)
        guard self[.CTRL] & CTRLBits.TFCE != 0, high > 0 else { return }
        if flow.pausesSent == 0, receiver.fifoBytes >= Int(high) {
            flow.pausesSent = 1
            sendPause(self[.FCTTV], .XOFFTXC, memory: &memory)
        } else if flow.pausesSent > 0, receiver.fifoBytes <= Int(low) {
            flow.pausesSent = 0
            if self[.FCRTL] & FlowThresholdBits.XONE != 0 { sendPause(0, .XONTXC, memory: &memory) }
        }
    }

    /// The FIFO has overflowed: the first pause frame may not have arrived (8.7.5).
    mutating func repeatPause(memory: inout some BusMemory) {
        guard self[.CTRL] & CTRLBits.TFCE != 0, flow.pausesSent == 1 else { return }
        flow.pausesSent = 2
        sendPause(self[.FCTTV], .XOFFTXC, memory: &memory)
    }

    /// Overtakes the frames on the ring, and goes out while those are paused (IEEE 802.3, 31B.3.1).
    private mutating func sendPause(_ quanta: UInt32, _ counter: ModelRegister, memory: inout some BusMemory) {
        guard self[.TCTL] & TCTLBits.EN != 0, isLinkUp || isLoopback else { return }
        var frame = flowControlAddress + stationAddress
        frame += [self[.FCT] >> 8, self[.FCT], 0, UInt32(Self.pauseOpcode), quanta >> 8, quanta].map { UInt8(truncatingIfNeeded: $0) }
        frame += [UInt8](repeating: 0, count: Self.controlFrameLength - frame.count)
        count(counter)
        countDeparture(octets: frame.count + Self.crcLength)
        if isLoopback { receive(frame, hasGoodCRC: true, memory: &memory) } else { transmitted.append(frame) }
    }
}
