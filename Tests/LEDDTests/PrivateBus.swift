import CSystemd
import ChildProcess
import Glibc
import Systemd
import TestSupport
import Testing

@testable import ledd

/// A dbus-daemon of the test's own.
final class PrivateBus {
    static let program = ChildProcess.find("dbus-daemon")

    let address: String
    private let folder: String
    private var daemon: ChildProcess?

    init() throws {
        folder = Files.makeFolder()
        address = "unix:path=\(folder)/bus"
        Files.append(
            """
            <!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
             "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
            <busconfig><listen>\(address)</listen><policy context="default"><allow send_destination="*"/><allow own="*"/>\
            <allow receive_sender="*"/></policy></busconfig>
            """, to: "\(folder)/config")
        try start()
    }

    func start() throws {
        let null = open("/dev/null", O_RDWR | O_CLOEXEC)
        var ends: [Int32] = [0, 0]
        pipe(&ends)
        daemon = try ChildProcess(
            path: try #require(Self.program), arguments: ["--config-file=\(folder)/config", "--nofork", "--nopidfile", "--print-address"],
            descriptors: [null, ends[1], null])
        for descriptor in [null, ends[1]] { close(descriptor) }
        // Its address, once it listens; or its end.
        var byte: UInt8 = 0
        _ = read(ends[0], &byte, 1)
        close(ends[0])
    }

    func stop() {
        daemon?.end(within: 0)
        unlink("\(folder)/bus")
    }

    deinit {
        stop()
        removeTree(folder)
    }
}

/// What a watcher of units sees of systemd, on a private bus.
final class FakeManager {
    struct Unit {
        var state = "active"
        var restarts: UInt32 = 0
    }

    var units: [String: Unit] = [:]
    private(set) var calls: [String] = []
    private let bus: OpaquePointer

    init(_ address: String, _ loop: EventLoop, units: [String: Unit]) throws {
        self.units = units
        var new: OpaquePointer?
        sd_bus_new(&new)
        bus = try #require(new)
        sd_bus_set_address(bus, address)
        sd_bus_set_bus_client(bus, 1)
        try #require(sd_bus_start(bus) >= 0)
        try #require(sd_bus_request_name(bus, "org.freedesktop.systemd1", 0) >= 0)
        sd_bus_add_filter(
            bus, nil,
            { message, data, _ in Unmanaged<FakeManager>.fromOpaque(data!).takeUnretainedValue().answer(message!) },
            Unmanaged.passUnretained(self).toOpaque())
        sd_bus_attach_event(bus, loop.handle, 0)
    }

    deinit {
        sd_bus_detach_event(bus)
        sd_bus_close(bus)
        sd_bus_unref(bus)
    }

    func set(_ name: String, _ state: String) {
        units[name, default: Unit()].state = state
        changed(name, "org.freedesktop.systemd1.Unit", "ActiveState") { Self.put(text: state, to: $0) }
    }

    func restart(_ name: String) {
        units[name, default: Unit()].restarts += 1
        changed(name, "org.freedesktop.systemd1.Service", "NRestarts") { [count = units[name]!.restarts] in Self.put(count, to: $0) }
    }

    func forget(_ name: String) {
        units[name] = nil
        send("/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager", "UnitRemoved") {
            Self.append("s", name, to: $0)
            Self.append("o", Self.path(name), to: $0)
        }
    }

    private static func path(_ name: String) -> String {
        var path: UnsafeMutablePointer<CChar>?
        sd_bus_path_encode("/org/freedesktop/systemd1/unit", name, &path)
        defer { free(path) }
        return String(cString: path!)
    }

    private func changed(_ name: String, _ interface: String, _ key: String, _ value: (OpaquePointer) -> Void) {
        send(Self.path(name), "org.freedesktop.DBus.Properties", "PropertiesChanged") {
            Self.append("s", interface, to: $0)
            Self.open("a", "{sv}", $0)
            Self.open("e", "sv", $0)
            Self.append("s", key, to: $0)
            value($0)
            sd_bus_message_close_container($0)
            sd_bus_message_close_container($0)
            Self.open("a", "s", $0)
            sd_bus_message_close_container($0)
        }
    }

    private func send(_ path: String, _ interface: String, _ member: String, _ fill: (OpaquePointer) -> Void) {
        var message: OpaquePointer?
        sd_bus_message_new_signal(bus, &message, path, interface, member)
        fill(message!)
        sd_bus_send(bus, message, nil)
        sd_bus_message_unref(message)
    }

    private func answer(_ message: OpaquePointer) -> Int32 {
        guard sd_bus_message_is_method_call(message, nil, nil) > 0,
            let member = sd_bus_message_get_member(message).map({ String(cString: $0) })
        else { return 0 }
        calls.append(member)
        let request = BusMessageProbe.read(message)
        var reply: OpaquePointer?
        sd_bus_message_new_method_return(message, &reply)
        switch member {
        case "ListUnitsFiltered":
            Self.open("a", "(ssssssouso)", reply!)
            for (name, unit) in units where request.isEmpty || request.contains(unit.state) { Self.put(name, unit, to: reply!) }
            sd_bus_message_close_container(reply)
        case "Get":
            let name = String(cString: sd_bus_message_get_path(message))
            Self.put(units.first { Self.path($0.key) == name }?.value.restarts ?? 0, to: reply!)
        default: break
        }
        sd_bus_send(bus, reply, nil)
        sd_bus_message_unref(reply)
        return 1
    }

    private static func put(_ name: String, _ unit: Unit, to message: OpaquePointer) {
        open("r", "ssssssouso", message)
        for text in [name, "Described", "loaded", unit.state, "dead", ""] { append("s", text, to: message) }
        append("o", path(name), to: message)
        var job: UInt32 = 0
        sd_bus_message_append_basic(message, CChar(bitPattern: UInt8(ascii: "u")), &job)
        append("s", "", to: message)
        append("o", "/", to: message)
        sd_bus_message_close_container(message)
    }

    private static func put(text: String, to message: OpaquePointer) {
        open("v", "s", message)
        append("s", text, to: message)
        sd_bus_message_close_container(message)
    }

    private static func put(_ number: UInt32, to message: OpaquePointer) {
        var number = number
        open("v", "u", message)
        sd_bus_message_append_basic(message, CChar(bitPattern: UInt8(ascii: "u")), &number)
        sd_bus_message_close_container(message)
    }

    private static func append(_ type: Unicode.Scalar, _ text: String, to message: OpaquePointer) {
        sd_bus_message_append_basic(message, CChar(type.value), text)
    }

    private static func open(_ type: Unicode.Scalar, _ contents: String, _ message: OpaquePointer) {
        sd_bus_message_open_container(message, CChar(type.value), contents)
    }
}

/// The states that a ListUnitsFiltered asks for.
private enum BusMessageProbe {
    static func read(_ message: OpaquePointer) -> [String] {
        var texts: [String] = []
        guard sd_bus_message_enter_container(message, CChar(bitPattern: UInt8(ascii: "a")), "s") > 0 else { return [] }
        var text: UnsafePointer<CChar>?
        while sd_bus_message_read_basic(message, CChar(bitPattern: UInt8(ascii: "s")), &text) > 0 { texts.append(String(cString: text!)) }
        return texts
    }
}
