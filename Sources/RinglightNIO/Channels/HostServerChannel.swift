import DequeModule
import Glibc
import HostStack
import NIOCore

/// A listening port as a channel: what it reads are connections.
public final class HostServerChannel: HostChannel, TCPListenerDelegate, @unchecked Sendable {
    private var listener: TCPListener?
    /// Connections that wait to be read.
    private var accepted = Deque<HostTCPChannel>()
    private var backlog: Int32 = 128
    private var failure: HostError?

    init(_ loop: HostEventLoop) {
        super.init(loop, parent: nil, settings: SocketSettings(.listener), receive: AdaptiveRecvByteBufferAllocator())
    }

    /// A server channel is never writable.
    public override var isWritable: Bool { false }

    public override func bind0(to address: SocketAddress, promise: EventLoopPromise<Void>?) {
        hostLoop.assertInEventLoop()
        guard isOpen else { return fail(promise, .ioOnClosedChannel) }
        guard isRegistered else { return fail(promise, .inappropriateOperationForState) }
        do {
            guard state == .registered else { throw IOError(errnoCode: EINVAL, reason: "bind") }
            let stack = try hostLoop.stack()
            let endpoint = try HostEndpoint(ownOf: stack, address)
            try settings.check(isIPv6: endpoint.address.isIPv6)
            let (backlog, reuse, only) = (Int(backlog), settings.reuseAddress, settings.isIPv6Only == true)
            let new = try translated { () throws(HostError) in
                try TCPListener(stack, endpoint, backlog: backlog, reuseAddress: reuse, isIPv6Only: only)
            }
            settings.isIPv6 = endpoint.address.isIPv6
            new.delegate = self
            listener = new
            setAddresses(local: new.localEndpoint.map(SocketAddress.init), remote: nil)
        } catch {
            promise?.fail(error)
            return
        }
        becomeActive(promise)
    }

    // MARK: What the stack tells

    public func tcpAccepted(_ socket: TCPSocket, by listener: TCPListener) {
        // The stack has no bound of its own: who comes when too many wait is sent away.
        guard isOpen, accepted.count < max(1, Int(backlog)) else { return socket.abort() }
        accepted.append(HostTCPChannel(socket, parent: self))
        if readPending { hostLoop.markReady(self) }
    }

    public func tcpListenerFailed(_ error: HostError, _ listener: TCPListener) {
        if error.kind == .stopped { hostLoop.noteEnd() }
        failure = error
        hostLoop.markReady(self)
    }

    override func process() {
        guard state == .active else { return }
        if let failure { return close0(error: failure.asChannelError, mode: .all, promise: nil) }
        guard readPending, !accepted.isEmpty else { return }
        for _ in 0..<maxMessagesPerRead {
            guard state == .active, let child = accepted.popFirst() else { break }
            readPending = false
            pipeline.syncOperations.fireChannelRead(NIOAny(child))
        }
        guard state == .active else { return }
        pipeline.syncOperations.fireChannelReadComplete()
        readIfNeeded()
        if state == .active, readPending, !accepted.isEmpty { hostLoop.markReady(self) }
    }

    /// A connection that went through the pipeline begins to live.
    public override func channelRead0(_ data: NIOAny) {
        hostLoop.assertInEventLoop()
        let child = unwrapData(data, as: HostTCPChannel.self)
        hostLoop.execute {
            child.register().whenComplete { result in
                guard case .success = result, child.isOpen else { return child.close(promise: nil) }
                child.becomeActive(nil)
            }
        }
    }

    override func closeSocket() {
        listener?.close()
        listener = nil
        // Nobody will ever read them.
        for child in accepted { child.close0(error: ChannelError.ioOnClosedChannel, mode: .all, promise: nil) }
        accepted.removeAll()
    }

    // MARK: Options

    override func setOption0<Option: ChannelOption>(_ option: Option, _ value: Option.Value) throws {
        if option is ChannelOptions.Types.BacklogOption, let value = value as? Int32 {
            backlog = value
        } else {
            try super.setOption0(option, value)
        }
    }

    override func getOption0<Option: ChannelOption>(_ option: Option) throws -> Option.Value {
        if option is ChannelOptions.Types.BacklogOption, let value = backlog as? Option.Value { return value }
        return try super.getOption0(option)
    }
}
