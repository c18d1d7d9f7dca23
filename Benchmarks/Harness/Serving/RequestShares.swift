import ChildProcess
import Glibc
import LabWeb
import ToolSupport

/// Where the instructions of a request to `e1000-uio serve` go: this machine's own, without the kernel's and QEMU's.
struct RequestShares: Encodable {
    enum Share: String, Encodable, CaseIterable, CodingKeyRepresentable {
        case nio = "SwiftNIO"
        case files = "file server's handlers"
        case lwip = "lwIP"
        /// RinglightNIO, HostStack.
        case host = "channels and loop"
        case driver
        /// Messages to QEMU in place of a card's registers.
        case qtest = "registers through qtest"
        case program
        /// What no caller of ours is known for.
        case others
    }

    /// What RinglightNIO, HostStack and the driver may take of what lwIP and SwiftNIO take.
    static let goal = 0.1

    let requests: Int
    /// Instructions a request.
    let instructions: [Share: Double]
    /// Of RinglightNIO, HostStack and the driver, by those of lwIP and SwiftNIO.
    let ratio: Double
    let isMet: Bool

    init(_ profile: CallgrindProfile, requests: Int) {
        let stack = Set(profile.functions.filter { $0.object.contains("liblwip") }.map { String($0.name.prefix { $0 != "'" }) })
        // callgrind appends who called, the nearest first (--separate-callers).
        let charged = profile.charged { function in
            function.name.split(separator: "'").lazy.compactMap { Self.owner(String($0), stack) }.first
        }
        var instructions: [Share: Double] = [:]
        for (share, amount) in charged { instructions[share ?? .others, default: 0] += amount / Double(requests) }
        func of(_ shares: Share...) -> Double { shares.reduce(0) { $0 + (instructions[$1] ?? 0) } }
        (self.requests, self.instructions) = (requests, instructions)
        ratio = of(.host, .driver) / of(.lwip, .nio)
        isMet = ratio <= Self.goal
    }

    private static let modules: [String: Share] = [
        "RinglightNIO": .host, "HostStack": .host, "E1000": .driver, "DeviceAccess": .qtest, "HostServices": .files, "e1000_uio": .program,
        "NIOCore": .nio, "NIOPosix": .nio, "NIOHTTP1": .nio, "NIO": .nio, "_NIODataStructures": .nio, "_NIOBase64": .nio,
        "NIOConcurrencyHelpers": .nio, "NIOSSL": .nio, "NIOTLS": .nio,
    ]

    /// `nil`: the Swift runtime, the C library, and small rooms that others call (Frames, Clocks): whoever calls.
    ///
    /// - Parameter stack: names of lwIP's own functions.
    private static func owner(_ name: String, _ stack: Set<String>) -> Share? {
        if stack.contains(name) { return .lwip }
        if name.hasPrefix("c_nio_") || name.hasPrefix("CNIO") { return .nio }
        // lwIP's memory is the card's (CLWIPMemory).
        if name.hasPrefix("ringlight_lwip_") { return .host }
        return module(of: name).flatMap { modules[$0] }
    }

    /// The first module that a mangled Swift name has of those above: whose the function is; of a general one that was specialised for
    /// a type, the type's.
    private static func module(of name: String) -> String? {
        guard name.hasPrefix("$s") else { return nil }
        var rest = Substring(name).dropFirst(2)
        while let start = rest.firstIndex(where: { $0.isASCII && $0.isNumber }) {
            rest = rest[start...]
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest.dropFirst(digits.count)
            guard let length = Int(digits), length > 0 else { continue }
            let word = String(rest.prefix(length))
            if modules[word] != nil { return word }
            rest = rest.dropFirst(length)
        }
        return nil
    }

    var lines: [String] {
        let all = instructions.values.reduce(0, +)
        return ["a request to 'e1000-uio serve' on QEMU's bare card, instructions without the kernel's (\(requests) requests)"]
            + Share.allCases.map { share in
                let amount = instructions[share] ?? 0
                return Report.column(share.rawValue, -26) + Report.column("\(Int(amount.rounded()))", 10)
                    + Report.column("\(Report.rounded(amount / all * 100, 1)) %", 10)
            } + [
                Report.column("all", -26) + Report.column("\(Int(all.rounded()))", 10),
                "channels, loop and driver by SwiftNIO and lwIP: \(Report.rounded(ratio * 100, 1)) %; goal: at most "
                    + "\(Int(Self.goal * 100)) %  \(isMet ? "met" : "not met")",
            ]
    }
}

extension RequestShares {
    /// - Parameter seconds: of requests, after the server and its tables are warm.
    /// - Throws: `Problem`.
    static func measure(seconds: Int) throws -> RequestShares {
        Output.note("where a request's instructions go: e1000-uio serve under callgrind")
        var template = Array("/tmp/ringlight-shares.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Problem("/tmp", String(cString: strerror(errno))) }
        let folder = String(decoding: template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { _ = try? run("rm", ["-rf", folder]) }
        // valgrind cannot read Swift's debugging information; the names stay.
        try run("strip", ["-g", "-o", "\(folder)/e1000-uio", release()])
        let server = try BareCardServer(
            program: "\(folder)/e1000-uio",
            under: ["valgrind", "-q", "--tool=callgrind", "--separate-callers=8", "--callgrind-out-file=\(folder)/counts"])
        defer { server.end() }
        // Connections, tables and caches are there.
        _ = try server.server.client.requests(seconds: 5)
        try run("callgrind_control", ["-z", "\(server.server.pid)"])
        let count = try server.server.client.requests(seconds: seconds)
        try run("callgrind_control", ["-d", "\(server.server.pid)"])
        return RequestShares(try CallgrindProfile(text(of: "\(folder)/counts.1")), requests: count)
    }

    /// Debug builds tell nothing of what a request costs.
    private static func release() throws -> String {
        let program = "\(OwnProgram.folder)/../release/e1000-uio"
        guard access(program, X_OK) == 0 else { throw Problem(program, "not built", remedy: "run 'make bench', which builds what it needs") }
        return program
    }

    private static func text(of path: String) throws -> String {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw Problem(path, "callgrind wrote no counts: \(String(cString: strerror(errno)))") }
        defer { close(file) }
        var status = stat()
        fstat(file, &status)
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        let count = read(file, &bytes, bytes.count)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }

    private static func run(_ program: String, _ arguments: [String]) throws {
        guard let path = ChildProcess.find(program) else {
            throw Problem(program, "not found", remedy: "run 'make prepare', which installs it")
        }
        let (words, nothing) = (ChildProcess.memoryFile("words"), open("/dev/null", O_RDWR | O_CLOEXEC))
        defer { for descriptor in [words, nothing] { close(descriptor) } }
        let child = try ChildProcess(path: path, arguments: arguments, descriptors: [nothing, words, words])
        let status = child.wait(milliseconds: 60_000)
        guard status == 0 else { throw Problem(program, status == nil ? "no end within 60 s" : ChildProcess.text(of: words)) }
    }
}
