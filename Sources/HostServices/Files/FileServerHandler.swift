import NIOCore
import NIOHTTP1

/// One connection of a web server: takes requests, answers them one after the other.
///
/// Stands behind `configureHTTPServerPipeline` with pipelining assistance (`addFileServer` does both). Files are read on the
/// event loop, at most 64 KiB at a time and only while the channel is writable: an answer holds two chunks at most, whatever the
/// file's size. After 16 chunks in a row, other channels of the loop get their turn.
public final class FileServerHandler: ChannelInboundHandler {
    public typealias InboundIn = HTTPServerRequestPart
    public typealias OutboundOut = HTTPServerResponsePart

    private enum State {
        case waiting
        /// The body of a request comes in.
        case receiving(IncomingRequest)
        /// A request is there; the answer before it may still be in the act of ending.
        case received(IncomingRequest)
        /// A route works on its answer.
        case answering(IncomingRequest)
        case sending(OutgoingReply)
        /// The last answer is on its way out.
        case ending
        /// The last answer is out: what still comes is thrown away, so that a reset does not take the answer from the client.
        case lingering(bytes: Int)
        case closed
    }

    /// Bytes of a body that nobody wants that are read for the sake of the next request; and of a client that does not stop.
    static let longestDrain = 65536
    static let longestLinger = 1_048_576
    static let lingerTime = TimeAmount.seconds(2)
    private static let chunksInARow = 16

    private let configuration: FileServerConfiguration
    private let responder: RequestResponder
    private var state = State.waiting
    private var watch: Watch?
    private var isAdvancing = false
    private var inputIsOver = false
    /// Answers that are written and not yet out.
    private var unsent = 0

    public init(root: FileRoot, _ configuration: FileServerConfiguration = FileServerConfiguration()) {
        self.configuration = configuration
        responder = RequestResponder(root: root, configuration)
    }

    public func handlerAdded(context: ChannelHandlerContext) {
        watch = Watch(context.eventLoop) { self.timeIsOver(context) }
        watch?.set(in: configuration.requestTime)
    }

    public func channelActive(context: ChannelHandlerContext) {
        watch?.set(in: configuration.requestTime)
        context.fireChannelActive()
    }

    public func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch (Self.unwrapInboundIn(data), state) {
        case (.head(let head), .waiting):
            begin(IncomingRequest(head, peer: context.channel.remoteAddress), context)
        case (.body(let part), .receiving(var request)):
            // Given up for the moment of the change, so that the body is not copied.
            state = .waiting
            let fits = request.take(part)
            state = .receiving(request)
            if !fits { refuse(request, HTTPReply(.payloadTooLarge, "413: the body is longer than \(request.longestBody) bytes."), context) }
        case (.end, .receiving(let request)):
            state = .received(request)
            advance(context)
        case (.body(let part), .lingering(let bytes)):
            state = .lingering(bytes: bytes + part.readableBytes)
            if bytes + part.readableBytes > Self.longestLinger { close(context) }
        default:
            // After a refusal.
            break
        }
    }

    public func channelWritabilityChanged(context: ChannelHandlerContext) {
        advance(context)
        context.fireChannelWritabilityChanged()
    }

    public func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    public func handlerRemoved(context: ChannelHandlerContext) {
        end()
        watch = nil
    }

    public func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event {
            inputIsOver = true
            switch state {
            case .waiting where unsent == 0: close(context)
            case .receiving, .lingering: close(context)
            case .waiting, .received, .answering, .sending, .ending, .closed: break
            }
        }
        context.fireUserInboundEventTriggered(event)
    }

    public func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // The parser has given up, and says so again with what still comes.
        if case .dataReceivedInErrorState? = error as? ByteToMessageDecoderError { return }
        guard let error = error as? HTTPParserError else { return close(context) }
        switch state {
        case .waiting:
            refuse(IncomingRequest.unreadable(peer: context.channel.remoteAddress), RequestResponder.answer(to: error), context)
        case .receiving(let request):
            refuse(request, HTTPReply(.badRequest, "400: the body cannot be read."), context)
        case .received, .answering, .sending:
            // In the bytes behind a request whose answer is under way; the pipelining handler keeps these back, but for the input's end.
            inputIsOver = true
        case .ending, .lingering, .closed:
            break
        }
    }

    private func begin(_ request: IncomingRequest, _ context: ChannelHandlerContext) {
        var request = request
        watch?.set(in: configuration.requestTime)
        if let refusal = responder.inspect(&request) { return refuse(request, refusal, context) }
        state = .receiving(request)
        guard request.wantsContinue else { return }
        context.writeAndFlush(Self.wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .continue))), promise: nil)
    }

    /// Answers at once, whatever of the request is still to come, and closes.
    private func refuse(_ request: IncomingRequest, _ reply: HTTPReply, _ context: ChannelHandlerContext) {
        var request = request
        request.isLast = true
        send(FullReply(reply), to: request, context)
        advance(context)
    }

    private func send(_ reply: FullReply, to request: IncomingRequest, _ context: ChannelHandlerContext) {
        let isLast = request.isLast || inputIsOver
        context.write(Self.wrapOutboundOut(.head(responder.head(of: reply, isLast: isLast, to: request))), promise: nil)
        state = .sending(OutgoingReply(reply, to: request, isLast: isLast))
        watch?.set(in: configuration.stallTime)
    }

    /// Goes on as far as it can without waiting.
    ///
    /// Ending an answer brings the next request from within that call: it is taken up here, by the loop, not in the depth of
    /// as many calls as a client has sent requests.
    private func advance(_ context: ChannelHandlerContext) {
        guard !isAdvancing else { return }
        isAdvancing = true
        defer { isAdvancing = false }
        var chunks = 0
        while true {
            switch state {
            case .received(let request):
                state = .answering(request)
                responder.answer(request, on: context.eventLoop).assumeIsolated().whenComplete { result in
                    guard case .answering = self.state else { return }
                    let failed = FullReply(HTTPReply(.internalServerError, "500: the answer could not be made; try again."))
                    self.send((try? result.get()) ?? failed, to: request, context)
                    self.advance(context)
                }
                // The answer was there at once, or comes in its time.
                if case .answering = state { return }
            case .sending(var outgoing):
                guard chunks < Self.chunksInARow else {
                    context.eventLoop.assumeIsolated().execute { self.advance(context) }
                    return
                }
                chunks += 1
                guard sendChunk(of: &outgoing, context) else { return }
            case .waiting, .receiving, .answering, .ending, .lingering, .closed:
                return
            }
        }
    }

    /// `false` when there is to be waited.
    private func sendChunk(of outgoing: inout OutgoingReply, _ context: ChannelHandlerContext) -> Bool {
        guard context.channel.isWritable else {
            // What has not been flushed would never leave. An answer ends when the channel can take more: a client that asks and
            // does not read is not asked for its next request.
            context.flush()
            return context.channel.isWritable
        }
        watch?.set(in: configuration.stallTime)
        do {
            guard let chunk = try outgoing.next(context.channel.allocator) else {
                finish(outgoing, context)
                return true
            }
            state = .sending(outgoing)
            context.writeAndFlush(Self.wrapOutboundOut(.body(.byteBuffer(chunk))), promise: nil)
            return true
        } catch {
            // Its length has been told: a connection that ends early is all that says otherwise.
            log(outgoing, isComplete: false)
            state = .waiting
            close(context)
            return false
        }
    }

    private func finish(_ outgoing: OutgoingReply, _ context: ChannelHandlerContext) {
        log(outgoing, isComplete: true)
        state = outgoing.isLast || inputIsOver ? .ending : .waiting
        unsent += 1
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { _ in self.answerIsOut(context) }
        // Brings the next request, if it is there.
        context.write(Self.wrapOutboundOut(.end(nil)), promise: written)
        context.flush()
    }

    private func answerIsOut(_ context: ChannelHandlerContext) {
        unsent -= 1
        switch state {
        case .waiting where unsent == 0:
            inputIsOver ? close(context) : watch?.set(in: configuration.requestTime)
        case .ending where inputIsOver:
            close(context)
        case .ending:
            state = .lingering(bytes: 0)
            watch?.set(in: Self.lingerTime)
            let halfClosed = context.eventLoop.makePromise(of: Void.self)
            halfClosed.futureResult.assumeIsolated().whenFailure { _ in self.close(context) }
            context.close(mode: .output, promise: halfClosed)
        default:
            break
        }
    }

    private func timeIsOver(_ context: ChannelHandlerContext) {
        switch state {
        case .receiving(let request): refuse(request, HTTPReply(.requestTimeout, "408: the request did not come in time."), context)
        // Whoever works on the answer has bounds of his own.
        case .answering: watch?.set(in: configuration.stallTime)
        default: close(context)
        }
    }

    private func close(_ context: ChannelHandlerContext) {
        end()
        context.close(promise: nil)
    }

    /// Closes the file of an answer that is not ended.
    private func end() {
        watch?.cancel()
        if case .sending(let outgoing) = state { log(outgoing, isComplete: false) }
        state = .closed
    }

    private func log(_ outgoing: OutgoingReply, isComplete: Bool) {
        configuration.log?(outgoing.record(isComplete: isComplete))
    }
}

@available(*, unavailable)
extension FileServerHandler: Sendable {}
