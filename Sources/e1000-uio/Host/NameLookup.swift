import Clocks
import Frames
import HostClients
import HostStack
import Synchronization
import ToolSupport

/// One question to the name servers, over the host's UDP: made, asked and ended on the loop.
final class NameLookup: UDPSocketDelegate, @unchecked Sendable {
    private let loop: HostLoop
    private var client: DNSClient
    private var socket: UDPSocket?
    private var timer: HostTimer?
    private let result = Mutex<Result<DNSAnswer, DNSFailure>?>(nil)

    private init(_ loop: HostLoop, _ name: DNSName, _ family: DNSClient.Family, _ servers: [IPAddress], port: UInt16) {
        self.loop = loop
        client = DNSClient(name, family, DNSClient.Configuration(servers: servers.map { DNSClient.Server($0) }), sourcePort: port)
    }

    /// Asks, and waits for the answer.
    ///
    /// - Throws: `DNSFailure`, `HostError`; `InterruptedByUser` on Ctrl-C.
    static func ask(_ loop: HostLoop, _ name: DNSName, _ family: DNSClient.Family, of servers: [IPAddress]) throws -> DNSAnswer {
        let lookup = try loop.run { stack in
            // RFC 6056: any port that is free, and not the next one.
            for _ in 0..<16 {
                let port = UInt16.random(in: 1024...(.max))
                guard let socket = try? UDPSocket(stack, HostEndpoint(.v6(.any), port: port)) else { continue }
                let lookup = NameLookup(loop, name, family, servers, port: port)
                lookup.socket = socket
                socket.delegate = lookup
                lookup.perform(.start)
                return lookup
            }
            throw HostError(.addressInUse, "DNS", "no port is free")
        }
        defer { try? loop.run { _ in lookup.close() } }
        while true {
            if let result = lookup.result.withLock({ $0 }) { return try result.get() }
            guard Interruption.sleep(nanoseconds: 2_000_000) else { throw InterruptedByUser() }
        }
    }

    private func perform(_ event: DNSClient.Event) {
        for action in client.handle(event, at: Clocks.monotonic) {
            switch action {
            case .send(let message, let server):
                // A server that cannot be reached answers as little as one that is off.
                message.withUnsafeBytes { try? socket?.send($0, to: HostEndpoint(server.address, port: server.port)) }
            case .finish(let answer): result.withLock { $0 = answer }
            }
        }
        timer?.cancel()
        timer = client.nextDeadline.flatMap { deadline in loop.schedule(at: deadline) { [weak self] in self?.perform(.timer) } }
    }

    private func close() {
        timer?.cancel()
        socket?.close()
        socket = nil
    }

    func udpReceived(_ data: ReceivedData, from remote: HostEndpoint, _ socket: UDPSocket) {
        perform(.received(data.bytes, from: DNSClient.Server(remote.address, port: remote.port), to: client.sourcePort))
    }

    func udpFailed(_ error: HostError, _ socket: UDPSocket) { result.withLock { if $0 == nil { $0 = .failure(.cancelled) } } }
}

extension HostSession {
    /// An address as it is, or the first of a name's: IPv4's, else IPv6's.
    ///
    /// - Throws: `Problem` when there is none.
    func resolve(_ text: String) throws -> IPAddress {
        if let address = IPAddress(text) { return address }
        guard let name = DNSName(text) else { throw Problem(text, "neither an address nor a name") }
        guard !nameservers.isEmpty else {
            throw Problem(text, "no name server is known", remedy: "give an address, or --nameserver ADDRESS")
        }
        do {
            return try NameLookup.ask(loop, name, .a, of: nameservers).addresses[0]
        } catch DNSFailure.noAddresses {
            do {
                return try NameLookup.ask(loop, name, .aaaa, of: nameservers).addresses[0]
            } catch let failure as DNSFailure {
                throw Problem(text, "\(failure)")
            }
        } catch let failure as DNSFailure {
            throw Problem(text, "\(failure)")
        }
    }
}
