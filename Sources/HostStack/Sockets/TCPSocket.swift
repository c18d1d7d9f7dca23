import CLWIP
import Frames

/// Who owns a connection is told what happens to it, on the loop's thread.
public protocol TCPSocketDelegate: AnyObject {
    /// The connection that was asked for is there.
    func tcpConnected(_ socket: TCPSocket)
    /// Bytes have come. They count against the window until `TCPSocket.consumed` says that they are read.
    func tcpReceived(_ data: ReceivedData, _ socket: TCPSocket)
    /// The peer has ended its half: no more comes.
    func tcpReceivedEnd(_ socket: TCPSocket)
    /// The peer has confirmed bytes: there is room for so many more.
    func tcpSent(_ count: Int, _ socket: TCPSocket)
    /// The connection is no more, or never came to be. Nothing else is told after this.
    func tcpFailed(_ error: HostError, _ socket: TCPSocket)
}

/// A TCP connection of lwIP.
///
/// Its end: `close` or `abort` (then the delegate is told nothing more), or `tcpFailed`.
@safe public final class TCPSocket: HostSocket {
    /// Kept until the connection's end. (Not weak: an object with weak references counts its owners more slowly, all of them.)
    #if !DEBUG
    @exclusivity(unchecked)
    #endif
    public var delegate: (any TCPSocketDelegate)?
    private let stack: HostStack
    /// `nil`: ended.
    private(set) var pcb: UnsafeMutablePointer<tcp_pcb>?
    /// lwIP must be told in its callback that its control block is gone (ERR_ABRT).
    private var wasAborted = false
    private var isConnecting = false

    /// A connection to be.
    ///
    /// - Throws: `.wouldBlock` without memory.
    public convenience init(_ stack: HostStack, isIPv6: Bool) throws(HostError) {
        guard let pcb = unsafe tcp_new_ip_type(UInt8((isIPv6 ? IPADDR_TYPE_V6 : IPADDR_TYPE_V4).rawValue)) else {
            throw HostError(.wouldBlock, "TCP connection", "no memory")
        }
        unsafe self.init(stack, pcb)
    }

    /// - Parameter pcb: a new one, of a listener perhaps.
    init(_ stack: HostStack, _ pcb: UnsafeMutablePointer<tcp_pcb>) {
        unsafe (self.stack, self.pcb) = (stack, pcb)
        // lwIP's reference, until its control block has gone.
        unsafe tcp_arg(pcb, Unmanaged.passRetained(self).toOpaque())
        unsafe tcp_recv(pcb, Self.onReceive)
        unsafe tcp_sent(pcb, Self.onSent)
        unsafe tcp_err(pcb, Self.onError)
        stack.add(self)
    }

    // MARK: Beginning

    /// - Throws: `.addressInUse`.
    public func bind(_ local: HostEndpoint) throws(HostError) {
        let pcb = try unsafe open()
        var address = unsafe local.address.lwip(on: stack.interface.netif)
        try unsafe check(tcp_bind(pcb, &address, local.port), "\(local)")
    }

    /// Begins to connect; the delegate is told the outcome. lwIP tries for about a minute and a half (TCP_SYNMAXRTX).
    ///
    /// - Throws: `.unreachable` at once when there is no route, `.addressInUse` when no port is free.
    public func connect(to remote: HostEndpoint) throws(HostError) {
        let pcb = try unsafe open()
        var address = unsafe remote.address.lwip(on: stack.interface.netif)
        isConnecting = true
        let status = unsafe tcp_connect(pcb, &address, remote.port) { argument, _, _ in
            unsafe TCPSocket.callback(argument) { socket in
                socket.isConnecting = false
                socket.delegate?.tcpConnected(socket)
            }
        }
        try check(status, "\(remote)")
    }

    // MARK: Data

    /// Bytes that `write` would take now, if none of its queue's places are short.
    public var writableBytes: Int { unsafe pcb.map { unsafe Int(ringlight_tcp_sndbuf($0)) } ?? 0 }

    /// Copies bytes to be sent, as many as there is room for.
    ///
    /// `more`: there is more to come at once: a short segment may wait for it.
    /// - Returns: bytes that were taken, 0 to all; the rest when `tcpSent` was told.
    /// - Throws: `.notConnected` after this half was closed.
    public func write(_ bytes: UnsafeRawBufferPointer, more: Bool = false) throws(HostError) -> Int {
        let pcb = try unsafe open()
        var count = min(bytes.count, writableBytes)
        let flags = UInt8(TCP_WRITE_FLAG_COPY) | (more || count < bytes.count ? UInt8(TCP_WRITE_FLAG_MORE) : 0)
        while count > 0 {
            let status = unsafe tcp_write(pcb, bytes.baseAddress, UInt16(count), flags)
            if status == err_t(ERR_OK.rawValue) { return count }
            // Its queue of segments is bounded too, and takes all or nothing.
            guard status == err_t(ERR_MEM.rawValue) else { throw HostError(status, "TCP connection") }
            count /= 2
        }
        return 0
    }

    /// Sends what `write` took.
    public func flush() {
        if let pcb = unsafe pcb { unsafe tcp_output(pcb) }
    }

    /// Bytes that came were read: the peer may send as many more.
    public func consumed(_ count: Int) {
        guard let pcb = unsafe pcb else { return }
        var rest = count
        while rest > 0 {
            let step = min(rest, 0xffff)
            unsafe tcp_recved(pcb, UInt16(step))
            rest -= step
        }
    }

    // MARK: End

    /// Ends this half: what was written is sent, and then FIN. The peer may go on sending.
    ///
    /// - Throws: `.notConnected` when it has ended already.
    public func closeOutput() throws(HostError) {
        let pcb = try unsafe open()
        try unsafe check(tcp_shutdown(pcb, 0, 1), "TCP connection")
    }

    /// Ends the connection in order: what was written is sent. With unread data the peer is told by a reset (RFC 9293, 3.10.4).
    public func close() {
        guard let pcb = unsafe detach() else { return }
        if unsafe tcp_close(pcb) != err_t(ERR_OK.rawValue) {
            unsafe tcp_abort(pcb)
            wasAborted = true
        }
    }

    /// Ends the connection by a reset; what was not sent is dropped.
    public func abort() {
        guard let pcb = unsafe detach() else { return }
        wasAborted = true
        unsafe tcp_abort(pcb)
    }

    func end(_ error: HostError) {
        let delegate = delegate
        abort()
        delegate?.tcpFailed(error, self)
    }

    /// lwIP forgets us.
    private func detach() -> UnsafeMutablePointer<tcp_pcb>? {
        guard let pcb = unsafe pcb else { return nil }
        unsafe tcp_arg(pcb, nil)
        unsafe tcp_recv(pcb, nil)
        unsafe tcp_sent(pcb, nil)
        unsafe tcp_err(pcb, nil)
        gone()
        return unsafe pcb
    }

    /// The control block is no longer ours.
    private func gone() {
        unsafe pcb = nil
        delegate = nil
        stack.remove(self)
        unsafe Unmanaged.passUnretained(self).release()
    }

    private func open() throws(HostError) -> UnsafeMutablePointer<tcp_pcb> {
        guard let pcb = unsafe pcb else { throw HostError(.notConnected, "TCP connection", "it has ended") }
        return unsafe pcb
    }

    // MARK: What it is

    public var localEndpoint: HostEndpoint? {
        unsafe pcb.map { unsafe HostEndpoint(IPAddress($0.pointee.local_ip), port: $0.pointee.local_port) }
    }
    /// `nil` before a connection.
    public var remoteEndpoint: HostEndpoint? {
        unsafe pcb.flatMap { unsafe $0.pointee.remote_port == 0 ? nil : HostEndpoint(IPAddress($0.pointee.remote_ip), port: $0.pointee.remote_port) }
    }

    /// Short segments are sent at once (RFC 9293, 3.7.4: no Nagle).
    public var noDelay: Bool {
        get { unsafe pcb.map { unsafe $0.pointee.flags & tcpflags_t(TF_NODELAY) != 0 } ?? false }
        set { if let pcb = unsafe pcb { unsafe ringlight_tcp_set_no_delay(pcb, newValue) } }
    }

    /// An idle peer is asked now and then whether it is still there (RFC 9293, 3.8.4): `keepAliveTimes`.
    public var keepAlive: Bool {
        get { unsafe pcb.map { unsafe $0.pointee.so_options & UInt8(SOF_KEEPALIVE) != 0 } ?? false }
        set { if let pcb = unsafe pcb { unsafe ringlight_set_option(pcb, UInt8(SOF_KEEPALIVE), newValue) } }
    }

    /// When an idle peer is asked, with `keepAlive`. lwIP looks twice a second.
    public var keepAliveTimes: KeepAliveTimes {
        get {
            guard let pcb = unsafe pcb else { return KeepAliveTimes() }
            return unsafe KeepAliveTimes(
                idle: UInt16(clamping: pcb.pointee.keep_idle / 1000), interval: UInt16(clamping: pcb.pointee.keep_intvl / 1000),
                count: UInt8(clamping: pcb.pointee.keep_cnt))
        }
        set {
            guard let pcb = unsafe pcb else { return }
            unsafe pcb.pointee.keep_idle = UInt32(newValue.idle) * 1000
            unsafe pcb.pointee.keep_intvl = UInt32(newValue.interval) * 1000
            unsafe pcb.pointee.keep_cnt = UInt32(newValue.count)
        }
    }

    /// The port may be bound while connections of an earlier owner linger (TIME-WAIT).
    public var reuseAddress: Bool {
        get { unsafe pcb.map { unsafe $0.pointee.so_options & UInt8(SOF_REUSEADDR) != 0 } ?? false }
        set { if let pcb = unsafe pcb { unsafe ringlight_set_option(pcb, UInt8(SOF_REUSEADDR), newValue) } }
    }

    var summary: SocketDescription {
        let state = unsafe pcb.flatMap { unsafe tcp_debug_state_str($0.pointee.state) }.map { unsafe String(cString: $0) } ?? "CLOSED"
        return SocketDescription(kind: "tcp", local: localEndpoint, remote: remoteEndpoint, state: state)
    }

    // MARK: lwIP's calls

    private static func callback(_ argument: UnsafeMutableRawPointer?, _ body: (TCPSocket) -> Void) -> err_t {
        guard let argument = unsafe argument else { return err_t(ERR_OK.rawValue) }
        let socket = unsafe Unmanaged<TCPSocket>.fromOpaque(argument).takeUnretainedValue()
        body(socket)
        return err_t((socket.wasAborted ? ERR_ABRT : ERR_OK).rawValue)
    }

    private static let onReceive: tcp_recv_fn = { argument, _, packet, _ in
        guard unsafe argument != nil else {
            if let packet = unsafe packet { unsafe pbuf_free(packet) }
            return err_t(ERR_OK.rawValue)
        }
        return unsafe callback(argument) { socket in
            if let packet = unsafe packet {
                unsafe socket.delegate?.tcpReceived(ReceivedData(packet), socket)
            } else {
                socket.delegate?.tcpReceivedEnd(socket)
            }
        }
    }

    private static let onSent: tcp_sent_fn = { argument, _, count in
        unsafe callback(argument) { $0.delegate?.tcpSent(Int(count), $0) }
    }

    /// The control block has been freed already.
    private static let onError: tcp_err_fn = { argument, code in
        guard let argument = unsafe argument else { return }
        let socket = unsafe Unmanaged<TCPSocket>.fromOpaque(argument).takeUnretainedValue()
        var error = HostError(code, "TCP connection")
        if socket.isConnecting, error.kind == .reset { error = HostError(.refused, "TCP connection", "connection refused") }
        let delegate = socket.delegate
        socket.gone()
        delegate?.tcpFailed(error, socket)
    }
}
