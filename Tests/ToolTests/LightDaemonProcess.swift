import ChildProcess
import CLinux
import Clocks
import Glibc
import LightClaims
import LightClient
import TestSupport

/// A ledd of its own socket and folder, on a machine without lights; gone with this object.
final class LightDaemonProcess {
    let folder: String
    let socket: String
    private(set) var child: ChildProcess
    private let log = scratchDescriptor()

    /// - Parameter configuration: text of its ledd.toml; `nil` for none.
    init(configuration: String? = nil, descriptors: [Int32] = [], wrapper: [String] = []) throws {
        var template = Array("\(productFolder)/ledd-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemError(doing: "mkdtemp", number: errno) }
        folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        socket = "\(folder)/s"
        try write(configuration ?? "", to: "\(folder)/ledd.toml")
        child = try Self.start(folder, log, descriptors, wrapper)
        if descriptors.isEmpty { try waitUntilReady() }
    }

    deinit {
        _ = child.end(within: 5000)
        close(log)
        removeTree(folder)
    }

    var messages: String { String(decoding: contents(of: log), as: UTF8.self) }

    func connect() throws -> LightDaemon { try LightDaemon(socket) }

    /// Kills it, and starts another one in its place.
    func killAndRestart() throws {
        kill(child.pid, SIGKILL)
        _ = child.wait(milliseconds: 5000)
        child = try Self.start(folder, log, [], [])
        try waitUntilReady()
    }

    private static func start(_ folder: String, _ log: Int32, _ descriptors: [Int32], _ wrapper: [String]) throws -> ChildProcess {
        let arguments = ["--config", "\(folder)/ledd.toml"] + (descriptors.isEmpty ? ["--socket", "\(folder)/s"] : [])
        let command = wrapper + ["\(productFolder)/ledd"] + arguments
        return try ChildProcess(
            path: command[0], arguments: Array(command.dropFirst()),
            environment: ["RINGLIGHT_LIGHT_DIRECTORY=\(folder)/dev", "RINGLIGHT_SYSFS=\(folder)/sys", "PATH=/usr/bin:/bin"],
            descriptors: [scratchDescriptor(), log, log] + descriptors)
    }

    private func waitUntilReady() throws {
        let deadline = Clocks.monotonic + 10_000_000_000
        while Clocks.monotonic < deadline {
            if var daemon = try? connect(), (try? daemon.ask(Request(.ping))) != nil { return }
            usleep(10_000)
        }
        throw SystemError(doing: "waiting for ledd: \(messages)", number: ETIMEDOUT)
    }
}

/// A raw connection, for what a proper client would not send.
final class RawClient {
    let descriptor: Int32

    init(_ path: String) throws {
        descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard ringlight_connect(descriptor, path) == 0 else { throw SystemError(doing: "connect", number: errno) }
        var patience = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    /// - Returns: false when the other side has closed, or takes no more for 10 s.
    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    func send(_ text: String) { send(Array(text.utf8)) }

    /// Up to the end of a line, of the connection, or of 10 s.
    func line() -> String {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while recv(descriptor, &byte, 1, 0) == 1, byte != UInt8(ascii: "\n") { bytes.append(byte) }
        return String(decoding: bytes, as: UTF8.self)
    }
}
