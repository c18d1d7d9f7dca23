import ChildProcess
import CLinux
import Clocks
import Glibc
import Synchronization
import ToolSupport

/// Bytes that a guest writes to an I/O port of QEMU's (isa-debugcon), each with the time at which it came.
///
/// The port writes within the guest's `out` instruction, so a mark is as old as one trip through a socket.
final class LatencyMarks: Sendable {
    struct Mark: Sendable {
        let byte: UInt8
        /// `Clocks.monotonic`.
        let time: Int64
    }

    private let folder: String
    private let listener: Int32
    private let seen = Mutex<[Mark]>([])

    private var path: String { "\(folder)/marks" }
    /// What makes QEMU connect here.
    var qemuArguments: [String] { ["-chardev", "socket,id=marks,path=\(path)", "-device", "isa-debugcon,iobase=0x402,chardev=marks"] }

    var marks: [Mark] { seen.withLock { $0 } }

    init() throws {
        var template = Array("/tmp/ringlight-marks-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Problem("/tmp", "no folder can be made there: \(String(cString: strerror(errno)))") }
        folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard ringlight_bind(listener, "\(folder)/marks") == 0, listen(listener, 1) == 0 else {
            throw Problem(folder, "no socket can be made there: \(String(cString: strerror(errno)))")
        }
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { argument in
                Unmanaged<LatencyMarks>.fromOpaque(argument!).takeRetainedValue().read()
                return nil
            }, Unmanaged.passRetained(self).toOpaque())
        pthread_detach(thread)
    }

    /// Takes no more marks, and leaves nothing behind.
    func end() {
        shutdown(listener, Int32(SHUT_RDWR))
        unlink(path)
        rmdir(folder)
    }

    private func read() {
        let client = accept(listener, nil, nil)
        close(listener)
        guard client >= 0 else { return }
        defer { close(client) }
        var bytes = [UInt8](repeating: 0, count: 64)
        while true {
            let count = Glibc.read(client, &bytes, bytes.count)
            let time = Clocks.monotonic
            guard count > 0 else { return }
            seen.withLock { $0 += bytes[..<count].map { Mark(byte: $0, time: time) } }
        }
    }
}
