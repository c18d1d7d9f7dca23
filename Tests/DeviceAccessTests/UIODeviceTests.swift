import DeviceAccess
import Glibc
import Testing

/// What can be known of a UIO node without a kernel module; the rest is tested in a guest.
@Suite("UIO nodes that are not ours")
struct UIODeviceTests {
    /// A folder that stands in for /sys and /dev, gone afterwards.
    private func withFolder(_ body: (String) throws -> Void) throws {
        var template = Array("/tmp/ringlight-uio-XXXXXX".utf8CString)
        let folder = try #require(mkdtemp(&template).map { String(cString: $0) })
        var created: [String] = []
        defer {
            // Deepest first.
            for path in created.reversed() { remove(path) }
            rmdir(folder)
        }
        let device = "\(folder)/class/uio/uio3/device"
        var path = folder
        for part in ["class", "uio", "uio3", "device"] {
            path += "/\(part)"
            try #require(mkdir(path, 0o755) == 0)
            created.append(path)
        }
        let uevent = "\(device)/uevent"
        let file = open(uevent, O_WRONLY | O_CREAT, 0o644)
        #expect(write(file, "PCI_SLOT_NAME=0000:00:03.0\n", 27) == 27)
        close(file)
        created.append(uevent)
        try body(folder)
    }

    private func failure(_ name: String, _ folder: String) -> DeviceError? {
        do {
            _ = try UIODevice.open(name, sysfs: folder, devices: folder)
            return nil
        } catch {
            return error
        }
    }

    @Test("a node that is not there, and one of another driver")
    func refused() throws {
        try withFolder { folder in
            #expect(failure("uio4", folder)?.kind == .notFound)
            #expect(failure("../../etc", folder)?.kind == .notFound)
            #expect(failure("", folder)?.kind == .notFound)
            let other = failure("uio3", folder)
            #expect(other?.kind == .refused)
            #expect(other?.description == "uio3: it belongs to another driver than ringlight (see 'e1000-uio list')")
            #expect(failure("/dev/uio3", folder)?.kind == .refused)
        }
    }
}
