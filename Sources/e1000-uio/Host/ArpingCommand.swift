import ArgumentParser
import Clocks
import Frames
import HostStack
import Synchronization
import ToolSupport

struct Arping: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Ask who has an IPv4 address (ARP).",
        discussion: """
            A question each interval, and a line for each answer. Needs no address of its own: without --ip or --dhcp it asks as RFC 5227's \
            probe does, from 0.0.0.0. Exit code 1 when no answer came.

            Examples:
              e1000-uio arping -d qemu --ip 10.0.2.15/24 --count 3 10.0.2.2
              sudo e1000-uio arping -d 00:03.0 192.0.2.1
            """)

    @OptionGroup var host: HostOptions
    @Argument(help: "The address.")
    var address: String
    @OptionGroup var asking: AskingOptions

    func validate() throws {
        guard IPv4Address(address) != nil else {
            throw Problem.usage("address", "'\(address)' is not an IPv4 address", remedy: "write it like 192.0.2.1")
        }
    }

    private struct Totals: Encodable {
        var sent = 0
        var received = 0
        var addresses: [MACAddress] = []
    }

    func run() throws {
        guard let target = IPv4Address(address) else { return }
        let totals = Mutex(Totals())
        try HostSession.run(host, mayBeWithoutAddress: true) { session in
            let loop = session.loop
            let sent = Mutex(Clocks.monotonic)
            let token = HandlerToken()
            try loop.run { [asking] stack in
                stack.addFrameHandler(token) { bytes in
                    guard let frame = EthernetFrame(checking: bytes), frame.type == .arp,
                        let packet = ARPPacket(checking: bytes.extracting(frame.payload)), packet.operation == .reply, packet.senderIP == target
                    else { return }
                    let time = Double(Clocks.monotonic - sent.withLock { $0 }) / 1e6
                    totals.withLock {
                        $0.received += 1
                        if !$0.addresses.contains(packet.senderMAC) { $0.addresses.append(packet.senderMAC) }
                    }
                    if !asking.json { Output.line("\(target) is at \(packet.senderMAC), \(fixed(time, 3)) ms") }
                }
            }
            defer { try? loop.run { $0.removeFrameHandler(token) } }
            var number: UInt32 = 0
            while asking.count == 0 || number < asking.count {
                number += 1
                totals.withLock { $0.sent += 1 }
                sent.withLock { $0 = Clocks.monotonic }
                try loop.run { stack in
                    let own = stack.addresses.compactMap { if case .v4(let address) = $0 { address } else { nil } }.first
                    let packet = ARPPacket(
                        operation: .request, senderMAC: stack.macAddress, senderIP: own ?? .any, targetMAC: .zero, targetIP: target)
                    try stack.send(frame: EthernetFrame.bytes(to: .broadcast, from: stack.macAddress, type: .arp, payload: packet.bytes))
                }
                let isLast = number == asking.count
                let rest = Int64((isLast ? asking.timeout : asking.interval) * 1e9)
                guard Interruption.sleep(nanoseconds: rest, unless: { isLast && totals.withLock { $0.received >= $0.sent } }) else { break }
            }
        }
        let result = totals.withLock { $0 }
        let several = result.addresses.count > 1 ? "; \(result.addresses.count) stations have the address" : ""
        Output.note("\(result.sent) sent, \(result.received) received\(several)")
        if asking.json { try Output.json(result) }
        if result.received == 0 { throw ExitCode.failure }
    }
}

/// Whose a frame handler is.
final class HandlerToken: Sendable {}

extension Interruption {
    /// `sleep`, that also ends when something has come to be: looked at each millisecond.
    static func sleep(nanoseconds: Int64, unless isDone: () -> Bool) -> Bool {
        let end = Clocks.monotonic + nanoseconds
        while Clocks.monotonic < end, !isDone() {
            guard sleep(nanoseconds: 1_000_000) else { return false }
        }
        return true
    }
}
