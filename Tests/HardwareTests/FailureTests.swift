import ChildProcess
import Clocks
import DeviceAccess
import E1000
import Glibc
import TestSupport
import Testing

@Suite("QEMU that does not do its part", .serialized, .needsQEMU("it is QEMU's process that fails"))
struct FailureTests {
    /// Children of a process, from /proc.
    private func children(of pid: pid_t) -> [pid_t] {
        guard let folder = opendir("/proc/\(pid)/task") else { return [] }
        defer { closedir(folder) }
        var result: [pid_t] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix(while: { $0 != 0 }), as: UTF8.self) }
            let file = open("/proc/\(pid)/task/\(name)/children", O_RDONLY)
            guard file >= 0 else { continue }
            defer { close(file) }
            var bytes = [UInt8](repeating: 0, count: 4096)
            let count = read(file, &bytes, bytes.count)
            result += String(decoding: bytes.prefix(max(0, count)), as: UTF8.self).split(separator: " ").compactMap { pid_t($0) }
        }
        return result
    }

    /// A running `e1000-uio send --count 0` and its QEMU.
    private func sender() throws -> (tool: ChildProcess, qemu: pid_t, errors: Int32) {
        let errors = scratchDescriptor()
        let tool = try ChildProcess(
            path: "\(productFolder)/e1000-uio",
            arguments: ["send", "--device", "qemu", "--netdev", QEMUBench.deadEnd, "--hex", "ffffffffffff525400123456 88b5 00", "--count", "0"],
            descriptors: [errors, errors, errors])
        for _ in 0..<500 {
            if let qemu = children(of: tool.pid).first {
                // Past its start-up: it sends.
                usleep(300_000)
                return (tool, qemu, errors)
            }
            usleep(10_000)
        }
        tool.end(within: 0)
        close(errors)
        throw Stuck()
    }

    /// A process that has ended and whom nobody has reaped yet is not alive.
    private func isAlive(_ pid: pid_t) -> Bool {
        let file = open("/proc/\(pid)/stat", O_RDONLY)
        guard file >= 0 else { return false }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 1024)
        let count = read(file, &bytes, bytes.count)
        return !String(decoding: bytes.prefix(max(0, count)), as: UTF8.self).contains(") Z ")
    }

    @Test("QEMU killed while sending: an error within a second, in plain words")
    func killedQEMU() throws {
        let (tool, qemu, errors) = try sender()
        defer { close(errors) }
        kill(qemu, SIGKILL)
        let start = Clocks.monotonic
        let status = tool.wait(milliseconds: 5000)
        #expect(Clocks.monotonic - start < 1_000_000_000)
        #expect(status == 1)
        let words = String(decoding: contents(of: errors), as: UTF8.self)
        #expect(words.contains("e1000-uio: qemu: killed by signal 9"), "\(words)")
        #expect(words.contains(" sent in "), "totals are printed: \(words)")
    }

    @Test("a killed tool takes QEMU with it")
    func killedTool() throws {
        let (tool, qemu, errors) = try sender()
        defer { close(errors) }
        tool.signal(SIGKILL)
        #expect(tool.wait(milliseconds: 5000) == 128 + SIGKILL)
        for _ in 0..<100 where isAlive(qemu) { usleep(10_000) }
        #expect(!isAlive(qemu))
    }

    @Test("SIGINT and SIGTERM end the sending with totals and exit 0, and QEMU", arguments: [SIGINT, SIGTERM])
    func interrupted(signal: Int32) throws {
        let (tool, qemu, errors) = try sender()
        defer { close(errors) }
        tool.signal(signal)
        #expect(tool.wait(milliseconds: 5000) == 0)
        #expect(!isAlive(qemu))
        #expect(String(decoding: contents(of: errors), as: UTF8.self).contains(" frames, "))
    }

    @Test("QEMU's own words when it refuses an option")
    func refused() throws {
        var options = QEMUOptions()
        options.netdev = "bogus"
        try expect(.refused, "does not accept value 'bogus'", options)
        options = QEMUOptions()
        options.model = "no-such-card"
        try expect(.refused, "'no-such-card' is not a valid device model name", options)
        options = QEMUOptions()
        options.model = "rtl8139"
        try expect(.refused, "not an Intel card", options)
        options = QEMUOptions()
        options.wireCapture = "/nonexistent/folder/wire.pcap"
        try expect(.refused, "/nonexistent/folder/wire.pcap", options)
        options = QEMUOptions()
        options.program = "/nonexistent/qemu"
        try expect(.notFound, "no such program", options)
        options = QEMUOptions()
        options.program = "/bin/false"
        try expect(.vanished, "it ended with status 1", options)
    }

    private func expect(_ kind: DeviceError.Kind, _ words: String, _ options: QEMUOptions) throws {
        let start = Clocks.monotonic
        do {
            _ = try QEMUDevice.start(options)
            Issue.record("QEMU started")
        } catch {
            #expect(error.kind == kind, "\(error)")
            #expect("\(error)".contains(words), "\(error)")
        }
        #expect(Clocks.monotonic - start < 2_000_000_000)
    }
}
