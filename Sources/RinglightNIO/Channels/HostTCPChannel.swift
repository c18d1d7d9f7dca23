import Glibc
import HostStack
import NIOCore

/// A TCP connection as a channel: a client's, or one that a server channel accepted.
public final class HostTCPChannel: HostChannel, @unchecked Sendable {
    var socket: TCPSocket?
    // That nobody calls back into one that is being changed is checked in debug builds, which the tests run.
    #if !DEBUG
    @exclusivity(unchecked)
    #endif
    var inbound = InboundBytes()
    #if !DEBUG
    @exclusivity(unchecked)
    #endif
    var writes = StreamWrites()
    let writability = Writability()

    // What the stack told, for `process` (HostTCPChannel+Stack.swift).
    var isEstablished = false
    var hasEnded = false
    var failure: HostError?

    var inputIsClosed = false
    var outputIsClosed = false
    /// Who waits for the output's end, which waits for what was written.
    var closingOutput: [EventLoopPromise<Void>]?
    var isFlushing = false
    var allowsRemoteHalfClosure = false
    private var connectTimeout: TimeAmount?
    private var connectTimer: Scheduled<Void>?
    private var writeSpin: UInt = 16

    /// A client's, not connected yet.
    init(_ loop: HostEventLoop) {
        super.init(loop, parent: nil, settings: SocketSettings(.stream), receive: AdaptiveRecvByteBufferAllocator())
    }

    /// An accepted one; it becomes active when it is registered (`HostServerChannel.channelRead0`).
    init(_ accepted: TCPSocket, parent: HostServerChannel) {
        super.init(
            parent.hostLoop, parent: parent, settings: SocketSettings(inherited: parent.settings), receive: AdaptiveRecvByteBufferAllocator())
        socket = accepted
        setAddresses(local: accepted.localEndpoint.map(SocketAddress.init), remote: accepted.remoteEndpoint.map(SocketAddress.init))
        accepted.delegate = self
        applySettings()
    }

    public override var isWritable: Bool { writability.isWritable }

    // MARK: Beginning

    /// A socket of an address family: there is one when the family is known.
    private func socket(isIPv6: Bool) throws -> TCPSocket {
        let stack = try hostLoop.stack()
        if let socket {
            guard socket.localEndpoint?.address.isIPv6 == isIPv6 else { throw IOError(errnoCode: EAFNOSUPPORT, reason: "bound to another family") }
            return socket
        }
        try settings.check(isIPv6: isIPv6)
        let new = try translated { () throws(HostError) in try TCPSocket(stack, isIPv6: isIPv6) }
        new.delegate = self
        socket = new
        settings.isIPv6 = isIPv6
        applySettings()
        return new
    }

    override func applySettings() {
        guard let socket else { return }
        socket.noDelay = settings.noDelay
        socket.keepAlive = settings.keepAlive
        socket.keepAliveTimes = settings.keepAliveTimes
        socket.reuseAddress = settings.reuseAddress
    }

    public override func bind0(to address: SocketAddress, promise: EventLoopPromise<Void>?) {
        hostLoop.assertInEventLoop()
        guard isOpen else { return fail(promise, .ioOnClosedChannel) }
        do {
            let endpoint = try HostEndpoint(ownOf: hostLoop.stack(), address)
            let socket = try socket(isIPv6: endpoint.address.isIPv6)
            try translated { () throws(HostError) in try socket.bind(endpoint) }
            setAddresses(local: socket.localEndpoint.map(SocketAddress.init), remote: nil)
            promise?.succeed(())
        } catch {
            promise?.fail(error)
        }
    }

    public override func connect0(to address: SocketAddress, promise: EventLoopPromise<Void>?) {
        hostLoop.assertInEventLoop()
        guard isOpen else { return fail(promise, .ioOnClosedChannel) }
        guard pendingConnect == nil else { return fail(promise, .connectPending) }
        guard isRegistered else { return fail(promise, .inappropriateOperationForState) }
        pendingConnect = promise ?? hostLoop.makePromise()
        do {
            guard state == .registered else { throw IOError(errnoCode: EISCONN, reason: "connect") }
            let endpoint = try HostEndpoint(checking: address)
            let socket = try socket(isIPv6: endpoint.address.isIPv6)
            try translated { () throws(HostError) in try socket.connect(to: endpoint) }
            setAddresses(local: socket.localEndpoint.map(SocketAddress.init), remote: nil)
        } catch {
            return close0(error: error, mode: .all, promise: nil)
        }
        guard let connectTimeout else { return }
        connectTimer = hostLoop.scheduleTask(in: connectTimeout) {
            if self.pendingConnect != nil { self.close0(error: ChannelError.connectTimeout(connectTimeout), mode: .all, promise: nil) }
        }
    }

    private func finishConnect(_ promise: EventLoopPromise<Void>) {
        pendingConnect = nil
        stopConnectTimer()
        setAddresses(local: socket?.localEndpoint.map(SocketAddress.init), remote: socket?.remoteEndpoint.map(SocketAddress.init))
        becomeActive(promise)
    }

    private func stopConnectTimer() {
        connectTimer?.cancel()
        connectTimer = nil
    }

    // MARK: What is made of it

    override func process() {
        if let promise = pendingConnect {
            if let failure { return close0(error: failure.asChannelError, mode: .all, promise: nil) }
            guard isEstablished else { return }
            finishConnect(promise)
        }
        guard state == .active else { return }
        receive()
        flushNow()
        if isOpen, let failure { close0(error: failure.asChannelError, mode: .all, promise: nil) }
    }

    public override func read0() {
        if !inputIsClosed { super.read0() }
    }

    override func readIfNeeded() {
        if !inputIsClosed { super.readIfNeeded() }
    }

    // MARK: Writing

    override func bufferWrite(_ data: NIOAny, _ promise: EventLoopPromise<Void>?) {
        guard !outputIsClosed else { return fail(promise, .outputClosed) }
        writes.add(unwrapData(data, as: IOData.self), promise)
        if writability.didAdd(waiting: writes.bytes, writes.waterMark) { pipeline.syncOperations.fireChannelWritabilityChanged() }
    }

    override func markFlush() { writes.markFlush() }

    override func flushNow() { flushOutput() }

    // MARK: End

    public override func close0(error: any Error, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        hostLoop.assertInEventLoop()
        guard isOpen else { return fail(promise, .alreadyClosed) }
        switch mode {
        case .output: closeOutput(error, promise)
        case .input: closeInput(error, promise)
        case .all:
            stopConnectTimer()
            super.close0(error: error, mode: .all, promise: promise)
        }
    }

    override func closeSocket() {
        // The stack knows that these were not read: it resets.
        inbound.removeAll()
        guard let socket else { return }
        self.socket = nil
        if settings.linger == 0 { socket.abort() } else { socket.close() }
    }

    override func cancelWrites(_ error: any Error) {
        let waiting = writes.removeAll() + (closingOutput ?? [])
        closingOutput = nil
        for promise in waiting { promise.fail(error) }
    }

    override func takeError() -> CInt {
        guard let error = failure?.asChannelError as? IOError else { return 0 }
        return error.errnoCode
    }

    // MARK: Options

    override func setOption0<Option: ChannelOption>(_ option: Option, _ value: Option.Value) throws {
        switch (option, value) {
        case (is ChannelOptions.Types.AllowRemoteHalfClosureOption, let value as Bool): allowsRemoteHalfClosure = value
        case (is ChannelOptions.Types.WriteBufferWaterMarkOption, let value as ChannelOptions.Types.WriteBufferWaterMark):
            writes.waterMark = value
        case (is ChannelOptions.Types.WriteSpinOption, let value as UInt): writeSpin = value
        case (is ChannelOptions.Types.ConnectTimeoutOption, _): connectTimeout = value as? TimeAmount
        default: try super.setOption0(option, value)
        }
    }

    override func getOption0<Option: ChannelOption>(_ option: Option) throws -> Option.Value {
        let value: Any? =
            switch option {
            case is ChannelOptions.Types.AllowRemoteHalfClosureOption: allowsRemoteHalfClosure
            case is ChannelOptions.Types.WriteBufferWaterMarkOption: writes.waterMark
            case is ChannelOptions.Types.WriteSpinOption: writeSpin
            case is ChannelOptions.Types.ConnectTimeoutOption: connectTimeout as Any
            case is ChannelOptions.Types.BufferedWritableBytesOption: writes.bytes
            default: nil
            }
        if let value = value as? Option.Value { return value }
        return try super.getOption0(option)
    }
}

extension HostEndpoint {
    /// An address to bind to.
    ///
    /// - Throws: `IOError` with `EADDRNOTAVAIL` when it is not this host's own.
    init(ownOf stack: HostStack, _ address: SocketAddress) throws {
        try self.init(checking: address)
        guard self.address.isAny || stack.addresses.contains(self.address) else {
            throw IOError(errnoCode: EADDRNOTAVAIL, reason: "\(address): not an address of this host")
        }
    }
}
