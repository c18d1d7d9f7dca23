import NIOCore
import Synchronization

/// Whether a channel is writable: false from the moment that more than the high mark waits, until less than the low mark does.
final class Writability: Sendable {
    private let flag = Atomic<Bool>(true)
    /// For every thread.
    var isWritable: Bool { flag.load(ordering: .relaxed) }

    /// - Returns: it is no longer writable, since now.
    func didAdd(waiting bytes: Int, _ mark: ChannelOptions.Types.WriteBufferWaterMark) -> Bool {
        guard bytes > mark.high, isWritable else { return false }
        flag.store(false, ordering: .relaxed)
        return true
    }

    /// - Returns: it is writable again, since now.
    func didRemove(waiting bytes: Int, _ mark: ChannelOptions.Types.WriteBufferWaterMark) -> Bool {
        guard bytes < mark.low, !isWritable else { return false }
        flag.store(true, ordering: .relaxed)
        return true
    }
}
