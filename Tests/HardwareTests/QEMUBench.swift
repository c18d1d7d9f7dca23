import DeviceAccess
import E1000
import Frames
import Glibc
import TestSupport

/// QEMU's card on a bench: what it sends is in a memory file, what it receives can come from a datagram peer.
struct QEMUBench {
    /// A network with nobody on it.
    static let deadEnd = "hubport,hubid=0"

    let options: QEMUOptions
    private let capture: Int32
    /// Our end of the wire; -1 without a peer.
    let peer: Int32

    /// - Parameter withPeer: the wire ends in a datagram socket of ours, one frame a datagram.
    init(model: String = "e1000", netdev: String = deadEnd, withPeer: Bool = false) {
        var options = QEMUOptions()
        options.model = model
        capture = scratchDescriptor()
        options.extraDescriptors = [capture]
        options.wireCapture = "/proc/self/fd/\(QEMUOptions.firstExtraDescriptor)"
        if withPeer {
            var pair: [Int32] = [-1, -1]
            precondition(socketpair(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0, &pair) == 0)
            peer = pair[0]
            options.extraDescriptors.append(pair[1])
            options.netdev = "dgram,local.type=fd,local.str=\(QEMUOptions.firstExtraDescriptor + 1)"
        } else {
            peer = -1
            options.netdev = netdev
        }
        self.options = options
    }

    /// Closes the bench's descriptors, after the card was closed.
    func end() {
        close(capture)
        if peer >= 0 {
            close(peer)
            close(options.extraDescriptors[1])
        }
    }

    func card(ring: UInt32 = 256) throws -> Controller {
        var configuration = Configuration()
        configuration.transmitDescriptors = ring
        configuration.receiveDescriptors = ring
        return try Controller(try QEMUDevice.start(options), configuration: configuration)
    }

    /// QEMU's own capture file of the wire so far.
    var capturedBytes: [UInt8] { contents(of: capture) }

    /// All frames on the wire so far, both ways.
    func wire() throws -> [[UInt8]] {
        lseek(capture, 0, SEEK_SET)
        var reader = CaptureReader(descriptor: capture, name: "wire")
        return try reader.rest().map(\.bytes)
    }

    /// Frame number `n` of a sequence: its number, then bytes that follow from it; lengths from 1 to 1514 in no simple order.
    static func frame(_ number: Int, length: Int? = nil) -> [UInt8] {
        let length = length ?? 1 + (number &* 7919) % 1514
        var state = UInt32(truncatingIfNeeded: number) &* 2_654_435_761 | 1
        return (0..<length).map { position in
            if position < 4 { return UInt8(truncatingIfNeeded: number >> (24 - 8 * position)) }
            state ^= state << 13
            state ^= state >> 17
            state ^= state << 5
            return UInt8(truncatingIfNeeded: state)
        }
    }

    /// A frame that the card's filter accepts: to everyone.
    static func broadcast(_ number: Int, length: Int) -> [UInt8] {
        [UInt8](repeating: 0xff, count: 6) + frame(number, length: length - 6)
    }
}

/// Appends a frame; false when the ring pushed it back.
func append(_ frame: [UInt8], to card: inout Controller) -> Bool {
    guard var packet = card.packet() else { return false }
    packet.fill(frame)
    switch card.append(packet) {
    case .queued:
        return true
    case .full(let packet):
        card.put(packet)
        return false
    case .refused(let packet):
        card.put(packet)
        return false
    }
}

/// Sends frames in batches, waiting when the ring is full.
func send(_ count: Int, through card: inout Controller, batch: Int = 32, frame: (Int) -> [UInt8]) throws {
    for number in 0..<count {
        while !append(frame(number), to: &card) {
            guard try card.waitUntilPending(atMost: 0, nanoseconds: 5_000_000_000) else { throw Stuck() }
        }
        if number % batch == batch - 1 { try card.commit() }
    }
    guard try card.waitUntilPending(atMost: 0, nanoseconds: 5_000_000_000) else { throw Stuck() }
}

struct Stuck: Error {}
