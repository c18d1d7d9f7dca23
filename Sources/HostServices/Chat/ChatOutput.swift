import NIOCore

/// The way out to one person: what he does not read in time is dropped for him, and he is told.
final class ChatOutput {
    private let context: ChannelHandlerContext
    private let limits: ChatLimits
    /// Bytes that are written and not yet taken by the channel.
    private(set) var pending = 0
    /// Lines that were dropped and that he has not been told of.
    private(set) var missed = 0
    private var stuck: Scheduled<Void>?

    init(_ context: ChannelHandlerContext, _ limits: ChatLimits) {
        (self.context, self.limits) = (context, limits)
    }

    func send(_ line: ByteBuffer) {
        // Once something is missing, the next thing that he reads is how much.
        guard missed == 0, pending + line.readableBytes <= limits.pendingBytes else {
            if missed == 0 { watch() }
            missed += 1
            return
        }
        write(line)
    }

    /// Sends what is there, and closes; without him if he does not read it.
    func finish() {
        watch()
        let last = context.eventLoop.makePromise(of: Void.self)
        last.futureResult.assumeIsolated().whenComplete { [context] _ in context.close(promise: nil) }
        context.writeAndFlush(NIOAny(ByteBuffer()), promise: last)
    }

    /// The connection is gone.
    func stop() {
        stuck?.cancel()
    }

    private func write(_ line: ByteBuffer) {
        let count = line.readableBytes
        pending += count
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenSuccess { self.wrote(count) }
        context.writeAndFlush(NIOAny(line), promise: written)
    }

    private func wrote(_ count: Int) {
        pending -= count
        // Half, so that he is not told after each line that he reads.
        guard missed > 0, pending <= limits.pendingBytes / 2 else { return }
        stuck?.cancel()
        let count = missed
        missed = 0
        write(ByteBuffer(string: "* you missed \(count) \(count == 1 ? "line" : "lines"): they came faster than you read\r\n"))
    }

    private func watch() {
        stuck?.cancel()
        stuck = context.eventLoop.assumeIsolated().scheduleTask(in: limits.stuckTime) { [context] in context.close(promise: nil) }
    }
}
