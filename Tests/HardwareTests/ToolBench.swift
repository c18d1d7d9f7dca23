import ChildProcess
import CLinux
import Clocks
import Frames
import Glibc
import TestSupport

/// A folder for what needs a name, gone with this object: sockets, ring files.
final class ScratchFolder {
    let path: String

    init() throws {
        var template = Array("/tmp/ringlight-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Stuck() }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        for name in names { unlink("\(path)/\(name)") }
        rmdir(path)
    }

    /// What is in it, sorted.
    var names: [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var result: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix(while: { $0 != 0 }), as: UTF8.self) }
            if name != "." && name != ".." { result.append(name) }
        }
        return result.sorted()
    }

    func frames(of name: String) throws -> [CapturedFrame] {
        var reader = try CaptureReader(path: "\(path)/\(name)")
        return try reader.rest()
    }
}

/// The other end of a tool's cable: a datagram socket with a name, one frame a datagram.
final class ToolWire {
    private let folder: ScratchFolder
    private let descriptor: Int32

    init() throws {
        folder = try ScratchFolder()
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        let bound = ringlight_bind(descriptor, "\(folder.path)/test")
        // A card that nobody empties any more must not hold the test for ever.
        var patience = timeval(tv_sec: 20, tv_usec: 0)
        let limited = setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        guard descriptor >= 0, bound == 0, limited == 0 else { throw Stuck() }
    }

    deinit { close(descriptor) }

    /// For `--netdev`.
    var netdev: String { "dgram,local.type=unix,local.path=\(folder.path)/qemu,remote.type=unix,remote.path=\(folder.path)/test" }

    /// Waits for QEMU when its queue is full.
    func send(_ frame: [UInt8]) throws {
        let sent = ringlight_send_to(descriptor, "\(folder.path)/qemu", frame, frame.count)
        guard sent == frame.count else { throw Stuck() }
    }
}

/// A tool that runs while the test does something; killed with this object.
final class RunningTool {
    private let child: ChildProcess
    private let input = open("/dev/null", O_RDONLY | O_CLOEXEC)
    private let output = scratchDescriptor()
    private let errorOutput = scratchDescriptor()

    let pid: pid_t

    /// - Parameter standardOutput: another place for its data than memory.
    init(_ arguments: [String], program: String = "e1000-uio", standardOutput: Int32? = nil, environment: [String]? = nil) throws {
        child = try ChildProcess(
            path: "\(productFolder)/\(program)", arguments: arguments, environment: environment,
            descriptors: [input, standardOutput ?? output, errorOutput])
        pid = child.pid
    }

    deinit {
        child.end(within: 0)
        for descriptor in [input, output, errorOutput] { close(descriptor) }
    }

    var text: String { String(decoding: contents(of: output), as: UTF8.self) }
    var errors: String { String(decoding: contents(of: errorOutput), as: UTF8.self) }

    /// Until the tool has said something on standard error.
    func wait(for words: String, milliseconds: Int64 = 30_000) throws {
        let deadline = Clocks.monotonic + milliseconds * 1_000_000
        while !errors.contains(words) {
            guard Clocks.monotonic < deadline, child.exitStatus == nil else { throw ToolSaid(errors) }
            usleep(5000)
        }
    }

    func signal(_ number: Int32) { child.signal(number) }

    /// Its exit code; 137 when it had to be killed.
    func wait(milliseconds: Int32 = 30_000) -> Int32 { child.wait(milliseconds: milliseconds) ?? child.end(within: 0) }
}

struct ToolSaid: Error, CustomStringConvertible {
    let description: String
    init(_ text: String) { description = "the tool said: \(text)" }
}

/// A number of a tool's JSON on several lines.
func number(_ key: String, in json: String) -> Double? {
    json.split(separator: "\n").first { $0.contains("\"\(key)\"") }?.split(separator: ":").last.flatMap {
        Double($0.filter { $0.isNumber || ".-e".contains($0) })
    }
}
