import Glibc
import HostServices
import NIOCore
import NIOEmbedded
import NIOPosix
import TestSupport
import Testing

/// A folder below /tmp that goes with its test.
final class Folder: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/ringlight-services.XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw SystemError(doing: "mkdtemp", number: errno) }
        path = String(cString: made)
    }

    deinit { removeTree(path) }

    func add(_ name: String, _ text: String = "") throws { try write(text, to: "\(path)/\(name)") }

    func addFolder(_ name: String) throws { try makeFolders("\(path)/\(name)") }

    func link(_ name: String, to target: String) throws {
        guard symlink(target, "\(path)/\(name)") == 0 else { throw SystemError(doing: "symlink", number: errno) }
    }

    /// A file of this many bytes that takes no room; one byte in each of 64 KiB says which.
    func addLarge(_ name: String, _ size: Int) throws {
        try add(name)
        let descriptor = open("\(path)/\(name)", O_WRONLY)
        defer { close(descriptor) }
        guard ftruncate(descriptor, off_t(size)) == 0 else { throw SystemError(doing: "ftruncate", number: errno) }
        for offset in stride(from: 0, to: size, by: 65536) {
            var mark = UInt8(truncatingIfNeeded: offset >> 16) | 1
            guard pwrite(descriptor, &mark, 1, off_t(offset)) == 1 else { throw SystemError(doing: "pwrite", number: errno) }
        }
    }
}

/// An HTTP answer, as it stood on the wire.
struct Answer {
    let status: Int
    let headers: [String: String]
    let body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }
    subscript(header: String) -> String? { headers[header] }

    /// - Parameter bodies: for each answer whether its request lets it have a body; the last one counts for all further ones.
    static func all(in bytes: [UInt8], bodies: [Bool] = [true]) throws -> [Answer] {
        var answers: [Answer] = []
        var rest = bytes[...]
        let blank = Array("\r\n\r\n".utf8)
        while !rest.isEmpty {
            let end = try #require(rest.indices.dropLast(3).first { bytes[$0] == 13 && rest[$0...].starts(with: blank) }, "an answer's head ends")
            let lines = String(decoding: rest[..<end], as: UTF8.self).split(separator: "\r\n").map(String.init)
            let status = try #require(Int(lines[0].split(separator: " ")[1]))
            try #require(lines[0].hasPrefix("HTTP/1.1 "))
            var headers: [String: String] = [:]
            for line in lines.dropFirst() {
                let parts = line.split(separator: ": ", maxSplits: 1)
                headers[parts[0].lowercased()] = parts.count == 2 ? String(parts[1]) : ""
            }
            let hasBody = (answers.count < bodies.count ? bodies[answers.count] : bodies.last!) && status >= 200
            let length = hasBody ? Int(headers["content-length"] ?? "0")! : 0
            rest = rest[(end + 4)...]
            try #require(rest.count >= length, "the body is all there")
            answers.append(Answer(status: status, headers: headers, body: Array(rest.prefix(length))))
            rest = rest.dropFirst(length)
        }
        return answers
    }
}

/// A web server's connection without a network and with a clock that a test moves.
struct EmbeddedServer {
    let channel = EmbeddedChannel()
    let narrow = Narrow()

    init(_ folder: Folder, isOpen: Bool = true, _ configuration: FileServerConfiguration = FileServerConfiguration()) throws {
        narrow.isOpen = isOpen
        var configuration = configuration
        // On the loop, where a test sees every step.
        configuration.reader = FileReader(threads: nil)
        try channel.pipeline.syncOperations.addHandler(narrow)
        try channel.pipeline.syncOperations.addFileServer(FileRoot(folder.path), configuration)
        try channel.activate()
    }

    /// The only answer to a request.
    func ask(_ request: String, body: Bool = true) throws -> Answer {
        let answers = try askAll(request, bodies: [body])
        try #require(answers.count == 1)
        return answers[0]
    }

    func askAll(_ requests: String, bodies: [Bool] = [true]) throws -> [Answer] {
        try channel.type(requests)
        channel.embeddedEventLoop.run()
        return try Answer.all(in: channel.output(), bodies: bodies)
    }

    func get(_ target: String, _ headers: String...) throws -> Answer {
        try ask("GET \(target) HTTP/1.1\r\nHost: 192.0.2.1\r\n" + headers.map { $0 + "\r\n" }.joined() + "\r\n")
    }
}

/// Listens on the loopback, on a port of the system's choice.
func listen(
    on loop: any EventLoop = MultiThreadedEventLoopGroup.singleton.next(), _ initialize: @escaping @Sendable (any Channel) throws -> Void
) throws -> any Channel {
    try ServerBootstrap(group: loop)
        .serverChannelOption(.backlog, value: 128)
        .childChannelOption(.allowRemoteHalfClosure, value: true)
        .childChannelInitializer { channel in channel.eventLoop.makeCompletedFuture { try initialize(channel) } }
        .bind(host: "127.0.0.1", port: 0).wait()
}

func serve(_ folder: Folder, _ configuration: FileServerConfiguration = FileServerConfiguration()) throws -> any Channel {
    let root = try FileRoot(folder.path)
    return try listen { try $0.pipeline.syncOperations.addFileServer(root, configuration) }
}
