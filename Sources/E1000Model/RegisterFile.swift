/// Register reads and writes: access modes, reserved bits, and what an access sets off.
extension ModelCard {
    /// One 32-bit load from BAR0.
    ///
    /// - Parameter offset: a multiple of 4 below `barSize`.
    public mutating func read(_ offset: UInt32) -> UInt32 {
        if faults.isGone { return .max }
        checkReset(offset)
        let index = Int(offset >> 2)
        guard index < words.count, let definition = RegisterDefinition.table[index], kind.isPCIe || !definition.isPCIeOnly else {
            unknownOffsets.insert(offset)
            return 0
        }
        switch ModelRegister(rawValue: offset) {
        case .ICR:
            defer { acknowledge(.max) }
            return interrupts.causes
        case .IMS: return interrupts.mask
        case .EECD: return words[index] | (microwire.output && !faults.eepromHangs ? Microwire.DO : 0)
        default: break
        }
        switch definition.access {
        case .writeOnly: return 0
        case .clearOnRead:
            defer {
                words[index] = 0
                if let register = ModelRegister(rawValue: offset), let low = Self.lowHalf(of: register) { self[low] = 0 }
            }
            return words[index]
        case .readWrite, .readOnly, .clearWithHigh: return words[index]
        }
    }

    /// The low half of a 64-bit counter.
    private static func lowHalf(of register: ModelRegister) -> ModelRegister? {
        switch register {
        case .GORCH: .GORCL
        case .GOTCH: .GOTCL
        case .TORH: .TORL
        case .TOTH: .TOTL
        default: nil
        }
    }

    private mutating func acknowledge(_ causes: UInt32) {
        interrupts.clear(causes)
        interrupts.update(now: now, toLose: &faults.interruptsToLose)
    }

    private mutating func checkReset(_ offset: UInt32) {
        if resetDoneAt != nil { violations.append(.accessDuringReset(offset: offset)) }
    }

    /// One 32-bit store to BAR0.
    ///
    /// - Parameters:
    ///   - offset: a multiple of 4 below `barSize`.
    ///   - value: what is stored.
    ///   - memory: what the card's DMA reaches.
    public mutating func write(_ offset: UInt32, _ value: UInt32, memory: inout some BusMemory) {
        if faults.isGone { return }
        checkReset(offset)
        let index = Int(offset >> 2)
        guard index < words.count, let definition = RegisterDefinition.table[index], kind.isPCIe || !definition.isPCIeOnly else {
            unknownOffsets.insert(offset)
            return
        }
        switch definition.access {
        case .readOnly, .clearOnRead, .clearWithHigh: return
        case .readWrite, .writeOnly: break
        }
        let old = words[index]
        let new = old & ~definition.writable | value & definition.writable
        if let register = ModelRegister(rawValue: offset) {
            store(register, old: old, new)
        } else {
            words[index] = new
        }
        if ModelRegister(rawValue: offset) == .RDT { prefetch(memory: memory) }
        fire(memory: &memory)
    }

    private mutating func store(_ register: ModelRegister, old: UInt32, _ new: UInt32) {
        switch register {
        case .ICR: acknowledge(new)
        case .ICS: interrupts.raise(new)
        case .IMS: interrupts.mask |= new
        case .IMC: interrupts.mask &= ~new
        case .CTRL:
            self[.CTRL] = new & ~(CTRLBits.RST | CTRLBits.PHY_RST)
            if new & CTRLBits.PHY_RST != 0 { phy.reset(now: now) }
            if new & CTRLBits.RST != 0 { reset() }
        case .EECD:
            self[.EECD] = new
            microwire.write(new, eeprom.words)
        case .EERD:
            self[.EERD] = new & ~kind.eepromDone & 0xffff
            if new & EERDBits.START != 0, kind.hasEERD, !faults.eepromHangs { eepromDoneAt = now + 20_000 }
        case .MDIC:
            self[.MDIC] = new & ~(MDICBits.R | MDICBits.E)
            // 64 bit times of the management clock at 2.5 MHz, and as many of preamble.
            if !faults.mdioHangs { mdioDoneAt = now + 51_200 }
        case .PBA:
            self[.PBA] = min(new & 0x7f, kind.packetMemory) | (kind.packetMemory - min(new & 0x7f, kind.packetMemory)) << 16
        case .ITR:
            self[.ITR] = new
            interrupts.throttle = Int64(new) * 256
        case .RDTR:
            self[.RDTR] = new & 0xffff
            // FPD (13.4.30): a running timer ends now.
            if new & 1 << 31 != 0, receiveTimers.stop() { interrupts.raise(ModelCause.RXT0) }
        case .RDH, .TDH:
            let isRunning = register == .RDH ? self[.RCTL] & RCTLBits.EN != 0 : self[.TCTL] & TCTLBits.EN != 0
            if isRunning { violations.append(.headWrittenWhileRunning(register)) }
            self[register] = new
            if register == .RDH { receiver.buffers.removeAll() }
        case .RDBAL, .RDBAH, .RDLEN:
            // Another ring: no descriptor of it is the card's yet.
            self[register] = new
            receiver.buffers.removeAll()
        default: self[register] = new
        }
    }

    /// An MDIO transaction ends (13.4.7): R, and E when there is no such PHY or operation.
    mutating func finishMDIO() {
        mdioDoneAt = nil
        let command = self[.MDIC]
        let operation = command >> 26 & 0b11
        let register = command >> 16 & 0x1f
        var result = command | MDICBits.R
        if command >> 21 & 0x1f != ModelPHY.address {
            result |= MDICBits.E
        } else if operation == MDICBits.READ {
            result = result & ~0xffff | UInt32(phy.read(register))
        } else if operation == MDICBits.WRITE {
            phy.write(register, UInt16(truncatingIfNeeded: command), now: now)
        } else {
            result |= MDICBits.E
        }
        self[.MDIC] = result
        if command & MDICBits.I != 0 { interrupts.raise(ModelCause.MDAC) }
    }
}
