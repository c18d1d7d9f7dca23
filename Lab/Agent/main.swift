// The launcher's hand in the guest: runs commands, writes files, tells how they ended.
// Usage: guest-agent PORT (a virtio-serial port); ends when the other side is gone.
import Glibc

func fail(_ words: String, exitCode: Int32 = 1) -> Never {
    let line = Array("guest-agent: \(words)\n".utf8)
    _ = write(STDERR_FILENO, line, line.count)
    exit(exitCode)
}

guard CommandLine.arguments.count == 2 else { fail("usage: guest-agent PORT", exitCode: 64) }
signal(SIGPIPE, SIG_IGN)
let port = open(CommandLine.arguments[1], O_RDWR | O_CLOEXEC)
guard port >= 0 else { fail("\(CommandLine.arguments[1]): \(String(cString: strerror(errno)))") }
do {
    var agent = Agent(port: port)
    try agent.serve()
} catch {
    fail("\(error)")
}
