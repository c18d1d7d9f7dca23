import CSystemd
import Glibc
import Systemd

/// What the kernel module says of a light that may be taken away from its claim: `lost`
/// (kmod/ABI/sysfs-class-misc-ringlight), held open.
final class LossWatch {
    private let descriptor: Int32
    private var watch: EventWatch?

    /// - Parameters:
    ///   - path: the attribute's.
    ///   - onChange: called when the module says that it may be otherwise. An older module, and what is no sysfs, never does.
    /// - Returns: `nil` where there is no such attribute.
    init?(_ path: String, loop: EventLoop, onChange: @escaping () -> Void) {
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        // What has been read is what a change is a change from.
        _ = isLost
        watch = try? loop.watch(descriptor, for: EPOLLPRI.rawValue) { [weak self] _ in
            guard let self else { return }
            // Read, or it is told for ever; one that cannot be read has gone with its module.
            if read() == nil { watch = nil }
            onChange()
        }
    }

    deinit {
        watch = nil
        if descriptor >= 0 { close(descriptor) }
    }

    /// Whether root has taken the light away from the claim that it should show.
    var isLost: Bool { read() == UInt8(ascii: "1") }

    /// Its first byte.
    private func read() -> UInt8? {
        var byte: UInt8 = 0
        return pread(descriptor, &byte, 1, 0) == 1 ? byte : nil
    }
}
