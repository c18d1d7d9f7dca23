import ChildProcess
import Clocks
import Glibc
import Lab
import TestSupport
import Testing

/// A guest, or QEMU, that fails: it is noticed at once, told in its own words, and nothing stays behind.
@Suite(.serialized, .showsConsole)
struct LauncherFailureTests {
    /// "Within a second" of the issue, in nanoseconds.
    private static let second: Int64 = 1_000_000_000

    @Test("A kernel panic is noticed within a second and quoted")
    func panic() throws {
        let guest = try Guest()
        defer { guest.end() }
        let start = Clocks.monotonic
        #expect {
            try guest.run("echo c > /proc/sysrq-trigger", within: .seconds(20))
        } throws: { error in
            guard case GuestError.panicked(let line, let console) = error else { return false }
            return line.contains("Kernel panic - not syncing: sysrq triggered crash") && console.contains("sysrq_handle_crash")
        }
        #expect(Clocks.monotonic - start < Self.second)
        // From now on it says so to everyone.
        #expect(throws: GuestError.self) { try guest.run("true") }
        #expect(throws: GuestError.self) { try guest.monitor.execute("query-status") }
        #expect(guest.waitForEnd(within: .seconds(1)) != nil)
    }

    @Test("A panic while booting is no boot time-out")
    func bootPanic() throws {
        var options = Guest.Options()
        options.kernelArguments = ["rdinit=/no/such/init"]
        let start = Clocks.monotonic
        #expect {
            _ = try Guest(options)
        } throws: { "\($0)".contains("Kernel panic - not syncing") }
        #expect(Clocks.monotonic - start < 15 * Self.second)
    }

    @Test("An option that QEMU refuses is reported in QEMU's words")
    func refusedOption() throws {
        var options = Guest.Options()
        options.qemuArguments = ["-device", "no-such-device"]
        let start = Clocks.monotonic
        #expect {
            _ = try Guest(options)
        } throws: { "\($0)".contains("'no-such-device' is not a valid device model name") }
        #expect(Clocks.monotonic - start < Self.second)
    }

    @Test("A guest that does not come up in time is given up, with its console")
    func bootTimeout() throws {
        var options = Guest.Options()
        options.bootBound = .seconds(4)
        options.kernelArguments = ["rdinit=/bin/sh"]
        let start = Clocks.monotonic
        #expect {
            _ = try Guest(options)
        } throws: { "\($0)".contains("not ready within 4 s") }
        #expect(Clocks.monotonic - start < 5 * Self.second)
    }

    @Test("A missing QEMU, a missing image")
    func missing() throws {
        var options = Guest.Options()
        options.qemu = "qemu-system-nothing"
        #expect { _ = try Guest(options) } throws: { "\($0)".contains("qemu-system-nothing: not there (apt install") }
        #expect { _ = try GuestImage(folder: "/nowhere") } throws: { "\($0)".contains("/nowhere/vmlinux: not there (make it") }
    }

    @Test("A killed QEMU is noticed within a second, by a command that runs and by one that is sent later")
    func killedQEMU() throws {
        let guest = try Guest()
        defer { guest.end() }
        let job = try guest.start("sleep 1000")
        kill(guest.qemuProcess, SIGKILL)
        let start = Clocks.monotonic
        #expect {
            _ = try job.wait(within: .seconds(20))
        } throws: { error in
            guard case GuestError.qemuEnded(status: 137, _, _) = error else { return false }
            return true
        }
        #expect(throws: GuestError.self) { try guest.run("true") }
        #expect(Clocks.monotonic - start < Self.second)
    }

    @Test("No QEMU is left when its owner is done, dropped or killed")
    func nothingStays() throws {
        var guest: Guest? = try Guest()
        let dropped = try #require(guest?.qemuProcess)
        #expect(kill(dropped, 0) == 0)
        guest = nil
        #expect(kill(dropped, 0) != 0)

        for (signal, expected) in [(SIGKILL, 128 + SIGKILL), (SIGINT, 130), (SIGTERM, 130)] {
            let demo = try ChildProcess(
                path: "\(productFolder)/ringlight-demo", arguments: [],
                descriptors: [scratchDescriptor(), scratchDescriptor(), scratchDescriptor()])
            let bound = Clocks.monotonic + 20 * Self.second
            while children(of: demo.pid).isEmpty && Clocks.monotonic < bound { usleep(20_000) }
            let orphans = children(of: demo.pid)
            #expect(orphans.count == 1)
            demo.signal(signal)
            #expect(demo.wait(milliseconds: 2000) == expected)
            let end = Clocks.monotonic + Self.second
            while orphans.contains(where: isAlive) && Clocks.monotonic < end { usleep(5000) }
            #expect(!orphans.contains(where: isAlive), "after signal \(signal)")
        }
    }
}

/// The fields of /proc/PID/stat after the program's name: state, parent, … (proc(5)).
private func statFields(_ pid: pid_t) -> [Substring] {
    let file = open("/proc/\(pid)/stat", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return [] }
    defer { close(file) }
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = read(file, &buffer, buffer.count)
    let text = String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
    return text.split(separator: ")").last?.split(separator: " ") ?? []
}

private func isAlive(_ pid: pid_t) -> Bool { statFields(pid).first.map { $0 != "Z" } ?? false }

private func children(of parent: pid_t) -> [pid_t] {
    guard let folder = opendir("/proc") else { return [] }
    defer { closedir(folder) }
    var result: [pid_t] = []
    while let entry = readdir(folder) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
            String(cString: UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self))
        }
        if let pid = pid_t(name), statFields(pid).dropFirst().first == "\(parent)" { result.append(pid) }
    }
    return result
}
