import NIOCore

/// The steps that every bootstrap takes: options, the initializer, registration, and then its own.
///
/// - Parameters:
///   - make: makes the channel, on the loop.
///   - prepare: its handlers; what it gives is the result.
///   - begin: binds or connects it.
func start<Kind: HostChannel, Output: Sendable>(
    on loop: HostEventLoop, _ make: @escaping @Sendable (HostEventLoop) -> Kind, options: ChannelOptions.Storage,
    prepare: @escaping @Sendable (Kind) -> EventLoopFuture<Output>, begin: @escaping @Sendable (Kind) -> EventLoopFuture<Void>
) -> EventLoopFuture<Output> {
    loop.submit {
        let channel = make(loop)
        return options.applyAllChannelOptions(to: channel).flatMap {
            prepare(channel)
        }.flatMap { output in
            channel.register().flatMap { begin(channel) }.map { output }
        }.flatMapError { error in
            if channel.isOpen { channel.close0(error: error, mode: .all, promise: nil) }
            return loop.makeFailedFuture(error)
        }
    }.flatMap { $0 }
}

/// The loop of a group, if it is one of a host's.
func hostLoop(of group: any EventLoopGroup) -> HostEventLoop? {
    group as? HostEventLoop ?? (group as? HostEventLoopGroup)?.eventLoop
}

/// - Precondition: the group is one of a host's.
func requireHostLoop(of group: any EventLoopGroup) -> HostEventLoop {
    guard let loop = hostLoop(of: group) else { preconditionFailure("\(group): not a HostEventLoopGroup; channels of a host live on its own loop") }
    return loop
}
