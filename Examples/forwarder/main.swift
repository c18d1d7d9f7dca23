import DeviceAccess
import E1000
import Glibc

/// Sends what has arrived on one card out of the other; a batch at a time, so that each register write serves many frames.
/// - Returns: the number of frames.
func forward(from source: inout Controller, to target: inout Controller) throws(DeviceError) -> Int {
    var count = 0
    target.reclaim()
    // Without room on the other side the frames wait on their ring.
    while count < 32, target.room > 0, let received = source.receive() {
        if var packet = target.packet() {
            // Each card has DMA memory of its own: the bytes move from one to the other.
            packet.fill(received.copy())
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

func run(_ first: String, _ second: String) throws(DeviceError) {
    var configuration = Configuration()
    configuration.promiscuous = true
    var left = try Controller(try UIODevice.open(first), configuration: configuration)
    var right = try Controller(try UIODevice.open(second), configuration: configuration)
    print("forwarding between \(left.name) and \(right.name)")
    fflush(nil)
    var total = 0
    while !Stop.isRequested {
        let moved = try forward(from: &left, to: &right) + forward(from: &right, to: &left)
        total += moved
        // Nothing to do: asleep until a frame comes, half a millisecond at most, since the other card may have one.
        if moved == 0 { _ = try left.waitForFrame(nanoseconds: 500_000) }
    }
    print("\(total) frames forwarded")
}

/// Ctrl-C ends the loop, not the process: the cards are silenced on the way out.
enum Stop {
    nonisolated(unsafe) static var isRequested = false
}
signal(SIGINT) { _ in Stop.isRequested = true }
signal(SIGTERM) { _ in Stop.isRequested = true }

guard CommandLine.arguments.count == 3 else {
    print("usage: forwarder uioN uioM")
    exit(64)
}
do {
    try run(CommandLine.arguments[1], CommandLine.arguments[2])
} catch {
    print("forwarder: \(error)")
    exit(1)
}
