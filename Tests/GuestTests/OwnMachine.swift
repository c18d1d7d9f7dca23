import ChildProcess
import Glibc
import Lab
import TestSupport

/// The machine that the tests run on, in a guest: its programs and libraries, and what was built, read-only at their own paths
/// under another root, so that a test bundle runs there as it does here.
enum OwnMachine {
    /// Debian's own folders are links into this one.
    private static let system = "/usr"
    private static let root = "/tmp/machine"

    /// The test bundle, which is this process.
    static let bundle = OwnProgram.path

    /// Where Swift's libraries are: as this process has them.
    private static let libraries: String? = {
        let descriptor = open("/proc/self/maps", O_RDONLY)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var maps: [UInt8] = []
        var bytes = [UInt8](repeating: 0, count: 65536)
        while case let count = read(descriptor, &bytes, bytes.count), count > 0 { maps += bytes[..<count] }
        let line = String(decoding: maps, as: UTF8.self).split(separator: "\n").first { $0.hasSuffix("/libswiftCore.so") }
        return line.flatMap { line in
            line.firstIndex(of: "/").map { String(line[$0...].dropLast("/libswiftCore.so".count)) }
        }
    }()

    private static let folders = [system, productFolder] + [libraries].compactMap { $0 }.filter { !$0.hasPrefix(system + "/") }

    /// For the guest's options.
    static var qemuArguments: [String] {
        folders.enumerated().flatMap { number, folder in
            ["-virtfs", "local,path=\(folder),mount_tag=folder\(number),security_model=none,readonly=on,multidevs=remap"]
        }
    }

    /// Makes the other root.
    static func mount(in guest: Guest) throws {
        try guest.output(of: "modprobe 9pnet_virtio && modprobe 9p && mkdir -p \(root)/tmp")
        try guest.output(of: "cd \(root) && ln -s usr/lib usr/lib64 usr/bin usr/sbin .")
        for (number, folder) in folders.enumerated() {
            let place = Guest.quoted(root + folder)
            // Nothing changes while the guest runs: what was read once need not be asked for again.
            let options = "trans=virtio,version=9p2000.L,ro,cache=loose,msize=500000"
            try guest.output(of: "mkdir -p \(place) && mount -t 9p -o \(options) folder\(number) \(place)")
        }
        for folder in ["dev", "proc", "sys"] {
            try guest.output(of: "mkdir -p \(root)/\(folder) && mount -o rbind /\(folder) \(root)/\(folder)")
        }
    }

    /// A shell command that runs there.
    static func command(_ words: String) -> String { "PATH=/usr/bin:/usr/sbin chroot \(root) /bin/sh -c \(Guest.quoted(words))" }
}
