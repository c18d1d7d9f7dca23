import DequeModule
import HostStack

/// Datagrams that came and were not read. As in a socket's receive buffer there is a bound, and what comes beyond it is lost.
struct InboundDatagrams {
    /// Bytes and datagrams: the bytes are those of Linux's own default (net.core.rmem_default).
    private static let mostBytes = 212_992
    private static let mostDatagrams = 256

    private var waiting = Deque<(data: ReceivedData, remote: HostEndpoint)>()
    private var bytes = 0
    var isEmpty: Bool { waiting.isEmpty }

    mutating func append(_ data: ReceivedData, from remote: HostEndpoint) {
        guard waiting.count < Self.mostDatagrams, bytes + data.count <= Self.mostBytes else { return }
        waiting.append((data, remote))
        bytes += data.count
    }

    mutating func removeFirst() -> (data: ReceivedData, remote: HostEndpoint)? {
        guard let first = waiting.popFirst() else { return nil }
        bytes -= first.data.count
        return first
    }

    mutating func removeAll() {
        waiting.removeAll()
        bytes = 0
    }
}
