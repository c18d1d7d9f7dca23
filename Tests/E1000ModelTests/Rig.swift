@testable import E1000Model

/// A model with memory and rings, driven by hand.
struct Rig {
    static let start: UInt64 = 0x2_0000_0000
    static let receiveRing = start, transmitRing = start + 0x1000
    static let receiveBuffers = start + 0x10000, transmitBuffers = start + 0x40000
    static let address: [UInt8] = [0x02, 0x11, 0x22, 0x33, 0x44, 0x55]

    var card: ModelCard
    var memory: ArrayMemory

    /// The link is up.
    init(negotiationTime: Int64 = 1000) {
        card = ModelCard(eeprom: ModelEEPROM(address: Self.address, deviceID: 0x100e), negotiationTime: negotiationTime)
        memory = ArrayMemory(start: Self.start, size: 0x80000)
        write(.CTRL, 1 << 6)
        for index in 0..<UInt32(128) {
            write(0x5200 + index * 4, 0)
            write(0x5600 + index * 4, 0)
        }
        _ = read(.ICR)
    }

    mutating func read(_ register: ModelRegister) -> UInt32 { card.read(register.rawValue) }
    mutating func write(_ register: ModelRegister, _ value: UInt32) { write(register.rawValue, value) }
    mutating func write(_ offset: UInt32, _ value: UInt32) { card.write(offset, value, memory: &memory) }
    mutating func advance(by nanoseconds: Int64) { card.advance(to: card.now + nanoseconds, memory: &memory) }
    mutating func arrive(_ frame: [UInt8], hasGoodCRC: Bool = true) {
        card.arrive(frame, hasGoodCRC: hasGoodCRC, memory: &memory)
    }

    func word(_ address: UInt64) -> UInt64 { memory.loadWord(at: address) ?? .max }
    mutating func put(_ word: UInt64, _ address: UInt64) { _ = memory.storeWord(word, at: address) }

    // MARK: Receive

    /// A ring of descriptors with buffers of 2 KB; all but one are the card's.
    mutating func startReceiving(_ count: UInt32, control: UInt32 = 1 << 15 | 1 << 26) {
        write(.RDBAL, UInt32(truncatingIfNeeded: Self.receiveRing))
        write(.RDBAH, UInt32(Self.receiveRing >> 32))
        write(.RDLEN, count * 16)
        write(.RDH, 0)
        write(.RDT, 0)
        for position in 0..<count { arm(position) }
        write(.RDT, count - 1)
        write(.RCTL, control | 1 << 1)
    }

    mutating func arm(_ position: UInt32) {
        put(Self.receiveBuffers + UInt64(position) * 2048, Self.receiveRing + UInt64(position) * 16)
        put(0, Self.receiveRing + UInt64(position) * 16 + 8)
    }

    /// Second word of a receive descriptor.
    func received(_ position: UInt32) -> UInt64 { word(Self.receiveRing + UInt64(position) * 16 + 8) }

    func receivedBytes(_ position: UInt32) -> [UInt8] {
        memory.load(Int(received(position) & 0xffff), at: Self.receiveBuffers + UInt64(position) * 2048) ?? []
    }

    // MARK: Transmit

    mutating func startTransmitting(_ count: UInt32, control: UInt32 = 1 << 3) {
        write(.TDBAL, UInt32(truncatingIfNeeded: Self.transmitRing))
        write(.TDBAH, UInt32(Self.transmitRing >> 32))
        write(.TDLEN, count * 16)
        write(.TDH, 0)
        write(.TDT, 0)
        write(.TCTL, control | 1 << 1)
    }

    /// Fills a descriptor and its buffer of 8 KB. EOP, IFCS and RS unless told otherwise.
    mutating func fill(_ position: UInt32, _ frame: [UInt8], command: UInt64 = 1 << 24 | 1 << 25 | 1 << 27) {
        let buffer = Self.transmitBuffers + UInt64(position) * 8192
        _ = memory.store(frame[...], at: buffer)
        put(buffer, Self.transmitRing + UInt64(position) * 16)
        put(UInt64(frame.count) | command, Self.transmitRing + UInt64(position) * 16 + 8)
    }

    func sentWord(_ position: UInt32) -> UInt64 { word(Self.transmitRing + UInt64(position) * 16 + 8) }

    // MARK: Frames

    static func frame(to address: [UInt8] = address, length: Int = 60, fill: UInt8 = 0x5a) -> [UInt8] {
        address + [0x02, 0, 0, 0, 0, 1, 0x88, 0xb5] + [UInt8](repeating: fill, count: length - 14)
    }
    static let broadcast: [UInt8] = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff]
}
