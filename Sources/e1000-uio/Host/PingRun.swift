import Clocks
import Frames
import HostStack
import Synchronization
import ToolSupport

/// Requests and their answers. The socket is the loop's; the waiting is the tool's.
final class PingRun: EchoSocketDelegate, Sendable {
    private struct State {
        var totals = PingTotals()
        /// When each request was sent, by its number.
        var sent: [UInt16: Int64] = [:]
        var last: UInt16?
        var done: Set<UInt16> = []
    }

    private let loop: HostLoop
    private let destination: IPAddress
    private let size: Int
    private let isQuiet: Bool
    private let identifier = UInt16.random(in: 1...(.max))
    private let state = Mutex(State())

    init(_ loop: HostLoop, _ destination: IPAddress, size: Int, isQuiet: Bool) {
        (self.loop, self.destination, self.size, self.isQuiet) = (loop, destination, size, isQuiet)
    }

    /// - Parameters:
    ///   - count: requests; 0: until the user stops it.
    ///   - interval, timeout: nanoseconds.
    func run(count: UInt32, interval: Int64, timeout: Int64) throws -> PingTotals {
        let socket = LoopBound(try loop.run { [self] stack in
            let socket = try EchoSocket(stack, isIPv6: destination.isIPv6)
            socket.delegate = self
            return LoopBound(socket)
        }.value)
        defer { try? loop.run { _ in socket.value.close() } }
        var number: UInt32 = 0
        let start = Clocks.monotonic
        while count == 0 || number < count {
            number += 1
            try send(UInt16(truncatingIfNeeded: number), socket)
            let next = start + Int64(number) * interval
            if number == count { break }
            guard Interruption.sleep(nanoseconds: max(0, next - Clocks.monotonic)) else { return state.withLock { $0.totals } }
        }
        let deadline = Clocks.monotonic + timeout
        while Clocks.monotonic < deadline, state.withLock({ $0.totals.received < $0.totals.sent }) {
            guard Interruption.sleep(nanoseconds: 1_000_000) else { break }
        }
        return state.withLock { $0.totals }
    }

    private func send(_ number: UInt16, _ socket: LoopBound<EchoSocket>) throws {
        let payload = (0..<size).map { UInt8(truncatingIfNeeded: $0) }
        let message =
            switch destination {
            case .v4: ICMPMessage.echoRequest(identifier: identifier, sequenceNumber: number, payload: payload)
            // The stack makes the checksum, which needs its own address.
            case .v6: [128, 0, 0, 0] + [identifier, number].flatMap { [UInt8($0 >> 8), UInt8($0 & 0xff)] } + payload
            }
        state.withLock {
            $0.sent[number] = Clocks.monotonic
            $0.totals.sent += 1
        }
        do {
            try loop.run { [destination] _ in try socket.value.send(message, to: destination) }
        } catch let error as HostError where error.kind == .unreachable || error.kind == .wouldBlock {
            if !isQuiet { Output.note("\(error)") }
        }
    }

    func echoReceived(_ message: ReceivedData, hops: UInt8, from remote: IPAddress, _ socket: EchoSocket) {
        let now = Clocks.monotonic
        let bytes = message.bytes
        guard bytes.count >= 8, UInt16(bytes[4]) << 8 | UInt16(bytes[5]) == identifier else { return }
        let number = UInt16(bytes[6]) << 8 | UInt16(bytes[7])
        let line = state.withLock { state -> String? in
            guard let sent = state.sent[number] else { return nil }
            guard state.done.insert(number).inserted else {
                state.totals.duplicates += 1
                return "\(bytes.count) bytes from \(remote): number \(number), again"
            }
            if let last = state.last, Int16(bitPattern: number &- last) < 0 { state.totals.outOfOrder += 1 }
            state.last = number
            state.totals.received += 1
            let time = Double(now - sent) / 1e6
            state.totals.times.append(time)
            // Numbers come again after 65,536.
            state.done.remove(number &- 0x8000)
            let isRight = bytes.count == size + 8 && bytes.dropFirst(8).enumerated().allSatisfy { $1 == UInt8(truncatingIfNeeded: $0) }
            return "\(bytes.count) bytes from \(remote): number \(number), \(hops) hops left, \(fixed(time, 3)) ms\(isRight ? "" : ", wrong data")"
        }
        if let line, !isQuiet { Output.line(line) }
    }

    func echoFailed(_ error: HostError, _ socket: EchoSocket) {}
}

/// Something that only the loop's thread uses, on its way through others.
struct LoopBound<T>: @unchecked Sendable {
    let value: T
    init(_ value: T) { self.value = value }
}
