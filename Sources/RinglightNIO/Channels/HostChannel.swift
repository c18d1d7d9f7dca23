import HostStack
import NIOCore
import Synchronization

/// What the channels of a host have in common: their life, their options, their addresses. The semantics are those of SwiftNIO's own
/// channels on sockets of the kernel.
///
/// What `Channel` promises is for every thread; everything else is the loop's.
public class HostChannel: Channel, ChannelCore, @unchecked Sendable {
    enum State { case fresh, registered, activating, active, closed }

    /// What other threads may ask for.
    private struct Shared {
        var local: SocketAddress?
        var remote: SocketAddress?
        var allocator = ByteBufferAllocator()
    }

    let hostLoop: HostEventLoop
    public let parent: (any Channel)?
    private let closePromise: EventLoopPromise<Void>
    private let shared = Mutex(Shared())
    private let activity = Atomic<Bool>(false)
    // Set once, in `init`.
    private var ownPipeline: ChannelPipeline!

    // On the loop only.
    private(set) var state = State.fresh
    /// It is in the loop's list of channels to look at.
    var isReady = false
    /// A read was asked for and has had nothing yet.
    var readPending = false
    var pendingConnect: EventLoopPromise<Void>?
    var settings: SocketSettings
    #if !DEBUG
    @exclusivity(unchecked)
    #endif
    var receiveBuffers: NIOPooledRecvBufferAllocator
    private(set) var bufferAllocator = ByteBufferAllocator()
    private(set) var maxMessagesPerRead: UInt = 4
    private var autoRead = true

    init(_ loop: HostEventLoop, parent: (any Channel)?, settings: SocketSettings, receive: any RecvByteBufferAllocator) {
        hostLoop = loop
        self.parent = parent
        self.settings = settings
        closePromise = loop.makePromise()
        receiveBuffers = NIOPooledRecvBufferAllocator(capacity: 4, recvAllocator: receive)
        ownPipeline = ChannelPipeline(channel: self)
    }

    deinit { assert(state == .closed, "a channel is closed before it is given up") }

    // MARK: For its kinds

    /// The stack has told something: events are fired now.
    func process() {}
    /// Keeps a write until it is flushed.
    func bufferWrite(_ data: NIOAny, _ promise: EventLoopPromise<Void>?) { promise?.fail(ChannelError.operationUnsupported) }
    /// What was written so far is to be sent.
    func markFlush() {}
    /// Gives the stack what is to be sent, as much as it takes.
    func flushNow() {}
    /// Gives the socket up.
    func closeSocket() {}
    /// Fails what was not given to the stack.
    func cancelWrites(_ error: any Error) {}
    /// An error of the socket that nobody was told of yet (SO_ERROR), as errno.
    func takeError() -> CInt { 0 }
    /// A setting has changed.
    func applySettings() {}

    public func bind0(to address: SocketAddress, promise: EventLoopPromise<Void>?) { promise?.fail(ChannelError.operationUnsupported) }
    public func connect0(to address: SocketAddress, promise: EventLoopPromise<Void>?) {
        promise?.fail(ChannelError.operationUnsupported)
        close0(error: ChannelError.operationUnsupported, mode: .all, promise: nil)
    }
    public func channelRead0(_ data: NIOAny) {}

    // MARK: For every thread

    public final var eventLoop: any EventLoop { hostLoop }
    public final var pipeline: ChannelPipeline { ownPipeline }
    public final var closeFuture: EventLoopFuture<Void> { closePromise.futureResult }
    public final var allocator: ByteBufferAllocator { hostLoop.inEventLoop ? bufferAllocator : shared.withLock { $0.allocator } }
    public final var localAddress: SocketAddress? { shared.withLock { $0.local } }
    public final var remoteAddress: SocketAddress? { shared.withLock { $0.remote } }
    public final var isActive: Bool { activity.load(ordering: .relaxed) }
    public var isWritable: Bool { true }
    public final var _channelCore: any ChannelCore { self }

    // MARK: Life

    final var isOpen: Bool { state != .closed }
    final var isRegistered: Bool { isOpen && state != .fresh }

    final func setAddresses(local: SocketAddress?, remote: SocketAddress?) { shared.withLock { ($0.local, $0.remote) = (local, remote) } }

    public final func register0(promise: EventLoopPromise<Void>?) {
        hostLoop.assertInEventLoop()
        guard isOpen else { return fail(promise, .ioOnClosedChannel) }
        guard state == .fresh else { return fail(promise, .inappropriateOperationForState) }
        guard !hostLoop.isClosing else {
            pipeline.syncOperations.fireErrorCaught(EventLoopError.shutdown)
            close0(error: EventLoopError.shutdown, mode: .all, promise: nil)
            promise?.fail(EventLoopError.shutdown)
            return
        }
        state = .registered
        hostLoop.add(self)
        promise?.succeed(())
        pipeline.syncOperations.fireChannelRegistered()
    }

    /// It has its socket, and can be used.
    final func becomeActive(_ promise: EventLoopPromise<Void>?) {
        guard state == .registered else { return fail(promise, .inappropriateOperationForState) }
        state = .activating
        activity.store(true, ordering: .relaxed)
        promise?.succeed(())
        // Whoever waited for it may have closed it.
        guard state == .activating else { return }
        state = .active
        pipeline.syncOperations.fireChannelActive()
        guard state == .active else { return }
        flushNow()
        readIfNeeded()
        // What came before it was active.
        if state == .active { hostLoop.markReady(self) }
    }

    public func close0(error: any Error, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        hostLoop.assertInEventLoop()
        guard isOpen else { return fail(promise, .alreadyClosed) }
        guard mode == .all else { return fail(promise, .operationUnsupported) }
        let before = state
        state = .closed
        activity.store(false, ordering: .relaxed)
        readPending = false
        closeSocket()
        hostLoop.remove(self)
        // From here on others are called, who find it closed.
        cancelWrites(error)
        if let connecting = pendingConnect {
            pendingConnect = nil
            connecting.fail(error)
        }
        promise?.succeed(())
        if before == .active { pipeline.syncOperations.fireChannelInactive() }
        if before != .fresh { pipeline.syncOperations.fireChannelUnregistered() }
        hostLoop.execute { [self] in
            // Later, since a handler may be on its way through the pipeline.
            removeHandlers(pipeline: pipeline)
            closePromise.succeed(())
            setAddresses(local: nil, remote: nil)
        }
    }

    // MARK: Data

    public final func write0(_ data: NIOAny, promise: EventLoopPromise<Void>?) {
        hostLoop.assertInEventLoop()
        guard isOpen else { return fail(promise, .ioOnClosedChannel) }
        bufferWrite(data, promise)
    }

    public final func flush0() {
        hostLoop.assertInEventLoop()
        guard isOpen else { return }
        markFlush()
        if state == .active { flushNow() }
    }

    public func read0() {
        hostLoop.assertInEventLoop()
        guard isOpen else { return }
        readPending = true
        if state == .active { hostLoop.markReady(self) }
    }

    /// Asks for more when that is automatic.
    func readIfNeeded() {
        if state == .active, !readPending, autoRead { pipeline.syncOperations.read() }
    }

    // MARK: Others

    public final func localAddress0() throws -> SocketAddress {
        guard isOpen else { throw ChannelError.ioOnClosedChannel }
        guard let localAddress else { throw ChannelError.unknownLocalAddress }
        return localAddress
    }

    public final func remoteAddress0() throws -> SocketAddress {
        guard isOpen else { throw ChannelError.ioOnClosedChannel }
        guard let remoteAddress else { throw HostError(.notConnected, "channel", "it is not connected").asChannelError }
        return remoteAddress
    }

    public final func errorCaught0(error: any Error) {}

    public final func triggerUserOutboundEvent0(_ event: Any, promise: EventLoopPromise<Void>?) { fail(promise, .operationUnsupported) }

    final func fail(_ promise: EventLoopPromise<Void>?, _ error: ChannelError) { promise?.fail(error) }

    // MARK: Options

    /// - Throws: `ChannelError.operationUnsupported` for what this kind of channel has not.
    func setOption0<Option: ChannelOption>(_ option: Option, _ value: Option.Value) throws {
        switch (option, value) {
        case (let option as ChannelOptions.Types.SocketOption, _):
            try settings.set(option.optionLevel, option.optionName, value)
            applySettings()
        case (is ChannelOptions.Types.AllocatorOption, let value as ByteBufferAllocator):
            bufferAllocator = value
            shared.withLock { $0.allocator = value }
        case (is ChannelOptions.Types.RecvAllocatorOption, let value as any RecvByteBufferAllocator): receiveBuffers.recvAllocator = value
        case (is ChannelOptions.Types.AutoReadOption, let value as Bool): setAutoRead(value)
        case (is ChannelOptions.Types.MaxMessagesPerReadOption, let value as UInt):
            guard value > 0 else { throw ChannelError.operationUnsupported }
            maxMessagesPerRead = value
            receiveBuffers.updateCapacity(to: Int(value))
        default: throw ChannelError.operationUnsupported
        }
    }

    /// - Throws: `ChannelError.operationUnsupported` for what this kind of channel has not.
    func getOption0<Option: ChannelOption>(_ option: Option) throws -> Option.Value {
        let value: Any =
            switch option {
            case let option as ChannelOptions.Types.SocketOption: try socketOption(option.optionLevel, option.optionName)
            case is ChannelOptions.Types.AllocatorOption: bufferAllocator
            case is ChannelOptions.Types.RecvAllocatorOption: receiveBuffers.recvAllocator
            case is ChannelOptions.Types.AutoReadOption: autoRead
            case is ChannelOptions.Types.MaxMessagesPerReadOption: maxMessagesPerRead
            default: throw ChannelError.operationUnsupported
            }
        guard let result = value as? Option.Value else { throw ChannelError.operationUnsupported }
        return result
    }

    final func socketOption(_ level: NIOBSDSocket.OptionLevel, _ name: NIOBSDSocket.Option) throws -> any Sendable {
        if level == .socket, name == .so_error { return Int(takeError()) }
        return try settings.get(level, name)
    }

    private func setAutoRead(_ new: Bool) {
        defer { autoRead = new }
        guard isRegistered, autoRead != new else { return }
        if new { read0() } else { readPending = false }
    }
}
