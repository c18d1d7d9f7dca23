import Glibc

/// Reads the kernel's attributes of devices.
enum Sysfs {
    /// An attribute's text, without the newline at its end; `nil` if it cannot be read.
    static func text(_ path: String) -> String? {
        let file = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { Glibc.close(file) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = unsafe read(file, &bytes, bytes.count)
        guard count >= 0 else { return nil }
        let text = String(decoding: bytes[..<count].prefix(while: { $0 != 0 }), as: UTF8.self)
        return text.hasSuffix("\n") ? String(text.dropLast()) : text
    }

    /// A number as sysfs writes them: `0x…`, or decimal.
    static func number(_ path: String) -> UInt64? {
        guard let text = text(path)?.split(separator: "\n").first else { return nil }
        return text.hasPrefix("0x") ? UInt64(text.dropFirst(2), radix: 16) : UInt64(text)
    }

    /// The last component of what a link points to; `nil` if there is no such link.
    static func linkTarget(_ path: String) -> String? {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = unsafe readlink(path, &buffer, buffer.count)
        guard count > 0 else { return nil }
        return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self).split(separator: "/").last.map(String.init)
    }

    /// Names in a folder, sorted; none if it cannot be read.
    static func names(in path: String) -> [String] {
        guard let folder = unsafe opendir(path) else { return [] }
        defer { unsafe closedir(folder) }
        var names: [String] = []
        while let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }

    /// Whether a PCI device, by its folder, is one of QEMU's: its subsystem vendor is Red Hat, or, as QEMU 7.2's `e1000e` has it,
    /// Intel with the subsystem 0, which no maker of a board has.
    static func isEmulated(_ folder: String) -> Bool {
        let (vendor, device) = (number("\(folder)/subsystem_vendor"), number("\(folder)/subsystem_device"))
        return vendor == 0x1af4 || vendor == 0x8086 && device == 0
    }
}
