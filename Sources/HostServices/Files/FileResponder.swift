import NIOCore
import NIOHTTP1

/// What a request for a file is answered with.
struct FileResponder: Sendable {
    let root: FileRoot
    let index: [UInt8]?
    let listsFolders: Bool
    let servesHidden: Bool

    /// Whether `reply` need not wait for a disk. A folder's listing does: it reads the folder, and asks for each entry.
    func isAtHand(_ head: HTTPRequestHead, _ target: RequestTarget, _ reader: FileReader) -> Bool {
        guard !reader.loopWaits, head.method == .GET || head.method == .HEAD else { return true }
        switch reader.kind(of: target.path, in: root) {
        case .file, .other: return true
        case .notAtHand: return false
        case .folder: break
        }
        guard target.isFolder else { return true }
        switch index.map({ reader.kind(of: target.path + [$0], in: root) }) {
        case .file?: return true
        case .notAtHand?: return false
        case .folder?, .other?, nil: return !listsFolders
        }
    }

    /// Waits for the disk where it must.
    ///
    /// - Parameter now: seconds since 1970.
    func reply(to head: HTTPRequestHead, _ target: RequestTarget, now: Int) -> FullReply {
        guard head.method == .GET || head.method == .HEAD else { return FullReply(Self.notAllowed) }
        guard servesHidden || !target.path.contains(where: { $0.first == UInt8(ascii: ".") }) else { return Self.notFound }
        do {
            let file = try root.open(target.path)
            return file.isFolder ? try folder(file, head, target, now) : try regular(file, target.path.last ?? [], head, target, now)
        } catch {
            return Self.reply(to: error)
        }
    }

    private func folder(_ folder: OpenFile, _ head: HTTPRequestHead, _ target: RequestTarget, _ now: Int) throws(FileProblem) -> FullReply {
        guard target.isFolder else {
            // Relative links of its page are meant below it.
            var reply = HTTPReply(.movedPermanently, "301: this is a folder, its address ends with a slash.")
            reply.headers.add(name: "Location", value: target.encodedPath + "/" + (target.query.map { "?" + $0 } ?? ""))
            return FullReply(reply)
        }
        if let index {
            do throws(FileProblem) {
                let file = try root.open(target.path + [index])
                if !file.isFolder { return answer(file, index, head, now) }
            } catch .notFound {
                // Then it is listed, or not.
            }
        }
        guard listsFolders else { return Self.notFound }
        var reply = HTTPReply(.ok)
        reply.headers = [
            "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": "default-src 'none'", "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-cache",
        ]
        reply.body = ByteBuffer(string: try FolderListing.page(folder, path: target.path, hidden: servesHidden))
        return FullReply(reply)
    }

    private func regular(
        _ file: OpenFile, _ name: [UInt8], _ head: HTTPRequestHead, _ target: RequestTarget, _ now: Int
    ) throws(FileProblem) -> FullReply {
        // `file.txt/` is below a file, where nothing is.
        guard !target.isFolder else { throw .notFound }
        return answer(file, name, head, now)
    }

    private func answer(_ file: OpenFile, _ name: [UInt8], _ head: HTTPRequestHead, _ now: Int) -> FullReply {
        let tag = file.entityTag
        // A time to come would be taken for a mistake (RFC 9110, 8.8.2.1).
        let modified = min(file.modified.seconds, now)
        var headers: HTTPHeaders = ["ETag": tag, "Last-Modified": HTTPDate.text(modified), "Accept-Ranges": "bytes"]
        switch Conditions(head.headers, entityTag: tag, modified: modified) {
        case .notModified: return FullReply(status: .notModified, headers: headers, body: .none)
        case .failed: return FullReply(HTTPReply(.preconditionFailed, "412: the file has changed."))
        case .proceed: break
        }
        headers.add(name: "Content-Type", value: ContentType.of(name))
        headers.add(name: "X-Content-Type-Options", value: "nosniff")
        // For GET only (RFC 9110, 14.2).
        let applies = head.method == .GET && Conditions.rangeApplies(head.headers, entityTag: tag, modified: modified)
        let wanted = head.headers["range"]
        switch ByteRange(applies && wanted.count == 1 ? wanted[0] : nil, size: file.size) {
        case .whole:
            return FullReply(status: .ok, headers: headers, body: .file(file, 0..<file.size))
        case .part(let part):
            headers.add(name: "Content-Range", value: "bytes \(part.lowerBound)-\(part.upperBound - 1)/\(file.size)")
            return FullReply(status: .partialContent, headers: headers, body: .file(file, part))
        case .unsatisfiable:
            var reply = HTTPReply(.rangeNotSatisfiable, "416: the file has \(file.size) bytes.")
            reply.headers.add(name: "Content-Range", value: "bytes */\(file.size)")
            return FullReply(reply)
        }
    }

    static let notAllowed = {
        var reply = HTTPReply(.methodNotAllowed, "405: files are only read here; use GET or HEAD.")
        reply.headers.add(name: "Allow", value: "GET, HEAD")
        return reply
    }()

    static let notFound = FullReply(HTTPReply(.notFound, "404: there is no such file here."))

    static func reply(to problem: FileProblem) -> FullReply {
        switch problem {
        case .notFound: notFound
        case .notAllowed: FullReply(HTTPReply(.forbidden, "403: this file may not be read by the server's user."))
        case .outside: FullReply(HTTPReply(.forbidden, "403: this leads out of the folder that is served."))
        case .special: FullReply(HTTPReply(.forbidden, "403: this is neither a file nor a folder."))
        case .truncated, .failed: FullReply(HTTPReply(.internalServerError, "500: the file could not be opened; try again."))
        }
    }
}
