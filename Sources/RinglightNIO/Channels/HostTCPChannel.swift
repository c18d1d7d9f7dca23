import Glibc
import HostStack
import NIOCore

/// A TCP connection as a channel: a client's, or one that a server channel accepted.
public final class HostTCPChannel: HostChannel, TCPSocketDelegate, @unchecked Sendable {
    private var socket: TCPSocket?
    private var inbound = InboundBytes()
    private var writes = StreamWrites()
    private let writability = Writability()

    // What the stack told, for `process`.
    private var isEstablished = false
    private var hasEnded = false
    private var failure: HostError?

    private var inputIsClosed = false
    private var outputIsClosed = false
    /// Who waits for the output's end, which waits for what was written.
    private var closingOutput: [EventLoopPromise<Void>]?
    private var isFlushing = false
    private var allowsRemoteHalfClosure = false
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
        let new = try translated { () throws(HostError) in try TCPSocket(stack, isIPv6: isIPv6) }
        new.delegate = self
        socket = new
        applySettings()
        return new
    }

    override func applySettings() {
        guard let socket else { return }
        socket.noDelay = settings.noDelay
        socket.keepAlive = settings.keepAlive
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

    // MARK: What the stack tells: kept, for when it is done

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
        if error.kind == .stopped { hostLoop.noteEnd() }
        failure = error
        hostLoop.markReady(self)
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

    private func receive() {
        if hasEnded || failure != nil {
            // Up to the end, whether it was asked for or not: as on a socket of the kernel.
            while state == .active, !inputIsClosed, readOnce() {}
        } else if readPending, !inbound.isEmpty {
            _ = readOnce()
            if state == .active, readPending, !inbound.isEmpty { hostLoop.markReady(self) }
        }
    }

    /// - Returns: false at the end of the input.
    private func readOnce() -> Bool {
        for _ in 0..<maxMessagesPerRead {
            guard state == .active, !inputIsClosed else { break }
            guard !inbound.isEmpty else {
                guard hasEnded || failure != nil else { break }
                endInput()
                return false
            }
            let (buffer, count) = receiveBuffers.buffer(allocator: bufferAllocator) { buffer in
                buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: 1) { inbound.take(into: $0) }
            }
            receiveBuffers.record(actualReadBytes: count)
            readPending = false
            socket?.consumed(count)
            pipeline.syncOperations.fireChannelRead(NIOAny(buffer))
            if buffer.writableBytes > 0 { break }
        }
        if state == .active { pipeline.syncOperations.fireChannelReadComplete() }
        if !inputIsClosed { readIfNeeded() }
        return true
    }

    /// Everything was read, and no more comes: the peer has ended its half, or the connection has failed.
    private func endInput() {
        guard hasEnded else {
            guard let failure, failure.kind != .stopped else { return }
            let error = failure.asChannelError
            pipeline.syncOperations.fireErrorCaught(error)
            if isOpen { close0(error: error, mode: .all, promise: nil) }
            return
        }
        pipeline.syncOperations.fireChannelReadComplete()
        guard isOpen else { return }
        close0(error: ChannelError.eof, mode: allowsRemoteHalfClosure ? .input : .all, promise: nil)
        readPending = false
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

    override func flushNow() {
        // What is flushed meanwhile is written by the loop that is at it already.
        guard !isFlushing else { return }
        isFlushing = true
        defer { isFlushing = false }
        var isBlocked = false
        while !isBlocked, state == .active, writes.isFlushPending, failure == nil {
            do {
                isBlocked = try !writeFlushed()
            } catch {
                if failure == nil { close0(error: error, mode: .all, promise: nil) }
            }
        }
        if state == .active, closingOutput != nil, writes.isEmpty { finishOutput() }
    }

    /// Gives the stack what was flushed.
    ///
    /// - Returns: false when it takes no more.
    private func writeFlushed() throws -> Bool {
        guard let socket else { return false }
        defer { socket.flush() }
        var isWritableAgain = false
        var isBlocked = false
        while !isBlocked, state == .active, writes.isFlushPending {
            let outcome = try writes.writeFirst { bytes, more in try translated { () throws(HostError) in try socket.write(bytes, more: more) } }
            if writability.didRemove(waiting: writes.bytes, writes.waterMark) { isWritableAgain = true }
            switch outcome {
            case .taken(let promise): promise?.succeed(())
            case .blocked: isBlocked = true
            }
        }
        if isWritableAgain, state == .active { pipeline.syncOperations.fireChannelWritabilityChanged() }
        return !isBlocked
    }

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

    private func closeOutput(_ error: any Error, _ promise: EventLoopPromise<Void>?) {
        guard !outputIsClosed else { return fail(promise, .outputClosed) }
        guard !inputIsClosed else { return close0(error: error, mode: .all, promise: promise) }
        guard state == .active else { promise?.fail(IOError(errnoCode: ENOTCONN, reason: "shutdown")); return }
        closingOutput = (closingOutput ?? []) + (promise.map { [$0] } ?? [])
        // What was written goes first, once it is flushed.
        if writes.isEmpty { finishOutput() }
    }

    private func finishOutput() {
        let promises = closingOutput ?? []
        closingOutput = nil
        do {
            try translated { () throws(HostError) in try socket?.closeOutput() }
        } catch {
            return promises.forEach { $0.fail(error) }
        }
        outputIsClosed = true
        promises.forEach { $0.succeed(()) }
        pipeline.fireUserInboundEventTriggered(ChannelEvent.outputClosed)
    }

    private func closeInput(_ error: any Error, _ promise: EventLoopPromise<Void>?) {
        guard !inputIsClosed else { return fail(promise, .inputClosed) }
        guard !outputIsClosed else { return close0(error: error, mode: .all, promise: promise) }
        guard state == .active else { promise?.fail(IOError(errnoCode: ENOTCONN, reason: "shutdown")); return }
        inputIsClosed = true
        readPending = false
        inbound.removeAll()
        promise?.succeed(())
        pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
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
