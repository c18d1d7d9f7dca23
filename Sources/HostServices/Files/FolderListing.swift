import Glibc

/// A folder as an HTML page.
enum FolderListing {
    /// Entries that are read, described and shown; that blocks for some ten milliseconds at most.
    static let most = 2000

    private struct Entry {
        let name: [UInt8]
        let isFolder: Bool
        /// `nil` for a link: what it leads to may lie outside.
        let size: Int?
        let modified: Int
    }

    /// - Parameters:
    ///   - path: the folder's path, decoded.
    ///   - hidden: whether names that begin with a dot are listed.
    static func page(_ folder: OpenFile, path: [[UInt8]], hidden: Bool) throws(FileProblem) -> String {
        let (entries, hasMore) = try read(folder.descriptor, hidden: hidden)
        let title = escaped("/" + path.map { String(decoding: $0, as: UTF8.self) + "/" }.joined())
        var rows = path.isEmpty ? "" : "<tr><td><a href=\"../\">../</a></td><td></td><td></td></tr>\n"
        for entry in entries {
            let slash = entry.isFolder ? "/" : ""
            let (link, name) = (RequestTarget.percentEncoded(entry.name), escaped(String(decoding: entry.name, as: UTF8.self)))
            rows += "<tr><td><a href=\"./\(link)\(slash)\">\(name)\(slash)</a></td><td align=\"right\">\(entry.size.map(String.init) ?? "")</td>"
            rows += "<td>\(HTTPDate.text(entry.modified))</td></tr>\n"
        }
        return """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark"><title>\(title)</title></head>
            <body><main><h1>\(title)</h1>
            <table cellpadding="4"><thead><tr><th scope="col" align="left">Name</th><th scope="col" align="right">Bytes</th>\
            <th scope="col" align="left">Changed</th></tr></thead>
            <tbody>
            \(rows)</tbody></table>
            \(hasMore ? "<p>There are more; these are \(most) of them.</p>\n" : "")</main></body></html>

            """
    }

    /// Text as HTML's text or as an attribute in double quotes.
    static func escaped(_ text: String) -> String {
        var result = ""
        for character in text.unicodeScalars {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }

    private static func read(_ folder: Descriptor, hidden: Bool) throws(FileProblem) -> (entries: [Entry], hasMore: Bool) {
        // A description of its own: reading moves its position, and the root's is shared.
        let number = openat(folder.number, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard number >= 0 else { throw FileProblem(errno) }
        guard let stream = fdopendir(number) else {
            close(number)
            throw .failed(errno)
        }
        defer { closedir(stream) }
        var entries: [Entry] = []
        var hasMore = false
        while let next = readdir(stream) {
            let name = withUnsafePointer(to: &next.pointee.d_name) {
                $0.withMemoryRebound(to: UInt8.self, capacity: 256) { Array(UnsafeBufferPointer(start: $0, count: strlen($0))) }
            }
            if name == Array(".".utf8) || name == Array("..".utf8) || (!hidden && name.first == UInt8(ascii: ".")) { continue }
            guard entries.count < most else {
                hasMore = true
                break
            }
            var information = stat()
            guard withName(name, { fstatat(folder.number, $0, &information, AT_SYMLINK_NOFOLLOW) }) == 0 else { continue }
            let kind = information.st_mode & S_IFMT
            guard kind == S_IFREG || kind == S_IFDIR || kind == S_IFLNK else { continue }
            entries.append(
                Entry(
                    name: name, isFolder: kind == S_IFDIR, size: kind == S_IFREG ? Int(information.st_size) : nil,
                    modified: information.st_mtim.tv_sec))
        }
        // Folders first; by bytes, which for UTF-8 is the order of its code points.
        return (entries.sorted { $0.isFolder == $1.isFolder ? $0.name.lexicographicallyPrecedes($1.name) : $0.isFolder }, hasMore)
    }
}
