import ChildProcess
import Glibc

/// What a guest boots: a kernel, an initramfs and a disk, made by `Lab/guest/make-image.sh` or `Lab/systemd-guest/make-image.sh`.
public struct GuestImage: Sendable {
    /// Paths.
    public let kernel: String
    public let initramfs: String
    /// The first disk; what the guest writes to it is forgotten at its end.
    public let disk: String?

    /// The image in `folder` (`.build/guest` of the checkout).
    /// - Throws: `GuestError.missing`.
    public init(folder: String) throws(GuestError) {
        kernel = folder + "/vmlinux"
        initramfs = folder + "/guest.cpio"
        for path in [kernel, initramfs] where access(path, R_OK) != 0 {
            throw .missing(path, remedy: "make it with 'make guest'")
        }
        disk = access(folder + "/disk.img", R_OK) == 0 ? folder + "/disk.img" : nil
    }

    /// The image that belongs to this program: `RINGLIGHT_GUEST`, else the `guest` folder beside one that the program is in.
    /// - Throws: `GuestError.missing`.
    public init() throws(GuestError) {
        if let folder = getenv("RINGLIGHT_GUEST") {
            try self.init(folder: String(cString: folder))
            return
        }
        // A test runner is elsewhere; its bundle is an argument.
        let folders = [OwnProgram.path] + CommandLine.arguments.filter { $0.contains(".xctest") }
        for var folder in folders {
            while let slash = folder.lastIndex(of: "/") {
                folder = String(folder[..<slash])
                if access(folder + "/guest/guest.cpio", R_OK) == 0 {
                    try self.init(folder: folder + "/guest")
                    return
                }
            }
        }
        throw .missing("guest image", remedy: "make it with 'make guest', or set RINGLIGHT_GUEST to its folder")
    }
}
