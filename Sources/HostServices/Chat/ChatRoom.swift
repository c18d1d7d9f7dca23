import NIOCore

/// Who is in a chat room, and what they say to each other.
///
/// Lives on one event loop: every channel with a `ChatHandler` of this room is on that loop (a card has one anyway; take one
/// loop of a group otherwise). Used elsewhere, it stops the program.
public final class ChatRoom: Sendable {
    public let eventLoop: any EventLoop
    public let limits: ChatLimits

    private struct State {
        /// Those with a connection, in the order of their coming.
        var connected: [ChatHandler] = []
        /// By the name in small letters: `Bob` and `bob` are the same to a reader.
        var named: [String: ChatHandler] = [:]
    }

    private let state: NIOLoopBoundBox<State>

    public init(eventLoop: any EventLoop, limits: ChatLimits = ChatLimits()) {
        (self.eventLoop, self.limits) = (eventLoop, limits)
        state = NIOLoopBoundBox.makeBoxSendingValue(State(), eventLoop: eventLoop)
    }

    /// The names of those who are in the room, in the order of their coming.
    public var names: [String] { state.value.connected.compactMap(\.name) }

    /// Connections, those without a name included.
    public var connections: Int { state.value.connected.count }

    /// `false` when the room is full.
    func admit(_ person: ChatHandler) -> Bool {
        guard state.value.connected.count < limits.people else { return false }
        state.value.connected.append(person)
        return true
    }

    /// Gives a person a name, his first or another one; says what is wrong with it, as the end of a sentence.
    func name(_ person: ChatHandler, _ name: String) -> String? {
        if let problem = ChatText.problem(withName: name) { return problem }
        let key = name.lowercased()
        if let other = state.value.named[key], other !== person { return "somebody is called \(other.name ?? name) already" }
        let old = person.name
        if let old { state.value.named[old.lowercased()] = nil }
        state.value.named[key] = person
        person.name = name
        if let old {
            say("* \(old) is now \(name)", butNotTo: nil)
        } else {
            say("* \(name) joined, \(present)", butNotTo: person)
        }
        return nil
    }

    func leave(_ person: ChatHandler) {
        guard let index = state.value.connected.firstIndex(where: { $0 === person }) else { return }
        state.value.connected.remove(at: index)
        guard let name = person.name else { return }
        state.value.named[name.lowercased()] = nil
        person.name = nil
        say("* \(name) left, \(present)", butNotTo: nil)
    }

    /// Everyone with a name gets the same buffer.
    func say(_ line: String, butNotTo person: ChatHandler?) {
        let buffer = ByteBuffer(string: line + "\r\n")
        // A copy: whoever fails on writing leaves while the others are told.
        for other in Array(state.value.named.values) where other !== person { other.send(buffer) }
    }

    private var present: String {
        let count = state.value.named.count
        return "\(count) \(count == 1 ? "person is" : "people are") here"
    }
}
