import Glibc
import NIOCore
import TestSupport
import Testing

@testable import HostServices

@Suite("Files: nothing outside of the root")
struct FileRootTests {
    private let folder: Folder
    private let root: FileRoot

    init() throws {
        folder = try Folder()
        try folder.addFolder("root/sub/deep")
        try folder.add("secret.txt", "secret")
        try folder.add("root/file.txt", "file")
        try folder.add("root/sub/deep/leaf.txt", "leaf")
        root = try FileRoot(folder.path + "/root")
    }

    private func read(_ path: String) throws(FileProblem) -> String {
        let file = try root.open(path.split(separator: "/").map { Array($0.utf8) })
        return file.isFolder ? "folder" : String(buffer: try file.read(file.size, at: 0, .init()))
    }

    @Test func `files and folders`() throws {
        #expect(try read("file.txt") == "file")
        #expect(try read("sub/deep/leaf.txt") == "leaf")
        #expect(try read("") == "folder")
        #expect(try read("sub/deep") == "folder")
        for path in ["none", "sub/none", "file.txt/x", String(repeating: "x", count: 300)] {
            #expect(throws: FileProblem.notFound) { try read(path) }
        }
        #expect(throws: FileProblem.notFound) { try read(String(repeating: "sub/", count: 100)) }
        #expect(throws: FileRootError.self) { try FileRoot(folder.path + "/none") }
        #expect(throws: FileRootError.self) { try FileRoot(folder.path + "/secret.txt") }
    }

    @Test func `links that stay inside are followed`() throws {
        try folder.link("root/to-file", to: "file.txt")
        try folder.link("root/sub/up", to: "../file.txt")
        try folder.link("root/sub/up-and-down", to: "../sub/./deep")
        try folder.link("root/chain", to: "to-file")
        for path in ["to-file", "sub/up", "chain"] { #expect(try read(path) == "file") }
        #expect(try read("sub/up-and-down/leaf.txt") == "leaf")
    }

    @Test func `links that lead out are not`() throws {
        try folder.link("root/out", to: "../secret.txt")
        try folder.link("root/absolute", to: folder.path + "/secret.txt")
        try folder.link("root/home", to: folder.path + "/root/file.txt")
        try folder.link("root/parent", to: "..")
        try folder.link("root/sub/far", to: "deep/../../../secret.txt")
        try folder.link("root/back", to: "../root/file.txt")
        try folder.link("root/chain", to: "out")
        for path in ["out", "absolute", "home", "parent", "parent/secret.txt", "sub/far", "back", "chain"] {
            #expect(throws: FileProblem.outside, "\(path)") { try read(path) }
        }
    }

    @Test func `links in a circle, links to nothing`() throws {
        try folder.link("root/self", to: "self")
        try folder.link("root/ping", to: "pong")
        try folder.link("root/pong", to: "ping")
        try folder.link("root/broken", to: "none")
        // Each step of this one doubles what is left to walk.
        try folder.link("root/twice", to: "twice/twice")
        try folder.link("root/sub/long", to: String(repeating: "../sub/", count: 300) + "deep/leaf.txt")
        for path in ["self", "ping", "broken", "twice", "sub/long"] { #expect(throws: FileProblem.notFound, "\(path)") { try read(path) } }
    }

    @Test func `pipes are not opened`() throws {
        try #require(mkfifo(folder.path + "/root/pipe", 0o644) == 0)
        #expect(throws: FileProblem.special) { try read("pipe") }
        try folder.link("root/device", to: "/dev/zero")
        #expect(throws: FileProblem.outside) { try read("device") }
    }

    @Test func `what is not allowed`() throws {
        chmod(folder.path + "/root/file.txt", 0)
        for name in ["", "/root"] { try #require(chmod(folder.path + name, 0o755) == 0) }
        // Root may read anything.
        try withFilesOfNobody { #expect(throws: FileProblem.notAllowed) { try read("file.txt") } }
    }

    @Test func `no descriptor is left open`() throws {
        try folder.link("root/out", to: "../secret.txt")
        func mine() -> Int { openFiles().filter { $0.hasPrefix(folder.path) }.count }
        #expect(mine() == 1, "the root")
        for path in ["file.txt", "sub/deep/leaf.txt", "none", "out", "sub/deep/none", "sub"] { _ = try? read(path) }
        #expect(mine() == 1)
    }
}

/// What this process's descriptors lead to.
func openFiles() -> [String] {
    (0..<1024).compactMap { number in
        var target = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/fd/\(number)", &target, target.count)
        return count > 0 ? String(decoding: target[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self) : nil
    }
}
