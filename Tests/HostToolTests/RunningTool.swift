import ChildProcess
import Glibc
import TestSupport
import Testing

/// A tool that serves on QEMU's card until it is told to end, reached through QEMU's user network from this machine's loopback.
final class RunningTool {
    private let child: ChildProcess
    private let out = scratchDescriptor()
    private let err = scratchDescriptor()
    private let nothing = open("/dev/null", O_RDWR)
    /// Of this machine, where the host's port is found.
    let port: UInt16

    var pid: pid_t { child.pid }
    var errors: String { String(decoding: contents(of: err), as: UTF8.self) }
    var output: [UInt8] { contents(of: out) }

    /// - Parameters:
    ///   - hostPort: the tool's own.
    ///   - ready: what it says once it serves.
    convenience init(_ arguments: [String], hostPort: Int, udp: Bool = false, ready: String, input: Int32? = nil, options: [String] = []) throws {
        let port = try freePort()
        var network = "user,hostfwd=tcp:127.0.0.1:\(port)-:\(hostPort)"
        if udp { network += ",hostfwd=udp:127.0.0.1:\(port)-:\(hostPort)" }
        try self.init(arguments, netdev: network, port: port, ready: ready, input: input, options: options)
    }

    /// - Parameters:
    ///   - netdev: QEMU's network.
    ///   - port: where the host's is found in it, if anywhere.
    init(_ arguments: [String], netdev network: String, port: UInt16 = 0, ready: String, input: Int32? = nil, options: [String] = []) throws {
        self.port = port
        let environment = ["PATH=\(getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin:/usr/sbin:/sbin")"]
        child = try ChildProcess(
            path: "\(productFolder)/e1000-uio", arguments: [arguments[0], "--device", "qemu", "--netdev", network] + options + arguments.dropFirst(),
            environment: environment, descriptors: [input ?? nothing, out, err])
        let isReady = eventually(within: 30) { errors.contains(ready) || child.exitStatus != nil }
        try #require(isReady && child.exitStatus == nil, "\(errors)")
    }

    /// Whether it says something so often: the lines of its loop are written by another thread, soon.
    func says(_ words: String, times: Int = 1, within seconds: Double = 5) -> Bool {
        eventually(within: seconds) { errors.split(separator: words).count > times }
    }

    /// As Ctrl-C does.
    ///
    /// - Returns: its exit code.
    func end() -> Int32 {
        child.signal(SIGINT)
        let status = child.wait(milliseconds: 10_000) ?? child.end(within: 0)
        #expect(!errors.contains("bug"), "\(errors)")
        for descriptor in [out, err, nothing] { close(descriptor) }
        return status
    }

    /// Waits for the end that comes by itself.
    func wait() -> Int32? { child.wait(milliseconds: 20_000) }
}

/// Runs a tool while something is done with it, and ends it in any case.
func withTool(
    _ arguments: [String], hostPort: Int, udp: Bool = false, ready: String, options: [String] = [], _ body: (RunningTool) throws -> Void
) throws {
    let tool = try RunningTool(arguments, hostPort: hostPort, udp: udp, ready: ready, options: options)
    let result = Result { try body(tool) }
    let status = tool.end()
    #expect(status == 0)
    try result.get()
}

func eventually(within seconds: Double, _ condition: () throws -> Bool) rethrows -> Bool {
    for _ in 0..<Int(seconds * 200) {
        if try condition() { return true }
        usleep(5000)
    }
    return try condition()
}

/// A port of the loopback that nobody has now.
func freePort() throws -> UInt16 {
    let listener = try LoopbackListener()
    return listener.port
}

/// A shell's command, for clients that people use.
func shell(_ line: String, bound: Int32 = 60_000) throws -> ToolResult { try runTool("/bin/sh", ["-c", line], bound: bound) }
