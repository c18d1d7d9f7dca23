import CSystemd
import Glibc

/// A connection to a D-Bus (sd-bus(3)), served by an event loop: nothing here waits.
public final class Bus {
    /// What a call passes on.
    public enum Argument {
        case text(String)
        case texts([String])
    }

    private let bus: OpaquePointer
    /// What libsystemd calls, by its slot.
    private var handlers: [OpaquePointer: AnyObject] = [:]

    /// Begins to connect. Calls and matches may be made at once; they wait until it is done.
    ///
    /// - Parameters:
    ///   - address: a D-Bus address; `nil` for the system's bus (`$DBUS_SYSTEM_BUS_ADDRESS`, or its usual socket).
    ///   - lost: the connection has failed, or the bus has gone. Let go of this value then, after the handler has returned, and make another.
    public init(address: String? = nil, loop: EventLoop, lost: @escaping () -> Void) throws(SystemdError) {
        let what = address ?? "system bus"
        var new: OpaquePointer?
        if let address {
            try check(sd_bus_new(&new), what, "make a connection")
            bus = new!
            try check(Self.begin(bus, address), what, "connect")
        } else {
            try check(sd_bus_open_system(&new), what, "connect")
            bus = new!
        }
        try check(sd_bus_attach_event(bus, loop.handle, Int32(SD_EVENT_PRIORITY_NORMAL)), what, "join the event loop")
        try subscribe(
            "type='signal',sender='org.freedesktop.DBus.Local',path='/org/freedesktop/DBus/Local',"
                + "interface='org.freedesktop.DBus.Local',member='Disconnected'"
        ) { _ in lost() }
    }

    deinit {
        for slot in handlers.keys { sd_bus_slot_unref(slot) }
        sd_bus_detach_event(bus)
        sd_bus_close(bus)
        sd_bus_unref(bus)
    }

    private static func begin(_ bus: OpaquePointer, _ address: String) -> Int32 {
        let results = [sd_bus_set_address(bus, address), sd_bus_set_bus_client(bus, 1)]
        return results.first { $0 < 0 } ?? sd_bus_start(bus)
    }

    /// False when the connection is lost, also before `lost` was called.
    public var isOpen: Bool { sd_bus_is_open(bus) > 0 }

    /// Calls `handler` with every signal that a match rule (D-Bus Specification, Match Rules) is for.
    public func subscribe(_ rule: String, _ handler: @escaping (BusMessage) -> Void) throws(SystemdError) {
        let box = Box(handler)
        var slot: OpaquePointer?
        let result = sd_bus_add_match_async(
            bus, &slot, rule,
            { message, data, _ in
                Unmanaged<Box<(BusMessage) -> Void>>.fromOpaque(data!).takeUnretainedValue().content(BusMessage(reading: message!))
                return 0
            },
            // The bus refuses a rule only when there are too many: the handler stays silent then, the connection is not ended.
            { _, _, _ in 0 }, Unmanaged.passUnretained(box).toOpaque())
        try check(result, "match \(rule)", "add it")
        handlers[slot!] = box
    }

    /// Calls a method; `reply` gets its answer, or an error, also when none comes in time (25 s).
    public func call(
        _ destination: String, path: String, interface: String, member: String, _ arguments: [Argument] = [],
        reply: @escaping (BusMessage) -> Void
    ) throws(SystemdError) {
        let what = "\(interface).\(member)"
        var message: OpaquePointer?
        try check(sd_bus_message_new_method_call(bus, &message, destination, path, interface, member), what, "make the call")
        defer { sd_bus_message_unref(message) }
        for argument in arguments { try check(Self.append(argument, to: message!), what, "pass an argument") }
        let box = Call(self, reply)
        var slot: OpaquePointer?
        let result = sd_bus_call_async(
            bus, &slot, message,
            { message, data, _ in
                Unmanaged<Call>.fromOpaque(data!).takeUnretainedValue().end(BusMessage(reading: message!))
                return 0
            }, Unmanaged.passUnretained(box).toOpaque(), 0)
        try check(result, what, "call it")
        box.slot = slot!
        handlers[slot!] = box
    }

    private static func append(_ argument: Argument, to message: OpaquePointer) -> Int32 {
        let string = CChar(bitPattern: UInt8(ascii: "s"))
        switch argument {
        case .text(let text): return sd_bus_message_append_basic(message, string, text)
        case .texts(let texts):
            var result = sd_bus_message_open_container(message, CChar(bitPattern: UInt8(ascii: "a")), "s")
            for text in texts where result >= 0 { result = sd_bus_message_append_basic(message, string, text) }
            return result < 0 ? result : sd_bus_message_close_container(message)
        }
    }

    /// The last part of an object's path, as it was before it was escaped: `/org/freedesktop/systemd1/unit/a_2eservice` below
    /// `/org/freedesktop/systemd1/unit` is `a.service`; `nil` for a path that is not below it.
    public static func name(of path: String, below prefix: String) -> String? {
        var name: UnsafeMutablePointer<CChar>?
        guard sd_bus_path_decode(path, prefix, &name) > 0, let name else { return nil }
        defer { free(name) }
        return String(cString: name)
    }

    /// A call that has no answer yet.
    private final class Call {
        weak var bus: Bus?
        let reply: (BusMessage) -> Void
        var slot: OpaquePointer?

        init(_ bus: Bus, _ reply: @escaping (BusMessage) -> Void) {
            (self.bus, self.reply) = (bus, reply)
        }

        func end(_ message: BusMessage) {
            reply(message)
            guard let slot, bus?.handlers.removeValue(forKey: slot) != nil else { return }
            sd_bus_slot_unref(slot)
        }
    }
}
