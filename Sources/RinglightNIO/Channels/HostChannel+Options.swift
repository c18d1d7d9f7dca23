import NIOCore

extension HostChannel {
    public final func setOption<Option: ChannelOption>(_ option: Option, value: Option.Value) -> EventLoopFuture<Void> {
        onLoop { try self.openForOptions().setOption0(option, value) }
    }

    public final func getOption<Option: ChannelOption>(_ option: Option) -> EventLoopFuture<Option.Value> {
        onLoop { try self.openForOptions().getOption0(option) }
    }

    private func openForOptions() throws -> HostChannel {
        guard isOpen else { throw ChannelError.ioOnClosedChannel }
        return self
    }

    private func onLoop<T: Sendable>(_ body: @escaping @Sendable () throws -> T) -> EventLoopFuture<T> {
        hostLoop.inEventLoop ? hostLoop.makeCompletedFuture(Result(catching: body)) : hostLoop.submit(body)
    }

    /// The same on the loop, at once.
    public struct SynchronousOptions: NIOSynchronousChannelOptions {
        fileprivate let channel: HostChannel

        public func setOption<Option: ChannelOption>(_ option: Option, value: Option.Value) throws {
            channel.hostLoop.assertInEventLoop()
            try channel.openForOptions().setOption0(option, value)
        }

        public func getOption<Option: ChannelOption>(_ option: Option) throws -> Option.Value {
            channel.hostLoop.assertInEventLoop()
            return try channel.openForOptions().getOption0(option)
        }
    }

    public final var syncOptions: (any NIOSynchronousChannelOptions)? { SynchronousOptions(channel: self) }
}

/// For options that are no number: `setSoLinger`, `getSoLinger`.
extension HostChannel: SocketOptionProvider {
    public final func unsafeSetSocketOption<Value: Sendable>(
        level: NIOBSDSocket.OptionLevel, name: NIOBSDSocket.Option, value: Value
    ) -> EventLoopFuture<Void> {
        onLoop {
            try self.openForOptions().settings.set(level, name, value)
            self.applySettings()
        }
    }

    public final func unsafeGetSocketOption<Value: Sendable>(
        level: NIOBSDSocket.OptionLevel, name: NIOBSDSocket.Option
    ) -> EventLoopFuture<Value> {
        onLoop {
            let value = try self.openForOptions().socketOption(level, name)
            // SwiftNIO's number of a socket option is an Int, the kernel's own an Int32.
            guard let result = value as? Value ?? (value as? Int).map({ CInt($0) }) as? Value else { throw ChannelError.operationUnsupported }
            return result
        }
    }

    public final func unsafeSetSocketOption<Value: Sendable>(
        level: SocketOptionLevel, name: SocketOptionName, value: Value
    ) -> EventLoopFuture<Void> {
        unsafeSetSocketOption(
            level: NIOBSDSocket.OptionLevel(rawValue: CInt(level)), name: NIOBSDSocket.Option(rawValue: CInt(name)), value: value)
    }

    public final func unsafeGetSocketOption<Value: Sendable>(level: SocketOptionLevel, name: SocketOptionName) -> EventLoopFuture<Value> {
        unsafeGetSocketOption(level: NIOBSDSocket.OptionLevel(rawValue: CInt(level)), name: NIOBSDSocket.Option(rawValue: CInt(name)))
    }
}
