import ChildProcess
import Glibc

/// What a program printed and how it ended.
public struct ToolResult: Sendable {
    public let status: Int32
    public let output: [UInt8]
    public let errors: String
    public var text: String { String(decoding: output, as: UTF8.self) }
}

/// The folder that holds the built programs: the one of this test process.
public let productFolder: String = {
    if OwnProgram.path.hasSuffix(".xctest") { return OwnProgram.folder }
    // Under swiftpm-testing-helper the test bundle is an argument.
    for argument in CommandLine.arguments where argument.contains(".xctest") {
        let bundle = argument.split(separator: ".xctest")[0]
        return String(bundle[..<bundle.lastIndex(of: "/")!])
    }
    return ".build/debug"
}()

/// The checkout: where Package.swift is.
public let packageFolder: String = {
    #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
}()

/// Runs a built program (a name without a slash) or any program (a path) to its end.
///
/// - Parameters:
///   - input: bytes on its standard input.
///   - bound: milliseconds after which it is killed (status 137).
public func runTool(
    _ program: String, _ arguments: [String], environment: [String: String] = [:], input: [UInt8] = [], bound: Int32 = 60_000
) throws -> ToolResult {
    let path = program.contains("/") ? program : "\(productFolder)/\(program)"
    let (stdin, stdout, stderr) = (scratchDescriptor(), scratchDescriptor(), scratchDescriptor())
    defer { for descriptor in [stdin, stdout, stderr] { close(descriptor) } }
    var written = 0
    while written < input.count {
        written += input.withUnsafeBytes { write(stdin, $0.baseAddress! + written, $0.count - written) }
    }
    lseek(stdin, 0, SEEK_SET)
    var variables: [String: String] = ["PATH": getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin:/usr/sbin:/sbin"]
    variables.merge(environment) { $1 }
    let child = try ChildProcess(
        path: path, arguments: arguments, environment: variables.map { "\($0)=\($1)" }, descriptors: [stdin, stdout, stderr])
    let status = child.wait(milliseconds: bound) ?? child.end(within: 0)
    return ToolResult(status: status, output: contents(of: stdout), errors: String(decoding: contents(of: stderr), as: UTF8.self))
}

/// A memory file: a program's output is kept whole without a pipe to drain or a file to delete.
public func scratchDescriptor() -> Int32 { ChildProcess.memoryFile("ringlight-test") }

/// All bytes of a file descriptor's file, from its start.
public func contents(of descriptor: Int32) -> [UInt8] {
    var status = stat()
    fstat(descriptor, &status)
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
    let count = pread(descriptor, &bytes, bytes.count, 0)
    return Array(bytes.prefix(max(0, count)))
}
