import HostStack

/// What the stack tells is kept, for when it is done with it (`process`).
extension HostTCPChannel: TCPSocketDelegate {
    public func tcpConnected(_ socket: TCPSocket) {
        isEstablished = true
        hostLoop.markReady(self)
    }

    public func tcpReceived(_ data: ReceivedData, _ socket: TCPSocket) {
        // Nobody will read it: the window stays as small as it is, and the close will be a reset.
        guard !inputIsClosed else { return }
        inbound.append(data)
        if readPending { hostLoop.markReady(self) }
    }

    public func tcpReceivedEnd(_ socket: TCPSocket) {
        hasEnded = true
        hostLoop.markReady(self)
    }

    public func tcpSent(_ count: Int, _ socket: TCPSocket) {
        if writes.isFlushPending { hostLoop.markReady(self) }
    }

    public func tcpFailed(_ error: HostError, _ socket: TCPSocket) {
        if error.kind == .stopped {
            hostLoop.noteEnd()
            // One that is not active yet (its initializer may take for ever) does not read before the card and its packets have gone.
            if state != .active { inbound.removeAll() }
        }
        failure = error
        hostLoop.markReady(self)
    }
}
