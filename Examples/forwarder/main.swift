import DeviceAccess
import E1000
import Glibc

/// Sends what has arrived on one card out of the other, and returns how much: in batches, for few register writes.
func forward(from source: inout Controller, to target: inout Controller) throws(DeviceError) -> Int {
    var count = 0
    target.reclaim()
    // Without room on the other side the frames wait on their ring.
    while count < 32, target.room > 0, let received = source.receive() {
        if var packet = target.packet() {
            // Each card has DMA memory of its own: the bytes move from one to the other.
            packet.fill(copying: received)
            switch target.append(packet) {
            case .queued: count += 1
            case .full(let packet): target.put(packet)
            case .refused(let packet): target.put(packet)
            }
        }
        source.put(received)
    }
    try target.commit()
    try source.commit()
    return count
}

/// A card that has stopped is initialised anew, and what its ring held is lost; one that is gone ends the program.
func mend(_ card: inout Controller) throws(DeviceError) {
    do { try card.throwIfStopped() } catch where error.kind == .stopped { print("\(card.name): \(try card.recover()) frames lost") }
}

/// - Parameter name: a UIO node, or the PCI address of a card that vfio-pci has.
func open(_ name: String) throws(DeviceError) -> Controller {
    var configuration = Configuration()
    configuration.promiscuous = true
    return try Controller(try name.hasPrefix("uio") ? UIODevice.open(name) : VFIODevice.open(name), configuration: configuration)
}

func run(_ first: String, _ second: String) throws(DeviceError) {
    var left = try open(first)
    var right = try open(second)
    var total = 0
    print("forwarding between \(left.name) and \(right.name)")
    fflush(nil)
    while !Stop.isRequested {
        let moved = try forward(from: &left, to: &right) + forward(from: &right, to: &left)
        total += moved
        guard moved == 0 else { continue }
        try mend(&left)
        try mend(&right)
        // Nothing to do: asleep until a frame comes, half a millisecond at most, since the other card may have one.
        _ = try left.waitForFrame(nanoseconds: 500_000)
    }
    print("\(total) frames forwarded")
}

/// Ctrl-C ends the loop, not the process: the cards are silenced on the way out.
enum Stop { nonisolated(unsafe) static var isRequested = false }
for number in [SIGINT, SIGTERM] { signal(number) { _ in Stop.isRequested = true } }

guard CommandLine.arguments.count == 3 else {
    print("usage: forwarder CARD CARD (uio0, or 0000:00:03.0 with vfio-pci)")
    exit(64)
}
do {
    try run(CommandLine.arguments[1], CommandLine.arguments[2])
} catch {
    print("forwarder: \(error)")
    exit(1)
}
