import NIOCore
import NIOHTTP1

// Answers, chunk by chunk, and their end.
extension FileServerHandler {
    /// Answers at once, whatever of the request is still to come, and closes.
    func refuse(_ request: IncomingRequest, _ reply: HTTPReply, _ context: ChannelHandlerContext) {
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
    func advance(_ context: ChannelHandlerContext) {
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
            case .waiting, .receiving, .answering, .reading, .ending, .lingering, .closed:
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
            switch try outgoing.next(configuration.reader, context.channel.allocator) {
            case .end:
                finish(outgoing, context)
                return true
            case .chunk(let chunk):
                state = .sending(outgoing)
                context.writeAndFlush(Self.wrapOutboundOut(.body(.byteBuffer(chunk))), promise: nil)
                return true
            case .part(let file, let part):
                read(part, of: file, for: outgoing, context)
                return false
            }
        } catch {
            cutShort(outgoing, context)
            return false
        }
    }

    /// Has a thread read the next piece; the connection waits for it, and nobody else does.
    private func read(_ part: Range<Int>, of file: OpenFile, for outgoing: OutgoingReply, _ context: ChannelHandlerContext) {
        state = .reading(outgoing)
        let piece = configuration.reader.read(file, part, context.channel.allocator, on: context.eventLoop)
        piece.assumeIsolated().whenComplete { result in
            // The connection may have ended meanwhile.
            guard case .reading(var outgoing) = self.state else { return }
            guard case .success(let chunk) = result else { return self.cutShort(outgoing, context) }
            outgoing.take(chunk)
            self.state = .sending(outgoing)
            self.watch?.set(in: self.configuration.stallTime)
            context.writeAndFlush(Self.wrapOutboundOut(.body(.byteBuffer(chunk))), promise: nil)
            self.advance(context)
        }
    }

    /// Its length has been told: a connection that ends early is all that says otherwise.
    private func cutShort(_ outgoing: OutgoingReply, _ context: ChannelHandlerContext) {
        log(outgoing, isComplete: false)
        state = .waiting
        close(context)
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

    func timeIsOver(_ context: ChannelHandlerContext) {
        switch state {
        case .receiving(let request): refuse(request, HTTPReply(.requestTimeout, "408: the request did not come in time."), context)
        // Whoever works on the answer has bounds of his own.
        case .answering: watch?.set(in: configuration.stallTime)
        default: close(context)
        }
    }

    func close(_ context: ChannelHandlerContext) {
        end()
        context.close(promise: nil)
    }

    /// Closes the file of an answer that is not ended.
    func end() {
        watch?.cancel()
        switch state {
        case .sending(let outgoing), .reading(let outgoing): log(outgoing, isComplete: false)
        default: break
        }
        state = .closed
    }

    private func log(_ outgoing: OutgoingReply, isComplete: Bool) {
        configuration.log?(outgoing.record(isComplete: isComplete))
    }
}
