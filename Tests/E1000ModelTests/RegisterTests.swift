@testable import E1000Model
import Testing

@Suite("Registers of the model")
struct RegisterTests {
    @Test("a read clears ICR and takes the interrupt back; writing ones clears those (13.4.17)")
    func interruptCauses() {
        var rig = Rig()
        rig.write(.IMS, 0xff)
        rig.write(.ICS, 0x91)
        #expect(rig.card.isInterrupting)
        rig.write(.ICR, 0x11)
        #expect(rig.card.isInterrupting)
        #expect(rig.read(.ICR) == 0x80)
        #expect(!rig.card.isInterrupting)
        #expect(rig.read(.ICR) == 0)
    }

    @Test("IMS sets and reads the mask, IMC clears it and reads nothing (13.4.20, 13.4.21); a masked cause still shows in ICR")
    func mask() {
        var rig = Rig()
        rig.write(.IMS, 0x04)
        rig.write(.IMS, 0x80)
        #expect(rig.read(.IMS) == 0x84)
        rig.write(.IMC, 0x04)
        #expect(rig.read(.IMS) == 0x80)
        #expect(rig.read(.IMC) == 0 && rig.read(.ICS) == 0)
        rig.write(.ICS, 0x04)
        #expect(!rig.card.isInterrupting)
        rig.write(.IMS, 0x04)
        #expect(rig.card.isInterrupting)
        #expect(rig.read(.ICR) == 0x04)
    }

    @Test("STATUS and the counters cannot be written; a counter's read clears it (13.7)")
    func readOnly() {
        var rig = Rig()
        let status = rig.read(.STATUS)
        rig.write(.STATUS, ~status)
        #expect(rig.read(.STATUS) == status)
        rig.card[.MPC] = 7
        rig.write(.MPC, 99)
        #expect(rig.read(.MPC) == 7)
        #expect(rig.read(.MPC) == 0)
    }

    @Test("64-bit counters clear with their high half (13.7.31); counters stick at their largest value")
    func wideCounters() {
        var rig = Rig()
        (rig.card[.GOTCL], rig.card[.GOTCH]) = (.max - 10, 3)
        rig.card[.TPT] = .max
        rig.startTransmitting(8)
        rig.fill(0, Rig.frame(length: 60))
        rig.write(.TDT, 1)
        #expect(rig.read(.GOTCL) == 53)
        #expect(rig.read(.GOTCL) == 53)
        #expect(rig.read(.GOTCH) == 4)
        #expect(rig.read(.GOTCL) == 0 && rig.read(.GOTCH) == 0)
        #expect(rig.read(.TPT) == .max)
    }

    @Test("reserved bits stay as they are: base addresses are of 16 bytes, lengths of 128 (13.4.25, 13.4.27)")
    func reservedBits() {
        var rig = Rig()
        rig.write(.RDBAL, .max)
        rig.write(.RDLEN, .max)
        rig.write(.TDLEN, 0x12345)
        #expect(rig.read(.RDBAL) == 0xffff_fff0)
        #expect(rig.read(.RDLEN) == 0x000f_ff80)
        #expect(rig.read(.TDLEN) == 0x12300)
    }

    @Test("PBA divides the packet memory: what software gives the receiver, the transmitter has not (13.4.16)")
    func packetMemory() {
        var rig = Rig()
        #expect(rig.read(.PBA) == 16 << 16 | 48)
        rig.write(.PBA, 0xffff_ff80 | 40)
        #expect(rig.read(.PBA) == 24 << 16 | 40)
    }

    @Test("reserved bits of thresholds, FIFO pointers and flow control stay 0 (13.4.23, 13.4.24, 13.4.46, 13.8.1)")
    func reservedFields() {
        var rig = Rig()
        for (register, bits) in [
            (ModelRegister.FCRTL, UInt32(0x8000_fff8)), (.FCRTH, 0x8000_fff8), (.RXDCTL, 0x013f_3f3f), (.RDFH, 0x1fff), (.AIT, 0xffff),
        ] {
            rig.write(register, .max)
            #expect(rig.read(register) == bits)
        }
    }

    @Test("the wake-up packet is written for diagnosis and outlives a reset (13.6.7, 13.6.8, 14.7)")
    func wakeUpPacket() {
        var rig = Rig()
        rig.write(.WUPL, 0xffff_f123)
        rig.write(0x5a7c, 0x1234_5678)
        rig.write(.CTRL, 1 << 26)
        rig.advance(by: 2000)
        #expect(rig.read(.WUPL) == 0x123 && rig.card.read(0x5a7c) == 0x1234_5678)
    }

    @Test("RST clears itself, resets the rings and masks, leaves the multicast table; 1 µs must pass (13.4.1)")
    func reset() {
        var rig = Rig()
        rig.write(.IMS, 0xff)
        rig.write(.TDLEN, 1024)
        rig.write(0x5200, 0x1234)
        rig.write(.CTRL, 1 << 26 | 1 << 6)
        #expect(rig.card.violations.isEmpty)
        #expect(rig.read(.CTRL) & 1 << 26 != 0)
        #expect(rig.card.violations == [.accessDuringReset(offset: 0)])
        rig.advance(by: 1000)
        #expect(rig.read(.CTRL) == 0x0201)
        #expect(rig.read(.IMS) == 0 && rig.read(.TDLEN) == 0)
        #expect(rig.card.read(0x5200) == 0x1234)
        // The station address is there again, and link is down until SLU.
        #expect(rig.card.read(0x5400) == 0x3322_1102 && rig.card.read(0x5404) == 0x8000_5544)
        #expect(!rig.card.isLinkUp)
    }

    @Test("what the manual gives no reset value is not zero, so that a driver has to write it")
    func unspecified() {
        var card = ModelCard(eeprom: ModelEEPROM(address: Rig.address, deviceID: 0x100e))
        #expect(card.read(ModelRegister.TDBAL.rawValue) != 0)
        #expect(card.read(0x5200) != 0 && card.read(0x5600) != 0 && card.read(0x5408) != 0)
        #expect(card.read(ModelRegister.VET.rawValue) != 0x8100 && card.read(ModelRegister.FCTTV.rawValue) != 0)
        // 13.5.3: the valid bit of all but the first address is clear; the address is not.
        for entry in UInt32(1)..<16 { #expect(card.read(0x5404 + entry * 8) & ~0x3_ffff == 0 && card.read(0x5404 + entry * 8) != 0) }
    }

    @Test("EERD answers after its time, with the word (13.4.4); the words add up to 0xBABA")
    func eeprom() {
        var rig = Rig()
        var sum: UInt16 = 0
        for address in 0..<UInt32(64) {
            rig.write(.EERD, address << 8 | 1)
            #expect(rig.read(.EERD) & 1 << 4 == 0)
            rig.advance(by: 20_000)
            let value = rig.read(.EERD)
            #expect(value & 1 << 4 != 0)
            if address == 0 { #expect(value >> 16 == 0x1102) }
            sum &+= UInt16(value >> 16)
        }
        #expect(sum == 0xbaba)
    }

    @Test("a card that has left the bus reads all ones and forgets nothing it is told")
    func gone() {
        var rig = Rig()
        rig.card.faults.isGone = true
        for register in ModelRegister.allCases { #expect(rig.read(register) == .max) }
        rig.write(.IMS, 0xff)
        rig.card.faults.isGone = false
        #expect(rig.read(.IMS) == 0)
    }

    @Test("offsets where no register is read zero and are remembered")
    func unknown() {
        var rig = Rig()
        #expect(rig.card.read(0x4100) == 0 && rig.card.read(0x1_fffc) == 0)
        #expect(rig.card.unknownOffsets == [0x4100, 0x1_fffc])
    }
}

@Suite("Kinds of the model")
struct ModelKindTests {
    @Test("the 82544GC's EEPROM is read a wire at a time (5.3.1), the 82574L's with EERD's bits elsewhere")
    func eeprom() {
        let eeprom = ModelEEPROM(address: Rig.address, deviceID: 0x100c)
        var memory = ArrayMemory(start: 0, size: 16)
        var card = ModelCard(.i82544GC, eeprom: eeprom)
        func wires(_ value: UInt32) { card.write(ModelRegister.EECD.rawValue, value, memory: &memory) }
        for address in 0..<UInt32(64) {
            wires(2)
            // Start, READ, six bits of address: data in on the rising clock.
            for bit in (0..<9).reversed() {
                let data = (0b110 << 6 | address) >> UInt32(bit) & 1
                wires(2 | data << 2)
                wires(2 | data << 2 | 1)
                wires(2 | data << 2)
            }
            #expect(card.read(ModelRegister.EECD.rawValue) & 8 == 0, "a zero comes first")
            var word: UInt16 = 0
            for _ in 0..<16 {
                wires(3)
                word = word << 1 | UInt16(card.read(ModelRegister.EECD.rawValue) >> 3 & 1)
                wires(2)
            }
            wires(0)
            #expect(word == eeprom.words[Int(address)])
        }
        card = ModelCard(.i82574L, eeprom: eeprom)
        card.write(ModelRegister.EERD.rawValue, 2 << 2 | 1, memory: &memory)
        card.advance(to: 20_000, memory: &memory)
        #expect(card.read(ModelRegister.EERD.rawValue) >> 16 == 0x5544)
        #expect(card.read(ModelRegister.EERD.rawValue) & 3 == 2)
        // The 82544 does not answer there.
        card = ModelCard(.i82544GC, eeprom: eeprom)
        card.write(ModelRegister.EERD.rawValue, 1, memory: &memory)
        card.advance(to: 1_000_000_000, memory: &memory)
        #expect(card.read(ModelRegister.EERD.rawValue) >> 16 == 0)
    }

    @Test("registers of the 82574L only are nothing on the others")
    func registers() {
        let eeprom = ModelEEPROM(address: Rig.address, deviceID: 0x100e)
        for kind in ModelKind.allCases {
            var card = ModelCard(kind, eeprom: eeprom)
            _ = card.read(ModelRegister.RFCTL.rawValue)
            #expect(card.unknownOffsets == (kind.isPCIe ? [] : [0x5008]))
        }
    }
}
