import ChildProcess
import Glibc
import ToolSupport

/// `e1000-uio serve` on QEMU's bare card: no root, no guest; clients of this machine's loopback reach it.
public final class CardServer {
    public let client: WebClient
    private let child: ChildProcess

    public var pid: pid_t { child.pid }

    /// Starts it and waits until it answers.
    ///
    /// - Parameters:
    ///   - folder: what it serves, with an `index.html`.
    ///   - options: of `serve`.
    ///   - built: the program; `nil`: the built one.
    ///   - wrapper: a program that runs it, found in PATH, and its own arguments.
    /// - Throws: `Problem`, with what the program said.
    public init(folder: String, options: [String] = [], program built: String? = nil, under wrapper: [String] = []) throws(Problem) {
        let program: String
        if let built { program = built } else { program = try BuiltProgram.path("e1000-uio") }
        let command = wrapper + [program]
        guard let path = ChildProcess.find(command[0]) else {
            throw Problem(command[0], "not found", remedy: "run 'make prepare', which installs it")
        }
        client = WebClient(port: try WebClient.freePort())
        let (nothing, words) = (open("/dev/null", O_RDWR | O_CLOEXEC), ChildProcess.memoryFile("serve"))
        defer { for descriptor in [nothing, words] { close(descriptor) } }
        let arguments = ["serve", "--quiet", "--device", "qemu", "--netdev", client.network] + options + [folder]
        do {
            child = try ChildProcess(
                path: path, arguments: command.dropFirst() + arguments,
                descriptors: [nothing, nothing, words])
        } catch {
            throw Problem(program, "\(error)")
        }
        do {
            try client.waitForServer { child.exitStatus == nil }
        } catch {
            let isGone = child.exitStatus != nil
            end()
            throw isGone ? Problem("e1000-uio serve", ChildProcess.text(of: words)) : error
        }
    }

    /// Ends it as Ctrl-C does, the hard way after ten seconds.
    public func end() {
        child.signal(SIGINT)
        if child.wait(milliseconds: 10_000) == nil { child.end(within: 0) }
    }
}
