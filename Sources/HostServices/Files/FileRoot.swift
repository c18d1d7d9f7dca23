import Glibc

/// The folder whose files are served; nothing outside of it can be reached through it.
///
/// A path is walked component by component with `openat` and `O_NOFOLLOW`, and symbolic links are resolved here, so that
/// no change of the tree in the middle of a walk leads out of it (what `openat2` does with `RESOLVE_BENEATH`; Swift cannot call
/// `syscall`, which takes varying arguments). Links that stay inside are followed; absolute ones, and those that climb out, are not.
public final class FileRoot: Sendable {
    /// Folders in each other that a path may lead through, each taking a descriptor during the walk; links that it may lead through,
    /// and steps in all, those of the links included.
    static let deepest = 64
    static let mostLinks = 40
    static let mostSteps = 256

    private let folder: Descriptor
    /// The root's descriptor.
    var number: Int32 { folder.number }

    /// - Throws: `FileRootError` when there is no such folder, or it may not be read.
    public init(_ path: String) throws(FileRootError) {
        let number = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard number >= 0 else { throw FileRootError(path: path, number: errno) }
        folder = Descriptor(number)
    }

    /// Opens a regular file or a folder.
    ///
    /// - Parameter path: components without `/`, NUL, `.` and `..`; none for the root itself.
    func open(_ path: [[UInt8]]) throws(FileProblem) -> OpenFile {
        var folders: [Descriptor] = []
        var left = Array(path.reversed())
        var (links, steps) = (0, 0)
        while let name = left.popLast() {
            steps += 1
            guard steps <= Self.mostSteps else { throw .notFound }
            if name.isEmpty || name == [dot] { continue }
            if name == [dot, dot] {
                // Comes from a link only.
                guard folders.popLast() != nil else { throw .outside }
                continue
            }
            guard folders.count < Self.deepest else { throw .notFound }
            let parent = folders.last ?? folder
            switch try kind(of: name, in: parent) {
            case S_IFLNK:
                links += 1
                guard links <= Self.mostLinks else { throw .notFound }
                let target = try readLink(name, in: parent)
                guard target.first != slash else { throw .outside }
                left += target.split(separator: slash, omittingEmptySubsequences: true).reversed().map(Array.init)
            case S_IFDIR:
                folders.append(try openEntry(name, in: parent, O_DIRECTORY))
            case S_IFREG:
                guard left.isEmpty else { throw .notFound }
                // It may have become a pipe since, and opening one would wait for its other end.
                return try OpenFile(openEntry(name, in: parent, O_NONBLOCK | O_NOCTTY))
            default:
                throw .special
            }
        }
        return try OpenFile(folders.last ?? folder)
    }

    private func kind(of name: [UInt8], in parent: Descriptor) throws(FileProblem) -> mode_t {
        var information = stat()
        guard withName(name, { fstatat(parent.number, $0, &information, AT_SYMLINK_NOFOLLOW) }) == 0 else { throw FileProblem(errno) }
        return information.st_mode & S_IFMT
    }

    private func openEntry(_ name: [UInt8], in parent: Descriptor, _ flags: Int32) throws(FileProblem) -> Descriptor {
        let number = withName(name) { openat(parent.number, $0, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | flags) }
        guard number >= 0 else { throw FileProblem(errno) }
        return Descriptor(number)
    }

    private func readLink(_ name: [UInt8], in parent: Descriptor) throws(FileProblem) -> [UInt8] {
        var target = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = withName(name) { readlinkat(parent.number, $0, &target, target.count) }
        guard count >= 0 else { throw FileProblem(errno) }
        return target[..<count].map { UInt8(bitPattern: $0) }
    }
}

private let dot = UInt8(ascii: ".")
private let slash = UInt8(ascii: "/")

/// A name of a folder's entry as C has it.
func withName<Result>(_ name: [UInt8], _ body: (UnsafePointer<CChar>) -> Result) -> Result {
    (name.map { CChar(bitPattern: $0) } + [0]).withUnsafeBufferPointer { body($0.baseAddress!) }
}

/// Why there is no root to serve.
public struct FileRootError: Error, CustomStringConvertible {
    public let path: String
    /// `errno`.
    public let number: Int32

    public var description: String {
        "cannot serve '\(path)': \(String(cString: strerror(number))); give a folder that this user may read"
    }
}

/// Why a file is not served.
enum FileProblem: Error, Equatable {
    case notFound, notAllowed
    /// A link leads out of the root.
    case outside
    /// Neither a regular file nor a folder: a device, a pipe, a socket.
    case special
    /// Has become shorter since its length was told.
    case truncated
    /// Too many open files, a disk's error and the like.
    case failed(Int32)

    init(_ number: Int32) {
        self =
            switch number {
            case ENOENT, ENOTDIR, ENAMETOOLONG, ENXIO: .notFound
            case EACCES, EPERM: .notAllowed
            // Was no link when it was looked at.
            case ELOOP: .notFound
            default: .failed(number)
            }
    }
}
