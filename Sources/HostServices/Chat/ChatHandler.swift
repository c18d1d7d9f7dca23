import NIOCore

/// One person's connection to a `ChatRoom`: lines of UTF-8 in and out.
///
/// The first line is the name. After that a line goes to everyone else, but for `/name NEW`, `/who` and `/quit`. Lines that
/// begin with `*` are the room's own.
public final class ChatHandler: ChannelInboundHandler {
    public typealias InboundIn = ByteBuffer
    public typealias OutboundOut = ByteBuffer

    /// `nil` until he has said it.
    public internal(set) var name: String?

    private let room: ChatRoom
    private var lines: ChatLines
    private var output: ChatOutput?
    private var allowance: LineAllowance?
    private var nameTimer: Scheduled<Void>?
    private var isLeaving = false
    /// He has been told that he is too fast, and has not had a line taken since.
    private var wasTooFast = false

    public init(room: ChatRoom) {
        self.room = room
        lines = ChatLines(longest: room.limits.lineBytes)
    }

    public func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { join(context) }
    }

    public func channelActive(context: ChannelHandlerContext) {
        join(context)
        context.fireChannelActive()
    }

    public func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var input = Self.unwrapInboundIn(data)
        while !isLeaving, let line = lines.next(from: &input) { take(line, now: context.eventLoop.now) }
    }

    public func channelInactive(context: ChannelHandlerContext) {
        leave()
        output?.stop()
        context.fireChannelInactive()
    }

    public func handlerRemoved(context: ChannelHandlerContext) {
        leave()
        output?.stop()
        output = nil
    }

    public func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // He will say nothing more: `printf … | nc` has no other way to say goodbye.
        if case ChannelEvent.inputClosed = event { quit() } else { context.fireUserInboundEventTriggered(event) }
    }

    public func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    func send(_ line: ByteBuffer) {
        output?.send(line)
    }

    private func tell(_ line: String) {
        send(ByteBuffer(string: "* \(line)\r\n"))
    }

    private func join(_ context: ChannelHandlerContext) {
        guard output == nil else { return }
        room.eventLoop.preconditionInEventLoop()
        output = ChatOutput(context, room.limits)
        allowance = LineAllowance(room.limits, now: context.eventLoop.now)
        guard room.admit(self) else {
            tell("the room is full with \(room.limits.people) people; try again later")
            return quit()
        }
        tell("welcome; what is your name? (1 to 20 characters)")
        nameTimer = context.eventLoop.assumeIsolated().scheduleTask(in: room.limits.nameTime) {
            self.tell("you did not say your name in time")
            self.quit()
        }
    }

    private func take(_ line: ChatLines.Line, now: NIODeadline) {
        guard allowance?.take(now: now) == true else {
            if !wasTooFast { tell("too fast: lines are not passed on until you slow down to \(room.limits.linesPerSecond) a second") }
            wasTooFast = true
            return
        }
        wasTooFast = false
        switch line {
        case .tooLong: tell("that line was not passed on: it is longer than \(room.limits.lineBytes) bytes")
        case .notUTF8: tell("that line was not passed on: it is not UTF-8")
        case .text(let text):
            let text = ChatText.clean(text)
            if text.isEmpty { return }
            if text.hasPrefix("/") { return obey(text) }
            guard let name else { return takeName(text) }
            room.say("\(name): \(text)", butNotTo: self)
        }
    }

    private func obey(_ command: String) {
        let words = command.split(separator: " ", maxSplits: 1).map(String.init)
        switch words[0] {
        case "/quit": quit()
        case "/who": tell(room.names.isEmpty ? "nobody is here" : "here: " + room.names.joined(separator: ", "))
        case "/name" where words.count == 2: takeName(words[1].trimmed)
        default: tell("commands: /name NEW, /who, /quit")
        }
    }

    private func takeName(_ name: String) {
        let isFirst = self.name == nil
        if let problem = room.name(self, name) { return tell("not your name: \(problem)") }
        nameTimer?.cancel()
        if isFirst { tell("you are \(name); here: \(room.names.joined(separator: ", ")). /name NEW, /who, /quit") }
    }

    private func quit() {
        guard !isLeaving else { return }
        leave()
        output?.finish()
    }

    private func leave() {
        nameTimer?.cancel()
        isLeaving = true
        room.leave(self)
    }
}

@available(*, unavailable)
extension ChatHandler: Sendable {}
