import Glibc
import Testing

/// QEMU's monitor (QMP): one JSON object a line.
struct QEMUMonitor {
    private let ours: Int32
    /// For QEMU to inherit.
    let theirs: Int32

    init() {
        var pair: [Int32] = [-1, -1]
        precondition(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair) == 0)
        (ours, theirs) = (pair[0], pair[1])
    }

    func end() { for descriptor in [ours, theirs] { close(descriptor) } }

    /// QEMU's options.
    ///
    /// - Parameter descriptor: number of `theirs` in QEMU.
    func arguments(descriptor: Int) -> [String] {
        ["-chardev", "socket,id=m,fd=\(descriptor)", "-mon", "chardev=m,mode=control"]
    }

    /// Once, before other commands.
    func begin() throws { try execute("qmp_capabilities") }

    func setLink(up: Bool) throws { try execute("set_link", "{\"name\":\"n0\",\"up\":\(up)}") }

    /// Sends a command and waits for its answer, 5 s at most.
    private func execute(_ command: String, _ arguments: String = "{}") throws {
        let line = "{\"execute\":\"\(command)\",\"arguments\":\(arguments)}\n"
        #expect(write(ours, line, line.utf8.count) == line.utf8.count)
        var received = ""
        while !received.contains("\"return\"") {
            var poller = pollfd(fd: ours, events: Int16(POLLIN), revents: 0)
            guard poll(&poller, 1, 5000) == 1 else { throw Stuck() }
            var bytes = [UInt8](repeating: 0, count: 4096)
            let count = read(ours, &bytes, bytes.count)
            guard count > 0 else { throw Stuck() }
            received += String(decoding: bytes[..<count], as: UTF8.self)
            if received.contains("\"error\"") { throw Stuck() }
        }
    }
}
