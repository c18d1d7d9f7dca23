import ChildProcess
import Glibc

/// The runs, and where they were measured.
struct Report: Encodable {
    let machine: Machine
    let runs: [TransmitRun]

    static let header = "way in  batch     frames/s  tail writes/frame  CPU ns/frame"

    static func line(_ run: TransmitRun) -> String {
        column(run.wayIn, -6) + column("\(run.batch)", 7) + column("\(Int(run.framesPerSecond.rounded()))", 13)
            + column(rounded(run.tailWritesPerFrame, 4), 19) + column("\(Int(run.cpuNanosecondsPerFrame.rounded()))", 14)
    }

    var lines: [String] {
        ["\(machine.processor), \(machine.processors) processors, Linux \(machine.kernel), \(machine.qemu), TCG", "", Self.header]
            + runs.map(Self.line)
    }

    /// Right-aligned in `width` columns, left-aligned where it is negative.
    private static func column(_ text: String, _ width: Int) -> String {
        let padding = String(repeating: " ", count: max(0, abs(width) - text.count))
        return width < 0 ? text + padding : padding + text
    }

    private static func rounded(_ value: Double, _ decimals: Int) -> String {
        let scale = (0..<decimals).reduce(1.0) { product, _ in product * 10 }
        return "\((value * scale).rounded() / scale)"
    }
}

/// The machine of a measurement.
struct Machine: Encodable {
    let processor: String
    let processors: Int
    let kernel: String
    let qemu: String

    init() throws {
        processors = sysconf(Int32(_SC_NPROCESSORS_ONLN))
        var name = utsname()
        uname(&name)
        kernel = withUnsafeBytes(of: name.release) { String(decoding: $0.prefix(while: { $0 != 0 }), as: UTF8.self) }
        let line = Self.text(of: "/proc/cpuinfo").split(separator: "\n").first { $0.hasPrefix("model name") }
        processor = line?.split(separator: ":", maxSplits: 1).last.map { String($0.drop(while: { $0 == " " })) } ?? "unknown processor"
        qemu = try Self.qemuVersion()
    }

    private static func text(of path: String) -> String {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return "" }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 8192)
        let count = read(file, &bytes, bytes.count)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }

    private static func qemuVersion() throws -> String {
        guard let path = ChildProcess.find("qemu-system-x86_64") else { return "no QEMU" }
        let output = ChildProcess.memoryFile("version")
        defer { close(output) }
        let child = try ChildProcess(path: path, arguments: ["--version"], descriptors: [output, output, output])
        guard child.wait(milliseconds: 10_000) == 0 else { return "QEMU" }
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = pread(output, &bytes, bytes.count, 0)
        let line = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self).split(separator: "\n").first ?? "QEMU"
        return line.split(separator: " ").prefix(4).joined(separator: " ").replacing(" emulator version", with: "")
    }
}
