import E1000

/// Accesses of a driver to its cards' registers, and the frames that it handed over meanwhile.
struct AccessCount: Codable {
    var frames: UInt64 = 0
    /// Writes of TDT and of RDT.
    var transmitTailWrites: UInt64 = 0
    var receiveTailWrites: UInt64 = 0
    var otherWrites: UInt64 = 0
    var reads: UInt64 = 0

    var all: UInt64 { transmitTailWrites + receiveTailWrites + otherWrites + reads }

    func perFrame(_ count: KeyPath<AccessCount, UInt64>) -> Double { Double(self[keyPath: count]) / Double(max(1, frames)) }

    static func - (left: AccessCount, right: AccessCount) -> AccessCount {
        AccessCount(
            frames: left.frames - right.frames, transmitTailWrites: left.transmitTailWrites - right.transmitTailWrites,
            receiveTailWrites: left.receiveTailWrites - right.receiveTailWrites,
            otherWrites: left.otherWrites - right.otherWrites, reads: left.reads - right.reads)
    }
}

/// Counts what QEMU's trace tells of the accesses to e1000 cards, in a window that frames open and close:
/// what a driver does to set a card up comes before it.
///
/// The frames are counted by what they leave in the trace themselves: TDT's way around its ring, each frame one descriptor.
struct AccessCounter {
    /// The window, once it is complete.
    private(set) var window: AccessCount?

    /// Descriptors of each transmit ring.
    private let ring: UInt64
    private let skip: UInt64
    private let frames: UInt64
    private var total = AccessCount()
    private var opened: AccessCount?
    /// The last TDT of each card, by the address of its registers.
    private var tails: [UInt64: UInt64] = [:]
    private var line: [UInt8] = []

    /// - Parameters:
    ///   - skip: frames until the window opens.
    ///   - frames: frames, at least, until it closes.
    init(ring: UInt64, skip: UInt64, frames: UInt64) { (self.ring, self.skip, self.frames) = (ring, skip, frames) }

    /// The next piece of the trace; lines may be cut anywhere.
    mutating func take(_ bytes: ArraySlice<UInt8>) {
        for byte in bytes {
            if byte != UInt8(ascii: "\n") {
                line.append(byte)
                continue
            }
            if window == nil { examine() }
            line.removeAll(keepingCapacity: true)
        }
    }

    private static let read = Array("memory_region_ops_read".utf8)
    private static let write = Array("memory_region_ops_write".utf8)
    private static let card = Array("'e1000-".utf8)

    /// `memory_region_ops_write cpu 0 mr 0x55d0 addr 0xfebc3818 value 0x12 size 4 name 'e1000-mmio'`
    private mutating func examine() {
        let words = line.split(separator: UInt8(ascii: " "))
        guard words.count == 13, words[12].starts(with: Self.card) else { return }
        if words[0].elementsEqual(Self.read) {
            total.reads += 1
        } else if words[0].elementsEqual(Self.write), let address = Self.number(words[6]), let value = Self.number(words[8]) {
            // A card's registers take 128 KiB, and are aligned to that.
            let offset = UInt32(address % 0x20000)
            switch offset {
            case TDT.offset: moved(cardAt: address - UInt64(offset), to: value)
            case RDT.offset: total.receiveTailWrites += 1
            default: total.otherWrites += 1
            }
        }
    }

    private mutating func moved(cardAt card: UInt64, to tail: UInt64) {
        total.transmitTailWrites += 1
        if let last = tails.updateValue(tail, forKey: card) { total.frames += (tail % ring + ring - last % ring) % ring }
        if let opened {
            if total.frames - opened.frames >= frames { window = total - opened }
        } else if total.frames >= skip {
            opened = total
        }
    }

    private static func number(_ word: ArraySlice<UInt8>) -> UInt64? {
        UInt64(String(decoding: word.dropFirst(2), as: UTF8.self), radix: 16)
    }
}
