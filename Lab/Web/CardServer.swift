import ChildProcess
import Glibc
import ToolSupport

/// `e1000-uio serve` on QEMU's bare card: no root, no guest; clients of this machine's loopback reach it.
public final class CardServer {
    public let client: WebClient
    private let child: ChildProcess

    /// Starts it and waits until it answers.
    ///
    /// - Parameters:
    ///   - folder: what it serves, with an `index.html`.
    ///   - options: of `serve`.
    /// - Throws: `Problem`, with what the program said.
    public init(folder: String, options: [String] = []) throws(Problem) {
        let program = try BuiltProgram.path("e1000-uio")
        client = WebClient(port: try WebClient.freePort())
        let (nothing, words) = (open("/dev/null", O_RDWR | O_CLOEXEC), ChildProcess.memoryFile("serve"))
        defer { for descriptor in [nothing, words] { close(descriptor) } }
        do {
            child = try ChildProcess(
                path: program, arguments: ["serve", "--quiet", "--device", "qemu", "--netdev", client.network] + options + [folder],
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
