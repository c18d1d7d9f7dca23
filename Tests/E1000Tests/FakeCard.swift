import DeviceAccess
@testable import E1000

/// A card that answers just enough for the driver to come up, and misbehaves on demand.
final class FakeCard: RemoteRegisters, DeviceBackend {
    private let fake = FakeMemory()
    /// Every register write, in order.
    var written: [(offset: UInt32, value: UInt32)] = []
    var interruptsEnabled = 0

    // What can go wrong.
    var isGone = false
    var hasLink = true
    var resetHangs = false
    var eepromHangs = false
    var eepromSum = EEPROM.checksum
    /// Sends what it is told at once; else only when an interrupt is waited for; else never.
    enum Sending { case atOnce, late, never }
    var sending = Sending.atOnce

    private var control: UInt32 = 0
    /// What RCTL and TCTL hold.
    var enables: [UInt32: UInt32] = [:]
    private var eepromAddress: UInt32 = 0
    private var transmitBase: UInt32 = 0
    private var transmitCount: UInt32 = 0
    private var head: UInt32 = 0
    private var tail: UInt32 = 0

    func device(id: UInt16 = 0x100e) -> Device {
        Device(
            name: "fake", wayIn: "fake", deviceID: id, isEmulated: false,
            registers: RegisterSpace(remote: self, size: 0x20000), dma: fake.memory, backend: self)
    }

    func read(_ offset: UInt32) throws(DeviceError) -> UInt32 {
        if isGone { return .max }
        switch offset {
        case CTRL.offset: return control
        case STATUS.offset: return (hasLink ? STATUS.LU : 0) | STATUS.FD | 2 << STATUS.SPEED_SHIFT
        case RCTL.offset, TCTL.offset: return enables[offset] ?? 0
        case EERD.offset: return eepromHangs ? 0 : EERD.DONE | UInt32(word(eepromAddress)) << EERD.DATA_SHIFT
        default: return 0
        }
    }

    func write(_ offset: UInt32, _ value: UInt32) throws(DeviceError) {
        written.append((offset, value))
        switch offset {
        case CTRL.offset: control = resetHangs ? value : value & ~CTRL.RST
        case RCTL.offset, TCTL.offset: enables[offset] = value
        case EERD.offset: eepromAddress = value >> EERD.ADDR_SHIFT & 0xff
        case TDBAL.offset: transmitBase = value
        case TDLEN.offset: transmitCount = value / 16
        case TDH.offset: head = value
        case TDT.offset:
            tail = value
            if sending == .atOnce { send() }
        default: break
        }
    }

    /// MAC 02:00:00:00:00:01, and a last word that makes the sum.
    private func word(_ address: UInt32) -> UInt16 {
        switch address {
        case 0: 0x0002
        case 2: 0x0100
        case 63: eepromSum &- 0x0102
        default: 0
        }
    }

    private func send() {
        while head != tail {
            fake.status(of: Int(head), ring: UInt64(transmitBase)).pointee |= TransmitDescriptor.DD
            head = (head + 1) % transmitCount
        }
    }

    func enableInterrupt() throws(DeviceError) { interruptsEnabled += 1 }

    func waitForInterrupt(nanoseconds: Int64, wake: Int32) throws(DeviceError) -> Bool {
        if sending == .late { send() }
        return sending == .late
    }

    func close() {}
}
