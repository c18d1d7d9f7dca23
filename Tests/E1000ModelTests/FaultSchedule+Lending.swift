import E1000
import E1000Model
import TestSupport

/// Buffers in the hands of a program that knows no packets.
extension FaultSchedule {
    struct Loan {
        let address: UnsafeMutableRawPointer
        /// What the program wrote there: the card only reads.
        let bytes: [UInt8]
        /// Which of the frames in it have been sent.
        var next = 0
        /// Frames of it that are on the ring.
        var pending = 0
    }

    struct Loans {
        /// By the buffer's number.
        var open: [Int: Loan] = [:]
        /// Whose frames are on the ring, in their order.
        var onRing: [Int] = []
        /// How many there ever were, so that each has frames of its own.
        var count = 0

        /// Frames that the card is done with.
        mutating func noteDone(_ card: inout Controller) throws {
            let done = Int(card.takeLentDone())
            guard done <= onRing.count else { throw Broken("\(done) lent frames are done, of \(onRing.count)") }
            for buffer in onRing[..<done] { open[buffer]?.pending -= 1 }
            onRing.removeFirst(done)
            guard card.pendingFrames > 0 || onRing.isEmpty else { throw Broken("\(onRing.count) lent frames were never done") }
        }
    }

    private static let framesOfLoan = 3

    /// One of the frames of a lent buffer; there are three such buffers at most.
    ///
    /// - Returns: false when there is no packet or no room.
    mutating func sendLent(_ card: inout Controller) throws -> Bool {
        let unsent = loans.open.keys.filter { loans.open[$0]?.next ?? 0 < Self.framesOfLoan }.sorted()
        guard let buffer = unsent.randomElement(using: &random) ?? lend(&card), let loan = loans.open[buffer] else { return false }
        let place = PacketPool.bufferSize / Self.framesOfLoan * loan.next
        let length = 60 + loan.next * 200
        let frame = UnsafeRawBufferPointer(start: loan.address + place, count: length)
        switch card.append(lent: frame) {
        case .queued:
            accepted.append(Accepted(wire: [Array(loan.bytes[place..<place + length])]))
            loans.open[buffer]?.next += 1
            loans.open[buffer]?.pending += 1
            loans.onRing.append(buffer)
            events.lent += 1
            return true
        case .full: return false
        case .refused: throw Broken("a lent frame of \(length) bytes was refused")
        }
    }

    /// - Returns: the number of the buffer.
    private mutating func lend(_ card: inout Controller) -> Int? {
        guard loans.open.count < 3, var packet = card.packet() else { return nil }
        open(packet, of: card)
        let number = packet.number(in: card)
        var bytes = [UInt8](repeating: 0x3c, count: PacketPool.bufferSize)
        for index in 0..<Self.framesOfLoan {
            // Beyond those of all other frames.
            let frame = HistoryFrames.plain(1 << 30 + loans.count, length: 60 + index * 200)
            let place = PacketPool.bufferSize / Self.framesOfLoan * index
            bytes.replaceSubrange(place..<place + frame.count, with: frame)
            loans.count += 1
        }
        packet.fill(bytes)
        loans.open[number] = Loan(address: card.lend(packet), bytes: bytes)
        hands.insert(number)
        return number
    }

    /// What is not on the ring goes back, or not yet.
    mutating func takeBackSome(_ card: inout Controller) throws {
        let buffers = loans.open.keys.sorted()
        for buffer in buffers where Bool.random(using: &random) { try takeBack(buffer, &card) }
    }

    mutating func takeBackAll(_ card: inout Controller) throws {
        for buffer in loans.open.keys.sorted() { try takeBack(buffer, &card) }
    }

    private mutating func takeBack(_ buffer: Int, _ card: inout Controller) throws {
        guard let loan = loans.open[buffer], loan.pending == 0 else { return }
        let found = Array(UnsafeRawBufferPointer(start: loan.address, count: PacketPool.bufferSize))
        guard HistoryFrames.areEqual(found, loan.bytes) else { throw Broken("a buffer changed while it was lent") }
        card.takeBack(loan.address + Int.random(in: 0..<PacketPool.bufferSize, using: &random))
        loans.open[buffer] = nil
        hands.remove(buffer)
    }
}
