import ChildProcess
import Clocks
import FoundationEssentials
import Glibc
import Lab

/// Chromium without a window, led through the pipe of its DevTools protocol: JSON messages, each ended by a zero byte, on its
/// descriptors 3 and 4 (https://chromedevtools.github.io/devtools-protocol/).
///
/// Own code because a protocol of six calls needs no driver program of the browser's own version.
public final class Browser {
    /// Where it is; `nil`: there is none. 'make test-page' installs it.
    public static let path = ChildProcess.find("chromium")

    /// What it did not do, in its own words.
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    /// An element as those hear it who do not see it.
    public struct Heard: Hashable, Sendable {
        public let role: String
        public let name: String

        public init(role: String, name: String) { (self.role, self.name) = (role, name) }
    }

    private let child: ChildProcess
    private let profile: String
    private let commands: Int32
    private let answers: Int32
    private let words: Int32
    private var received: [UInt8] = []
    private var count: Int64 = 0
    private var session: String?

    /// Starts it with a new profile, which is gone with this object.
    public init() throws {
        var template = Array("/tmp/ringlight-browser-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemError(doing: "mkdtemp", number: errno) }
        profile = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let (command, answer) = (try Self.pipe(), try Self.pipe())
        (commands, answers, words) = (command.write, answer.read, scratchDescriptor())
        let nothing = open("/dev/null", O_RDWR | O_CLOEXEC)
        defer { for descriptor in [nothing, command.read, answer.write] { close(descriptor) } }
        child = try ChildProcess(
            path: Self.path ?? "chromium",
            arguments: [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking",
                "--hide-scrollbars", "--user-data-dir=\(profile)", "--remote-debugging-pipe",
            ], descriptors: [nothing, words, words, command.read, answer.write])
    }

    deinit {
        // Its helpers end with it, and write no more into the profile.
        _ = try? call("Browser.close")
        _ = child.wait(milliseconds: 5000)
        child.end()
        for descriptor in [commands, answers, words] { close(descriptor) }
        removeTree(profile)
    }

    private static func pipe() throws -> (read: Int32, write: Int32) {
        var ends: [Int32] = [-1, -1]
        // Children get no descriptors but those that are named.
        guard Glibc.pipe(&ends) == 0 else { throw SystemError(doing: "pipe", number: errno) }
        return (ends[0], ends[1])
    }

    /// Opens a page in a tab of its own, and does not wait for it.
    public func visit(_ url: String) throws {
        session = nil
        let target = try call("Target.createTarget", ["url": "about:blank"])["targetId"] ?? .null
        session = try call("Target.attachToTarget", ["targetId": target, "flatten": true])["sessionId"]?.string
        try call("Page.navigate", ["url": .string(url)])
    }

    /// CSS pixels of the window; of a phone's screen they are two dots each.
    public func resize(width: Int, height: Int, isPhone: Bool) throws {
        try call(
            "Emulation.setDeviceMetricsOverride",
            [
                "width": .integer(Int64(width)), "height": .integer(Int64(height)), "deviceScaleFactor": isPhone ? 2 : 1,
                "mobile": .bool(isPhone),
            ])
    }

    /// The reader's system is dark, or bright.
    public func setDark(_ isDark: Bool) throws {
        try call("Emulation.setEmulatedMedia", ["features": [["name": "prefers-color-scheme", "value": isDark ? "dark" : "light"]]])
    }

    /// The value of a JavaScript expression.
    @discardableResult
    public func value(of expression: String) throws -> JSONValue {
        let answer = try call("Runtime.evaluate", ["expression": .string(expression), "returnByValue": true, "awaitPromise": true])
        if let exception = answer["exceptionDetails"] { throw Failure(description: "\(expression): \(exception)") }
        return answer["result"]?["value"] ?? .null
    }

    /// Waits until an expression is true.
    public func wait(until expression: String, within seconds: Int64 = 30) throws {
        let deadline = Clocks.monotonic + seconds * 1_000_000_000
        while try value(of: expression) != true {
            guard Clocks.monotonic < deadline else {
                throw Failure(description: "not true within \(seconds) s: \(expression)\n\(try value(of: "document.body?.innerText"))")
            }
            usleep(50_000)
        }
    }

    /// The page as a screen reader has it.
    public func heard() throws -> [Heard] {
        try call("Accessibility.getFullAXTree")["nodes"]?.array?.filter { $0["ignored"] != true }.map {
            Heard(role: $0["role"]?["value"]?.string ?? "", name: $0["name"]?["value"]?.string ?? "")
        } ?? []
    }

    /// Presses and releases a key that writes nothing, or a space.
    public func press(_ key: String, code: Int64) throws {
        for kind in ["keyDown", "keyUp"] {
            var event: [String: JSONValue] = ["type": .string(kind), "key": .string(key), "windowsVirtualKeyCode": .integer(code)]
            if key == " ", kind == "keyDown" { event["text"] = " " }
            try call("Input.dispatchKeyEvent", event)
        }
    }

    /// What the window shows, as PNG.
    public func picture() throws -> [UInt8] {
        guard let text = try call("Page.captureScreenshot")["data"]?.string, let data = Data(base64Encoded: text) else {
            throw Failure(description: "no picture")
        }
        return Array(data)
    }

    @discardableResult
    private func call(_ method: String, _ parameters: [String: JSONValue] = [:]) throws -> JSONValue {
        count += 1
        var message: [String: JSONValue] = ["id": .integer(count), "method": .string(method), "params": .object(parameters)]
        message["sessionId"] = session.map { .string($0) }
        var bytes = JSONValue.object(message).line.dropLast() + [0]
        while !bytes.isEmpty {
            let written = bytes.withUnsafeBytes { write(commands, $0.baseAddress, $0.count) }
            guard written > 0 else { throw gone() }
            bytes = bytes.dropFirst(written)
        }
        let deadline = Clocks.monotonic + 60_000_000_000
        while true {
            guard let answer = JSONValue(line: try nextMessage(until: deadline)) else { continue }
            // The others are events, of which none is waited for.
            guard answer["id"]?.integer == count else { continue }
            if let error = answer["error"] { throw Failure(description: "\(method): \(error)") }
            return answer["result"] ?? .null
        }
    }

    private func nextMessage(until deadline: Int64) throws -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            if let end = received.firstIndex(of: 0) {
                defer { received.removeFirst(end + 1) }
                return Array(received[..<end])
            }
            var poller = pollfd(fd: answers, events: Int16(POLLIN), revents: 0)
            let left = Int32(clamping: max(0, (deadline - Clocks.monotonic) / 1_000_000))
            guard poll(&poller, 1, left) > 0 else { throw Failure(description: "no answer of the browser's: \(said)") }
            let count = read(answers, &buffer, buffer.count)
            guard count > 0 else { throw gone() }
            received += buffer[..<count]
        }
    }

    private var said: String { String(decoding: contents(of: words).suffix(4096), as: UTF8.self) }

    private func gone() -> Failure { Failure(description: "the browser is gone: \(said)") }
}
