import CLWIP
import Frames

/// Who owns a listener is told of each connection, on the loop's thread.
public protocol TCPListenerDelegate: AnyObject {
    /// A connection is there; its delegate is set before this returns, or it is lost. It goes with its last reference only after
    /// `close` or `abort`.
    func tcpAccepted(_ socket: TCPSocket, by listener: TCPListener)
    /// The listener is no more: the loop ends.
    func tcpListenerFailed(_ error: HostError, _ listener: TCPListener)
}

/// A port that takes connections.
@safe public final class TCPListener: HostSocket {
    /// Kept until it is closed.
    public var delegate: (any TCPListenerDelegate)?
    private let stack: HostStack
    private var pcb: UnsafeMutablePointer<tcp_pcb>?
    private let isIPv6Only: Bool

    /// Listens.
    ///
    /// `local`: any IPv6 address (`::`) takes IPv4 connections as well, unless `isIPv6Only`; port 0: the stack chooses.
    /// `backlog`: has no effect in this build of lwIP, which bounds half-open connections elsewhere (`SynGuard`).
    /// - Throws: `.addressInUse`.
    public init(
        _ stack: HostStack, _ local: HostEndpoint, backlog: Int = 128, reuseAddress: Bool = true, isIPv6Only: Bool = false
    ) throws(HostError) {
        (self.stack, self.isIPv6Only) = (stack, isIPv6Only)
        let wanted = PortClaim(kind: .listener, local: local, isIPv6Only: isIPv6Only, reuses: false)
        guard stack.isFree(wanted) else { throw HostError(.addressInUse, "\(local)", "another listener has it") }
        let (type, bound) = unsafe local.address.binding(on: stack.interface.netif, isDual: !isIPv6Only)
        guard let pcb = unsafe tcp_new_ip_type(type) else { throw HostError(.wouldBlock, "TCP listener", "no memory") }
        unsafe ringlight_set_option(pcb, UInt8(SOF_REUSEADDR), reuseAddress)
        var address = bound
        let status = unsafe tcp_bind(pcb, &address, local.port)
        guard status == err_t(ERR_OK.rawValue) else {
            unsafe tcp_close(pcb)
            throw HostError(status, "\(local)")
        }
        var code = err_t(ERR_OK.rawValue)
        guard let listening = unsafe tcp_listen_with_backlog_and_err(pcb, UInt8(clamping: backlog), &code) else {
            unsafe tcp_close(pcb)
            throw HostError(code, "\(local)")
        }
        unsafe self.pcb = listening
        unsafe tcp_arg(listening, Unmanaged.passUnretained(self).toOpaque())
        unsafe tcp_accept(listening) { argument, new, code in
            guard let argument = unsafe argument, let new = unsafe new, code == err_t(ERR_OK.rawValue) else { return err_t(ERR_VAL.rawValue) }
            let listener = unsafe Unmanaged<TCPListener>.fromOpaque(argument).takeUnretainedValue()
            return unsafe listener.accept(new)
        }
        stack.add(self)
    }

    private func accept(_ new: UnsafeMutablePointer<tcp_pcb>) -> err_t {
        let socket = unsafe TCPSocket(stack, new)
        guard let delegate else {
            socket.abort()
            return err_t(ERR_ABRT.rawValue)
        }
        delegate.tcpAccepted(socket, by: self)
        return unsafe err_t((socket.pcb == nil ? ERR_ABRT : ERR_OK).rawValue)
    }

    /// Takes no more connections; those that are there go on.
    public func close() {
        guard let pcb = unsafe pcb else { return }
        unsafe self.pcb = nil
        delegate = nil
        unsafe tcp_arg(pcb, nil)
        unsafe tcp_accept(pcb, nil)
        unsafe tcp_close(pcb)
        stack.remove(self)
    }

    func end(_ error: HostError) {
        let delegate = delegate
        close()
        delegate?.tcpListenerFailed(error, self)
    }

    public var localEndpoint: HostEndpoint? {
        unsafe pcb.map { unsafe HostEndpoint(IPAddress($0.pointee.local_ip), port: $0.pointee.local_port) }
    }

    var claim: PortClaim? {
        localEndpoint.map { PortClaim(kind: .listener, local: $0, isIPv6Only: isIPv6Only, reuses: false) }
    }

    var summary: SocketDescription { SocketDescription(kind: "tcp", local: localEndpoint, remote: nil, state: "LISTEN") }
}
