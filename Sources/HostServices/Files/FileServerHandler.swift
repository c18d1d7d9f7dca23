import NIOCore
import NIOHTTP1

/// One connection of a web server: takes requests, answers them one after the other.
///
/// Stands behind `configureHTTPServerPipeline` with pipelining assistance (`addFileServer` does both). Files are read at most 64 KiB
/// at a time and only while the channel is writable: an answer holds two chunks at most, whatever the file's size. What is in memory is
/// read on the event loop, which a thread's turn would cost more than; for the rest, one piece of each connection at a time, a thread waits
/// (`FileReader`). After 16 chunks in a row, other channels of the loop get their turn.
public final class FileServerHandler: ChannelInboundHandler {
    public typealias InboundIn = HTTPServerRequestPart
    public typealias OutboundOut = HTTPServerResponsePart

    enum State {
        case waiting
        /// The body of a request comes in.
        case receiving(IncomingRequest)
        /// A request is there; the answer before it may still be in the act of ending.
        case received(IncomingRequest)
        /// A route works on its answer.
        case answering(IncomingRequest)
        case sending(OutgoingReply)
        /// The next piece of a file is being read, on a thread that may wait.
        case reading(OutgoingReply)
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
    static let chunksInARow = 16

    let configuration: FileServerConfiguration
    let responder: RequestResponder
    var state = State.waiting
    var watch: Watch?
    var isAdvancing = false
    var inputIsOver = false
    /// Answers that are written and not yet out.
    var unsent = 0

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
            case .waiting, .received, .answering, .sending, .reading, .ending, .closed: break
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
        case .received, .answering, .sending, .reading:
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
}

@available(*, unavailable)
extension FileServerHandler: Sendable {}
