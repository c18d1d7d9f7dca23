import Frames
import HostStack
import Synchronization
import TestSupport
import Testing

@Suite("Echo requests of a host", .serialized, .enabled(if: LinuxPeer.missing == nil, "a network namespace needs root and /dev/net/tun"))
struct PingTests {
    /// Counts the answers to its own requests, and ends as it is told to.
    private final class Asker: EchoSocketDelegate, @unchecked Sendable {
        let identifier: UInt8
        /// Whom it closes with the first answer to itself. The loop's, as is the socket.
        var closes: [Asker] = []
        var socket: EchoSocket?
        private let count = Mutex(0)
        var answers: Int { count.withLock { $0 } }

        init(_ identifier: UInt8) { self.identifier = identifier }

        func echoReceived(_ message: ReceivedData, hops: UInt8, from remote: IPAddress, _ socket: EchoSocket) {
            guard message.bytes[5] == identifier else { return }
            count.withLock { $0 += 1 }
            for asker in closes {
                asker.socket?.close()
                asker.socket = nil
            }
        }
        func echoFailed(_ error: HostError, _ socket: EchoSocket) {}
    }

    private func open(_ askers: [Asker], _ host: TestHost) throws {
        try host.loop.run { stack in
            for asker in askers {
                asker.socket = try EchoSocket(stack, isIPv6: false)
                asker.socket?.delegate = asker
            }
        }
    }

    private func ask(_ askers: [Asker], _ host: TestHost) throws {
        try host.loop.run { _ in
            for asker in askers {
                let message = ICMPMessage.echoRequest(identifier: UInt16(asker.identifier), sequenceNumber: 1, payload: [])
                try asker.socket?.send(message, to: .v4(TestHost.peerAddress))
            }
        }
    }

    @Test("Each of several hears the answers to its own")
    func several() throws {
        let host = try TestHost()
        defer { host.close() }
        let askers = (1...3).map { Asker(UInt8($0)) }
        try open(askers, host)
        for round in 1...3 {
            try ask(askers, host)
            #expect(eventually { askers.allSatisfy { $0.answers == round } }, "round \(round): \(askers.map(\.answers))")
        }
    }

    @Test("One that is closed while it is told, alone, with others, or by another one", arguments: [[0], [1], [0, 1, 2], [2, 1]])
    func closed(which: [Int]) throws {
        let host = try TestHost()
        defer { host.close() }
        let askers = (1...3).map { Asker(UInt8($0)) }
        askers[1].closes = which.map { askers[$0] }
        try open(askers, host)
        try ask([askers[1]], host)
        #expect(eventually { askers[1].answers == 1 })
        #expect(try host.loop.run { $0.socketCount } == 3 - which.count)
        // Those that are left, and a new one.
        let next = Asker(9)
        try open([next], host)
        try ask(askers + [next], host)
        #expect(eventually { next.answers == 1 })
        for (index, asker) in askers.enumerated() where !which.contains(index) {
            #expect(eventually { asker.answers == (index == 1 ? 2 : 1) }, "asker \(index)")
        }
        try host.loop.run { _ in next.socket?.close() }
    }
}
