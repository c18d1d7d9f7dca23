import ChildProcess
import Clocks
import Glibc
import GuestProtocol
import Synchronization

/// QEMU, the sockets that lead into it, and the one thread that reads them.
final class GuestEngine: Sendable {
    let state = Shared(GuestState())
    let qemu: ChildProcess
    let captures: [Int32]
    private let words: Int32
    private let console: Int32
    private let agent: Int32
    private let monitor: Int32
    private let eye: Int32
    private let interruption: Int32
    /// The end of the eye that QEMU gets through the monitor.
    private let eyeForQEMU: Mutex<Int32?>
    private let sending = Mutex(())

    /// After the kernel's last words: time for the rest of them to arrive, in nanoseconds.
    private static let lastWordsGrace: Int64 = 500_000_000

    init(options: Guest.Options) throws(GuestError) {
        guard options.cards.count <= QEMUCommand.mostCards else {
            throw .cannotStart("guest", "\(options.cards.count) cards, but at most \(QEMUCommand.mostCards) are possible")
        }
        let image = if let image = options.image { image } else { try GuestImage() }
        guard let program = ChildProcess.find(options.qemu) else {
            throw .missing(options.qemu, remedy: "apt install qemu-system-x86")
        }
        var owned: [Int32] = []
        var lent: [Int32] = []
        var complete = false
        defer {
            for descriptor in lent { close(descriptor) }
            if !complete { for descriptor in owned { close(descriptor) } }
        }
        func pair() throws(GuestError) -> (Int32, Int32) {
            let (ours, theirs) = try socketPair()
            owned.append(ours)
            lent.append(theirs)
            return (ours, theirs)
        }
        func memory(_ name: String) throws(GuestError) -> Int32 {
            let file = ChildProcess.memoryFile(name)
            guard file >= 0 else { throw .cannotStart("memory file", String(cString: strerror(errno))) }
            owned.append(file)
            return file
        }
        let (consoleEnd, monitorEnd, agentEnd) = (try pair(), try pair(), try pair())
        let (ownEye, qemuEye) = try socketPair()
        owned += [ownEye, qemuEye]
        let words = try memory("qemu-words")
        var captures: [Int32] = []
        for number in options.cards.indices { captures.append(try memory("wire\(number)")) }
        let nothing = open("/dev/null", O_RDWR | O_CLOEXEC)
        lent.append(nothing)
        let command = QEMUCommand(
            options: options, image: image,
            channels: .init(
                nothing: nothing, words: words, console: consoleEnd.1, agent: agentEnd.1, monitor: monitorEnd.1,
                captures: captures))
        do {
            qemu = try ChildProcess(path: program, arguments: command.arguments, descriptors: command.descriptors)
        } catch {
            throw .cannotStart("QEMU", "\(error)")
        }
        complete = true
        (self.words, self.captures) = (words, captures)
        (console, monitor, agent) = (consoleEnd.0, monitorEnd.0, agentEnd.0)
        eye = ownEye
        interruption = options.interruption
        eyeForQEMU = Mutex(qemuEye)
        var thread = pthread_t()
        let created = pthread_create(
            &thread, nil,
            { argument in
                Unmanaged<GuestEngine>.fromOpaque(argument!).takeRetainedValue().watch()
                return nil
            }, Unmanaged.passRetained(self).toOpaque())
        guard created == 0 else {
            Unmanaged.passUnretained(self).release()
            throw .cannotStart("thread", String(cString: strerror(created)))
        }
        pthread_detach(thread)
    }

    deinit {
        for descriptor in captures + [words, console, agent, monitor, eye] { close(descriptor) }
        closeEyeForQEMU()
    }

    /// Ends QEMU; everything that waits gets `GuestError.ended`.
    func end() {
        state.withLock { $0.isEnding = true }
        qemu.end(within: 0)
        // Until the thread has seen it: then nothing changes any more.
        _ = state.wait(until: Clocks.after(.seconds(5))) { $0.status }
    }

    /// What QEMU said on its own behalf.
    var qemuWords: String { String(decoding: readFile(words), as: UTF8.self) }

    func send(_ message: AgentMessage, until deadline: Int64) throws(GuestError) {
        let bytes = message.encoded
        let sent = sending.withLock { _ in sendAll(bytes, to: agent, until: deadline) }
        guard sent else {
            // A dead QEMU is noticed by the thread, in a moment.
            if let failure = state.wait(until: Clocks.after(.milliseconds(200)), { $0.failure }) { throw failure }
            throw .timedOut("sending to the guest", seen: "")
        }
    }

    func sendToMonitor(_ bytes: [UInt8], descriptor: Int32?, until deadline: Int64) throws(GuestError) {
        let sent = sending.withLock { _ in sendAll(bytes, to: monitor, descriptor: descriptor, until: deadline) }
        guard sent else {
            if let failure = state.wait(until: Clocks.after(.milliseconds(200)), { $0.failure }) { throw failure }
            throw .timedOut("sending to QEMU's monitor", seen: "")
        }
    }

    /// Calls `body` with the descriptor that QEMU shall serve VNC on, then closes our copy.
    func handOverEye(_ body: (Int32) throws(GuestError) -> Void) throws(GuestError) {
        guard let descriptor = eyeForQEMU.withLock({ $0 }) else { return }
        defer { closeEyeForQEMU() }
        try body(descriptor)
    }

    private func closeEyeForQEMU() {
        eyeForQEMU.withLock {
            if let descriptor = $0 { close(descriptor) }
            $0 = nil
        }
    }

    /// Until QEMU ends.
    private func watch() {
        var channels = Channels()
        var sockets = [console, agent, monitor, eye]
        // Never any reader but poll(2), which ignores negative descriptors.
        var interruption = interruption
        var buffer = [UInt8](repeating: 0, count: 65536)
        var killAt: Int64?
        while true {
            var descriptors = (sockets + [qemu.exitDescriptor, interruption]).map {
                pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
            }
            let bound = killAt.map { Int32(clamping: max(0, $0 - Clocks.monotonic) / 1_000_000 + 1) } ?? -1
            guard poll(&descriptors, nfds_t(descriptors.count), bound) >= 0 else { continue }
            let time = Clocks.monotonic
            for number in sockets.indices where descriptors[number].revents != 0 {
                let count = recv(sockets[number], &buffer, buffer.count, Int32(MSG_DONTWAIT))
                if count > 0 {
                    take(buffer[..<count], from: number, through: &channels, at: time)
                } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
                    sockets[number] = -1
                }
            }
            if descriptors[sockets.count + 1].revents != 0 {
                interruption = -1
                state.withLock { $0.isEnding = true }
                qemu.signal(SIGKILL)
            }
            // The end last, and only once the sockets are empty: the reason is in them.
            if descriptors[sockets.count].revents != 0 && descriptors.prefix(sockets.count).allSatisfy({ $0.revents == 0 }) {
                break
            }
            if killAt == nil && state.withLock({ $0.console.lastWords != nil }) { killAt = time + Self.lastWordsGrace }
            if let moment = killAt, time >= moment { qemu.signal(SIGKILL) }
        }
        conclude(status: qemu.wait(milliseconds: -1) ?? 0)
    }

    /// What makes sense of the bytes of each socket.
    private struct Channels {
        var agent = AgentMessageReader()
        var monitor = MonitorMessages()
        var eye = RFBClient()
    }

    private func take(_ bytes: ArraySlice<UInt8>, from number: Int, through channels: inout Channels, at time: Int64) {
        do {
            switch number {
            case 0:
                state.withLock { $0.console.append(bytes) }
            case 1:
                channels.agent.append(bytes)
                while let message = try channels.agent.next() { state.withLock { $0.handle(message) } }
            case 2:
                let messages = try channels.monitor.receive(bytes)
                state.withLock { state in for message in messages { state.handle(message, at: time) } }
            default:
                let states = try channels.eye.receive(bytes)
                let answers = channels.eye.takeAnswers()
                if !answers.isEmpty { _ = sendAll(answers, to: eye, until: Clocks.after(.seconds(1))) }
                state.withLock { state in for lights in states { state.handle(lights, at: time) } }
            }
        } catch {
            let failure = error as? GuestError ?? .malformed("\(error)")
            state.withLock { $0.failure = $0.failure ?? failure }
        }
    }

    private func conclude(status: Int32) {
        let words = qemuWords
        state.withLock { state in
            state.status = status
            guard state.failure == nil else { return }
            if let line = state.console.lastWords {
                state.failure = .panicked(line: line, console: state.console.tail())
            } else if state.isEnding {
                state.failure = .ended
            } else {
                state.failure = .qemuEnded(status: status, words: words, console: state.console.tail())
            }
        }
    }
}
