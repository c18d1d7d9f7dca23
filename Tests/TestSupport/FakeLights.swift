import Glibc

/// A folder that stands in for /sys and /dev/ringlight, in the build folder; gone with this object.
///
/// What ledctl and KeyboardLights read of sysfs, laid out as Linux 6.1 does.
public final class FakeLights: Sendable {
    public let path: String
    public var sysfs: String { "\(path)/sys" }
    /// Stands in for /dev/ringlight; made by `addNode` or `addNodeFolder`.
    public var directory: String { "\(path)/dev" }
    /// Where a ledd would listen; by itself nobody does.
    public var socket: String { "\(path)/s" }
    /// What points the programs here.
    public var environment: [String: String] {
        ["RINGLIGHT_SYSFS": sysfs, "RINGLIGHT_LIGHT_DIRECTORY": directory, "RINGLIGHT_SOCKET": socket]
    }

    public init() throws {
        var template = Array("\(productFolder)/lights-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemError(doing: "mkdtemp", number: errno) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { removeTree(path) }

    /// A keyboard's light as input-leds registers it.
    public func addKeyboard(_ number: Int, name: String, light: String, on: Bool = false, trigger: String) throws {
        let device = "\(sysfs)/class/leds/input\(number)::\(light)"
        try makeFolders("\(device)/device")
        try write(on ? "1\n" : "0\n", to: "\(device)/brightness")
        try write("\(trigger)\n", to: "\(device)/trigger")
        try write("\(name)\n", to: "\(device)/device/name")
    }

    /// What the module tells of a light (kmod/ABI/sysfs-class-misc-ringlight).
    public func addAccount(_ light: String, holder: String = "", pid: Int = 0, lost: Bool = false, grabbed: String = "") throws {
        let folder = "\(sysfs)/class/misc/ringlight-\(light)"
        try makeFolders(folder)
        let attributes = [
            ("holder_name", holder), ("holder_pid", "\(pid)"), ("lost", lost ? "1" : "0"), ("lost_count", lost ? "1" : "0"),
            ("corrected_count", "0"), ("grabbed", grabbed),
        ]
        for (name, text) in attributes { try write("\(text)\n", to: "\(folder)/\(name)") }
    }

    /// An input device, as the input core registers it.
    ///
    /// - Parameter leds: its `capabilities/led`: 7 for the three lock keys' lights.
    public func addInput(_ number: Int, name: String, leds: String) throws {
        let device = "\(sysfs)/class/input/input\(number)"
        try makeFolders("\(device)/capabilities")
        try makeFolders("\(device)/event\(number)")
        try write("\(leds)\n", to: "\(device)/capabilities/led")
        try write("\(name)\n", to: "\(device)/name")
    }

    /// A process of a folder that stands in for /proc, and the files that it has open.
    public func addProcess(_ number: Int, name: String, opens files: [String]) throws {
        let folder = "\(path)/proc/\(number)"
        try makeFolders("\(folder)/fd")
        try write("\(name)\n", to: "\(folder)/comm")
        for (index, file) in files.enumerated() where symlink(file, "\(folder)/fd/\(index)") != 0 {
            throw SystemError(doing: "symlink", number: errno)
        }
    }

    /// A unit file, as a package installs it. - Returns: its folder.
    public func addUnit(_ name: String) throws -> String {
        try makeFolders("\(path)/units")
        try write("[Socket]\n", to: "\(path)/units/\(name)")
        return "\(path)/units"
    }

    /// A program for PATH. - Returns: its folder.
    public func addProgram(_ name: String, _ script: String) throws -> String {
        try makeFolders("\(path)/bin")
        try write("#!/bin/sh\n\(script)\n", to: "\(path)/bin/\(name)")
        guard chmod("\(path)/bin/\(name)", 0o755) == 0 else { throw SystemError(doing: "chmod", number: errno) }
        return "\(path)/bin"
    }

    /// What a ledd leaves that was killed.
    public func addStaleSocket() throws { _ = try FakeDaemon(socket, keepsFile: true) { _ in FakeDaemon.Answer([]) } }

    public func addNodeFolder() throws { try makeFolders(directory) }

    /// What the kernel shows of a loaded module.
    public func addLoadedModule() throws { try makeFolders("\(sysfs)/module/ringlight") }

    /// What the module tells of the trigger that a claim has chosen; empty if none has.
    public func addChosenTrigger(_ trigger: String, of light: String) throws {
        let folder = "\(sysfs)/class/misc/ringlight-\(light)"
        try makeFolders(folder)
        try write("\(trigger)\n", to: "\(folder)/trigger")
    }

    /// A node that keeps what is written to it. It is no device: ioctl and poll do not work as a light's.
    @discardableResult
    public func addNode(_ light: String, contents: String = "") throws -> String {
        try addNodeFolder()
        try write(contents, to: "\(directory)/\(light)")
        return "\(directory)/\(light)"
    }

    /// A node that can be read again and again, with nothing to read at times, as a light's can.
    public func addFIFO(_ light: String) throws -> String {
        try addNodeFolder()
        guard mkfifo("\(directory)/\(light)", 0o600) == 0 else { throw SystemError(doing: "mkfifo", number: errno) }
        return "\(directory)/\(light)"
    }

    public func contents(ofNode light: String) throws -> String {
        let descriptor = open("\(directory)/\(light)", O_RDONLY)
        guard descriptor >= 0 else { throw SystemError(doing: "open", number: errno) }
        defer { close(descriptor) }
        return String(decoding: TestSupport.contents(of: descriptor), as: UTF8.self)
    }
}
