import Frames
import Glibc
import HostStack
import NIOCore

/// A UDP port as a channel: reads and writes `AddressedEnvelope<ByteBuffer>`; connected, it writes `ByteBuffer` as well.
public final class HostDatagramChannel: HostChannel, UDPSocketDelegate, @unchecked Sendable {
    /// Between two attempts when the stack takes no more: nothing tells when it would.
    private static let retryDelay = TimeAmount.milliseconds(1)

    /// Set from `bind` or `connect` to the end.
    private(set) var socket: UDPSocket?
    private var inbound = InboundDatagrams()
    private var writes = DatagramWrites()
    private let writability = Writability()
    private var failure: HostError?
    private var isFlushing = false
    private var isRetrying = false
    private var isConnected = false
    private var writeSpin: UInt = 16

    init(_ loop: HostEventLoop) {
        super.init(loop, parent: nil, settings: SocketSettings(.datagram), receive: FixedSizeRecvByteBufferAllocator(capacity: 2048))
    }

    public override var isWritable: Bool { writability.isWritable }

    // MARK: Beginning

    private func open(_ local: HostEndpoint) throws -> UDPSocket {
        let stack = try hostLoop.stack()
        try settings.check(isIPv6: local.address.isIPv6)
        let (reuse, only) = (settings.reuseAddress, settings.isIPv6Only == true)
        let new = try translated { () throws(HostError) in try UDPSocket(stack, local, reuseAddress: reuse, isIPv6Only: only) }
        new.delegate = self
        socket = new
        settings.isIPv6 = local.address.isIPv6
        applySettings()
        return new
    }

    override func applySettings() { socket?.multicastHops = settings.multicastHops }

    public override func bind0(to address: SocketAddress, promise: EventLoopPromise<Void>?) {
        hostLoop.assertInEventLoop()
        guard isOpen else { return fail(promise, .ioOnClosedChannel) }
        guard isRegistered else { return fail(promise, .inappropriateOperationForState) }
        do {
            guard socket == nil else { throw IOError(errnoCode: EINVAL, reason: "bind") }
            let new = try open(HostEndpoint(ownOf: hostLoop.stack(), address))
            setAddresses(local: new.localEndpoint.map(SocketAddress.init), remote: nil)
        } catch {
            promise?.fail(error)
            return
        }
        becomeActive(promise)
    }

    public override func connect0(to address: SocketAddress, promise: EventLoopPromise<Void>?) {
        hostLoop.assertInEventLoop()
        guard isOpen else { return fail(promise, .ioOnClosedChannel) }
        guard isRegistered else { return fail(promise, .inappropriateOperationForState) }
        for waiting in writes.removeAll() {
            waiting.fail(IOError(errnoCode: EISCONN, reason: "the channel was connected before this was flushed"))
        }
        do {
            let remote = try HostEndpoint(checking: address)
            let any: IPAddress = remote.address.isIPv6 ? .anyIPv6 : .anyIPv4
            let socket = try self.socket ?? open(HostEndpoint(any, port: 0))
            try translated { () throws(HostError) in try socket.connect(to: remote) }
            isConnected = true
            setAddresses(local: socket.localEndpoint.map(SocketAddress.init), remote: address)
        } catch {
            pendingConnect = promise
            return close0(error: error, mode: .all, promise: nil)
        }
        // A further connect changes the peer.
        if state == .registered { becomeActive(promise) } else { promise?.succeed(()) }
    }

    // MARK: What the stack tells

    public func udpReceived(_ data: ReceivedData, from remote: HostEndpoint, _ socket: UDPSocket) {
        inbound.append(data, from: remote)
        if readPending { hostLoop.markReady(self) }
    }

    public func udpFailed(_ error: HostError, _ socket: UDPSocket) {
        if error.kind == .stopped { hostLoop.noteEnd() }
        failure = error
        hostLoop.markReady(self)
    }

    override func process() {
        guard state == .active else { return }
        if let failure { return close0(error: failure.asChannelError, mode: .all, promise: nil) }
        receive()
        flushNow()
    }

    private func receive() {
        guard readPending, !inbound.isEmpty else { return }
        for _ in 0..<maxMessagesPerRead {
            guard state == .active, let (data, remote) = inbound.removeFirst() else { break }
            // One that is longer than the buffer is cut off, as by recvmsg(2).
            let (buffer, count) = receiveBuffers.buffer(allocator: bufferAllocator) { buffer in
                buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: 1) { data.copy(to: $0) }
            }
            receiveBuffers.record(actualReadBytes: count)
            readPending = false
            pipeline.syncOperations.fireChannelRead(NIOAny(AddressedEnvelope(remoteAddress: SocketAddress(remote), data: buffer)))
        }
        guard state == .active else { return }
        pipeline.syncOperations.fireChannelReadComplete()
        readIfNeeded()
        if state == .active, readPending, !inbound.isEmpty { hostLoop.markReady(self) }
    }

    // MARK: Writing

    override func bufferWrite(_ data: NIOAny, _ promise: EventLoopPromise<Void>?) {
        if let envelope = tryUnwrapData(data, as: AddressedEnvelope<ByteBuffer>.self) {
            if isConnected, let remoteAddress, envelope.remoteAddress != remoteAddress {
                promise?.fail(
                    DatagramChannelError.WriteOnConnectedSocketWithInvalidAddress(
                        envelopeRemoteAddress: envelope.remoteAddress, connectedRemoteAddress: remoteAddress))
                return
            }
            guard let remote = HostEndpoint(envelope.remoteAddress) else { promise?.fail(SocketAddressError.unsupported); return }
            add(DatagramWrites.Write(data: envelope.data, remote: isConnected ? nil : remote, promise: promise))
        } else {
            let buffer = unwrapData(data, as: ByteBuffer.self)
            guard isConnected else { promise?.fail(DatagramChannelError.WriteOnUnconnectedSocketWithoutAddress()); return }
            add(DatagramWrites.Write(data: buffer, remote: nil, promise: promise))
        }
    }

    private func add(_ write: DatagramWrites.Write) {
        writes.add(write)
        if writability.didAdd(waiting: writes.bytes, writes.waterMark) { pipeline.syncOperations.fireChannelWritabilityChanged() }
    }

    override func markFlush() { writes.markFlush() }

    override func flushNow() {
        guard !isFlushing, !isRetrying, let socket else { return }
        isFlushing = true
        defer { isFlushing = false }
        while state == .active, !isRetrying, writes.isFlushPending {
            var isWritableAgain = false
            while state == .active, !isRetrying, let write = writes.first {
                let failure = send(write, socket)
                if let error = failure as? IOError, error.errnoCode == ENOBUFS {
                    retryLater()
                    break
                }
                writes.removeFirst()
                if writability.didRemove(waiting: writes.bytes, writes.waterMark) { isWritableAgain = true }
                if let failure { write.promise?.fail(failure) } else { write.promise?.succeed(()) }
            }
            if isWritableAgain, state == .active { pipeline.syncOperations.fireChannelWritabilityChanged() }
        }
    }

    /// - Returns: why it was not sent.
    private func send(_ write: DatagramWrites.Write, _ socket: UDPSocket) -> (any Error)? {
        if !settings.broadcast, let remote = write.remote, remote.address == .v4(.broadcast) {
            return IOError(errnoCode: EACCES, reason: "broadcast without SO_BROADCAST")
        }
        do {
            try write.data.withUnsafeReadableBytes { (bytes) throws(HostError) in try socket.send(bytes, to: write.remote) }
            return nil
        } catch {
            switch error.kind {
            case .tooLong: return ChannelError.writeMessageTooLarge
            case .unreachable: return ChannelError.writeHostUnreachable
            default: return error.asChannelError
            }
        }
    }

    private func retryLater() {
        isRetrying = true
        hostLoop.scheduleTask(in: Self.retryDelay) {
            self.isRetrying = false
            if self.state == .active { self.flushNow() }
        }
    }

    // MARK: End

    override func closeSocket() {
        inbound.removeAll()
        socket?.close()
        socket = nil
    }

    override func cancelWrites(_ error: any Error) {
        for promise in writes.removeAll() { promise.fail(error) }
    }

    // MARK: Options

    override func setOption0<Option: ChannelOption>(_ option: Option, _ value: Option.Value) throws {
        switch (option, value) {
        case (is ChannelOptions.Types.WriteBufferWaterMarkOption, let value as ChannelOptions.Types.WriteBufferWaterMark):
            writes.waterMark = value
        case (is ChannelOptions.Types.WriteSpinOption, let value as UInt): writeSpin = value
        default: try super.setOption0(option, value)
        }
    }

    override func getOption0<Option: ChannelOption>(_ option: Option) throws -> Option.Value {
        let value: Any? =
            switch option {
            case is ChannelOptions.Types.WriteBufferWaterMarkOption: writes.waterMark
            case is ChannelOptions.Types.WriteSpinOption: writeSpin
            case is ChannelOptions.Types.BufferedWritableBytesOption: writes.bytes
            default: nil
            }
        if let value = value as? Option.Value { return value }
        return try super.getOption0(option)
    }
}
