import CardBench
import ChildProcess
import Glibc

/// What was measured, and where.
struct Report: Encodable {
    let machine: Machine
    let comparisons: [Comparison]
    let runs: [PacketRun]
    let serving: ServingReport
    let shares: RequestShares
    let lights: [LightLatency]

    static let header = "way in  mode  batch     frames/s (least - most)  tail writes/frame: transmit  receive  CPU ns/frame"

    /// Runs of the same: medians, and the spread of the frames a second.
    static func line(_ runs: [PacketRun]) -> String {
        guard let first = runs.first else { return "" }
        let rates = runs.map(\.framesPerSecond)
        return column(first.wayIn, -6) + "  " + column(first.mode.rawValue, -4) + column("\(first.batch)", 7)
            + column("\(Int(median(rates)))", 13) + column(" (\(Int(rates.min() ?? 0)) - \(Int(rates.max() ?? 0)))", -21)
            + column(rounded(median(runs.map(\.transmitTailWritesPerFrame)), 4), 20)
            + column(rounded(median(runs.map(\.receiveTailWritesPerFrame)), 4), 9)
            + column("\(Int(median(runs.map(\.cpuNanosecondsPerFrame)).rounded()))", 14)
    }

    private static let comparisonHeader = "batch   C ns/packet   Swift ns/packet   Swift's rate by C's (least - most)"

    private static func line(_ comparison: Comparison) -> String {
        let ratios = comparison.ratios
        return column("\(comparison.batch)", 5) + column(rounded(median(comparison.c), 1), 14)
            + column(rounded(median(comparison.swift), 1), 18)
            + column("\(rounded(median(ratios), 3)) (\(rounded(ratios.min() ?? 0, 3)) - \(rounded(ratios.max() ?? 0, 3)))", 39)
    }

    var lines: [String] {
        var groups: [[PacketRun]] = []
        for run in runs {
            let same = groups.firstIndex { ($0[0].wayIn, $0[0].mode, $0[0].batch) == (run.wayIn, run.mode, run.batch) }
            if let same { groups[same].append(run) } else { groups.append([run]) }
        }
        return [machine.line]
            + ["", Self.comparisonHeader] + comparisons.map(Self.line)
            + ["", Self.header] + groups.map(Self.line)
            + [""] + serving.lines
            + [""] + shares.lines
            + [""] + LightLatency.lines(lights)
    }

    static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        guard let upper = sorted.dropFirst(sorted.count / 2).first else { return 0 }
        return sorted.count.isMultiple(of: 2) ? (sorted[sorted.count / 2 - 1] + upper) / 2 : upper
    }

    /// Right-aligned in `width` columns, left-aligned where it is negative.
    static func column(_ text: String, _ width: Int) -> String {
        let padding = String(repeating: " ", count: max(0, abs(width) - text.count))
        return width < 0 ? text + padding : padding + text
    }

    static func rounded(_ value: Double, _ decimals: Int) -> String {
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

    var line: String { "\(processor), \(processors) processors, Linux \(kernel), \(qemu), TCG" }

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
