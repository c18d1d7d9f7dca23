import E1000
@testable import E1000Model
import Testing

/// A pause frame, or another MAC control frame.
private func control(
    _ quanta: Int, to address: [UInt8] = FlowControlTests.group, type: [UInt8] = [0x88, 0x08], opcode: UInt8 = 1
) -> [UInt8] {
    address + [0x02, 0, 0, 0, 0, 9] + type + [0, opcode, UInt8(quanta >> 8), UInt8(quanta & 0xff)] + [UInt8](repeating: 0, count: 42)
}

@Suite("Flow control of the model (8.7)")
struct FlowControlTests {
    fileprivate static let group: [UInt8] = [0x01, 0x80, 0xc2, 0x00, 0x00, 0x01]
    private static let txoff: UInt32 = 1 << 4

    /// Sending and receiving, with the standard's address and type.
    private func rig(_ control: UInt32 = 1 << 27, receiveControl: UInt32 = 1 << 15 | 1 << 26) -> Rig {
        var rig = Rig()
        rig.write(.CTRL, 1 << 6 | control)
        rig.write(.FCAL, 0x00c2_8001)
        rig.write(.FCAH, 0x0100)
        rig.write(.FCT, 0x8808)
        rig.write(.FCTTV, 0x1234)
        rig.startReceiving(8, control: receiveControl)
        rig.startTransmitting(8)
        return rig
    }

    private func isPaused(_ rig: inout Rig) -> Bool { rig.read(.STATUS) & Self.txoff != 0 }

    @Test("XOFF stops sending for its time of 512 bit times each, at every speed; another one begins anew", arguments: [UInt32(0), 1, 2])
    func xoff(speed: UInt32) {
        // A forced speed.
        var rig = rig(1 << 27 | 1 << 11 | speed << 8)
        let quantum = [51_200, 5120, 512][Int(speed)]
        rig.arrive(control(100))
        #expect(isPaused(&rig))
        rig.fill(0, Rig.frame())
        rig.write(.TDT, 1)
        rig.advance(by: Int64(100 * quantum - 1))
        #expect(rig.card.takeTransmitted().isEmpty && rig.read(.TDH) == 0)
        rig.arrive(control(7))
        rig.advance(by: Int64(7 * quantum - 1))
        #expect(rig.card.takeTransmitted().isEmpty && isPaused(&rig))
        rig.advance(by: 1)
        #expect(rig.card.takeTransmitted() == [Rig.frame()])
        #expect(!isPaused(&rig))
        #expect(rig.read(.XOFFRXC) == 2 && rig.read(.XONRXC) == 0)
    }

    @Test("XON, to the group or to the station, ends a pause at once; a reset ends it too")
    func xon() {
        for address in [Self.group, Rig.address] {
            var rig = rig()
            rig.arrive(control(0xffff, to: address))
            rig.fill(0, Rig.frame())
            rig.write(.TDT, 1)
            #expect(rig.card.takeTransmitted().isEmpty)
            rig.arrive(control(0, to: address))
            #expect(rig.card.takeTransmitted() == [Rig.frame()])
            #expect(!isPaused(&rig))
            #expect(rig.read(.XOFFRXC) == 1 && rig.read(.XONRXC) == 1)
        }
        var rig = rig()
        rig.arrive(control(0xffff))
        rig.write(.CTRL, 1 << 26)
        rig.advance(by: 2000)
        #expect(!isPaused(&rig) && rig.card.nextEvent == nil)
    }

    @Test("what is no pause frame pauses nothing: another address, type or opcode, a bad CRC, too short; nor does any without RFCE")
    func notPause() {
        var other = rig()
        for frame in [
            control(9, to: [0x01, 0x80, 0xc2, 0x00, 0x00, 0x0e]), control(9, to: Rig.broadcast), control(9, type: [0x08, 0x00]),
            control(9, opcode: 2), Array(control(9).prefix(40)),
        ] { other.arrive(frame) }
        other.arrive(control(9), hasGoodCRC: false)
        #expect(!isPaused(&other) && other.read(.XOFFRXC) == 0)
        // Control frames of another opcode.
        #expect(other.read(.FCRUC) == 1)

        var off = rig(0)
        off.arrive(control(9))
        off.arrive(control(9, opcode: 2))
        #expect(!isPaused(&off) && off.read(.XOFFRXC) == 0 && off.read(.FCRUC) == 0)
    }

    @Test(
        "to the host: pause frames as the filters say, none with DPF; others of RFCE's with PMCF, whatever the filters say (13.4.22)",
        arguments: [
            // DPF, PMCF, opcode, to the station: received?
            (UInt32(0), UInt32(0), UInt8(1), true, true), (0, 0, 1, false, false), (1, 0, 1, true, false), (1, 1, 1, false, false),
            (0, 0, 2, true, true), (0, 0, 2, false, false), (0, 1, 2, false, true), (1, 1, 2, true, true), (1, 0, 2, true, true),
        ])
    func toHost(discards: UInt32, passes: UInt32, opcode: UInt8, isOurs: Bool, isReceived: Bool) {
        var rig = rig(receiveControl: 1 << 15 | 1 << 26 | discards << 22 | passes << 23)
        let frame = control(9, to: isOurs ? Rig.address : Self.group, opcode: opcode)
        rig.arrive(frame)
        #expect(rig.read(.RDH) == (isReceived ? 1 : 0))
        if isReceived { #expect(rig.receivedBytes(0) == frame) }
        // A pause frame is obeyed in any case, and no good frame to the counters (13.7.27).
        #expect(isPaused(&rig) == (opcode == 1))
        #expect(rig.read(.GPRC) == (isReceived && opcode != 1 ? 1 : 0) && rig.read(.TPR) == 1)
        #expect(rig.read(.PRC64) == (isReceived && opcode != 1 ? 1 : 0))
    }

    @Test("without RFCE a pause frame is one like any other, DPF or not")
    func withoutRFCE() {
        var rig = rig(0, receiveControl: 1 << 15 | 1 << 26 | 1 << 22)
        rig.arrive(control(9, to: Rig.address))
        #expect(rig.read(.RDH) == 1 && rig.read(.GPRC) == 1)
    }

    /// Takes its frames off the ring: descriptors are the card's again.
    private func release(_ rig: inout Rig, upTo tail: UInt32) {
        for position in 0..<8 where UInt32(position) != tail { rig.arm(UInt32(position)) }
        rig.write(.RDT, tail)
    }

    @Test("XOFF once the FIFO fills to FCRTH, once more when it overflows, XON once it has emptied to FCRTL, where XONE asks for that")
    func thresholds() {
        for sendsXON in [true, false] {
            var rig = rig(1 << 28)
            rig.write(.PBA, 8)
            rig.write(.FCRTH, 4096)
            rig.write(.FCRTL, 2048 | (sendsXON ? 1 << 31 : 0))
            let frame = Rig.frame(length: 1020)
            // Seven descriptors, then three frames of 1024 bytes in the FIFO.
            for _ in 0..<10 { rig.arrive(frame) }
            #expect(rig.card.takeTransmitted().isEmpty)
            rig.arrive(frame)
            let xoff = Self.group + Rig.address + [0x88, 0x08, 0, 1, 0x12, 0x34] + [UInt8](repeating: 0, count: 42)
            #expect(rig.card.takeTransmitted() == [xoff])
            for _ in 0..<4 { rig.arrive(frame) }
            #expect(rig.card.takeTransmitted().isEmpty)
            for _ in 0..<3 { rig.arrive(frame) }
            #expect(rig.card.takeTransmitted() == [xoff])
            #expect(rig.read(.MPC) == 3)
            // Five of the eight leave the FIFO.
            release(&rig, upTo: 4)
            #expect(rig.card.takeTransmitted().isEmpty)
            release(&rig, upTo: 5)
            let xon = Self.group + Rig.address + [0x88, 0x08, 0, 1] + [UInt8](repeating: 0, count: 44)
            #expect(rig.card.takeTransmitted() == (sendsXON ? [xon] : []))
            #expect(rig.read(.XOFFTXC) == 2 && rig.read(.XONTXC) == (sendsXON ? 1 : 0))
            // In no counter of good frames.
            #expect(rig.read(.GPTC) == 0 && rig.read(.MPTC) == 0 && rig.read(.PTC64) == 0)
            #expect(rig.read(.TPT) == (sendsXON ? 3 : 2))
        }
    }

    @Test("none is sent without TFCE, a threshold, a transmitter or a link; those that are overtake a pause of the other end's")
    func limits() {
        func sent(_ control: UInt32, threshold: UInt32 = 1024, _ change: (inout Rig) -> Void = { _ in }) -> Int {
            var rig = rig(control)
            rig.write(.FCRTH, threshold)
            change(&rig)
            for _ in 0..<20 { rig.arrive(Rig.frame(length: 1020)) }
            return rig.card.takeTransmitted().count
        }
        #expect(sent(1 << 28) == 1)
        #expect(sent(0) == 0)
        #expect(sent(1 << 28, threshold: 0) == 0)
        #expect(sent(1 << 28) { $0.write(.TCTL, 0) } == 0)
        #expect(sent(1 << 28) { $0.card.setCable(false) } == 0)
        #expect(sent(1 << 27 | 1 << 28) { $0.arrive(control(0xffff)) } == 1)
    }
}

@Suite("Flow control of the driver, on a card of our own")
struct DriverFlowControlTests {
    @Test("a pause holds back what is on the ring, however long; it is no hang, and everything follows after it", arguments: ModelKind.allCases)
    func receive(kind: ModelKind) throws {
        var driven = try DrivenCard(kind)
        try driven.card.setFlowControl(.receive)
        driven.sim.deliver(control(0xffff))
        let frames = (0..<20).map { Rig.frame(length: 60 + $0) }
        for frame in frames { #expect(try driven.send(frame)) }
        #expect(try driven.card.checkHealth() == .working)
        let start = driven.clock.now
        var pauses: UInt64 = 1
        // 33 ms each, for twice the time after which a transmitter is called hung.
        while driven.clock.now - start < 2 * Controller.hangBound {
            driven.pass(20_000_000)
            driven.sim.deliver(control(0xffff))
            pauses += 1
            #expect(try driven.card.checkHealth() == .paused)
            try driven.card.throwIfStopped()
        }
        #expect(driven.sim.sent.isEmpty && driven.card.pendingFrames == 20)
        driven.sim.deliver(control(0))
        #expect(try driven.card.waitUntilPending(atMost: 0, nanoseconds: 100_000_000))
        #expect(driven.sim.sent == frames)
        #expect(try driven.card.checkHealth() == .working)
        // And a pause that nobody ends.
        driven.sim.deliver(control(1000))
        #expect(try driven.send(frames[0]))
        #expect(try driven.card.waitUntilPending(atMost: 0, nanoseconds: 100_000_000))
        let statistics = try driven.card.readStatistics()
        #expect(statistics[.XOFFRXC] == pauses + 1 && statistics[.XONRXC] == 1 && statistics.received == 0)

        // Off again, it is not asked for.
        try driven.card.setFlowControl([])
        driven.sim.deliver(control(0xffff))
        #expect(try driven.send(frames[1]))
        #expect(driven.card.pendingFrames == 1)
        driven.card.reclaim()
        #expect(driven.card.pendingFrames == 0)
    }

    /// Delivers frames as a peer that obeys pauses, or does not listen, while the program takes none until nothing more comes; returns
    /// how many arrive and what the card says of them.
    private func flood(_ count: Int, _ kind: ModelKind, obeys: Bool) throws -> (arrived: Int, Statistics) {
        var driven = try DrivenCard(kind, ring: 8)
        try driven.card.setFlowControl(.transmit)
        let frame = Rig.frame(to: Rig.broadcast, length: 1514)
        var sent = 0
        var isPaused = false
        var arrived = 0
        driven.sim.onSend = { isPaused = $0[16] | $0[17] != 0 }
        while sent < count {
            while sent < count, !(obeys && isPaused) {
                driven.sim.deliver(frame)
                sent += 1
            }
            // One ring at a time: the FIFO empties slowly.
            var taken = 0
            repeat {
                taken = try driven.take().count
                arrived += taken
            } while taken > 0 && (isPaused || sent == count)
            guard taken > 0 || !isPaused else { break }
        }
        while case let taken = try driven.take().count, taken > 0 { arrived += taken }
        driven.sim.onSend = nil
        return (arrived, try driven.card.readStatistics())
    }

    @Test("a full packet memory asks for a pause in time: a peer that obeys loses nothing, one that does not does", arguments: ModelKind.allCases)
    func transmit(kind: ModelKind) throws {
        let (arrived, statistics) = try flood(300, kind, obeys: true)
        #expect(arrived == 300 && statistics.missed == 0)
        #expect(statistics[.XOFFTXC] > 1 && statistics[.XOFFTXC] == statistics[.XONTXC])
        #expect(statistics.sent == 0)

        let (fewer, deaf) = try flood(300, kind, obeys: false)
        #expect(fewer < 300 && UInt64(fewer) + deaf.missed == 300)
        #expect(deaf[.XOFFTXC] == 2)
    }
}
