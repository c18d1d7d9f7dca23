import Clocks
import CRinglight
import Glibc

/// An open light node of `ringlight.ko`.
///
/// A light has one lasting claim, made by a plain ``set(_:)`` and kept until ``release()``, whoever calls it, and a claim
/// for each node that asked for ``claimUntilClose()``. It shows the newest of those, else the lasting one, else its lock key.
/// Nothing here blocks, except that taking and giving back a light costs the kernel about 50 ms.
public struct LightNode: ~Copyable {
    /// What a node is opened for. Reading may be permitted where writing is not.
    public enum Access: Sendable {
        case read, write, readAndWrite

        var flags: Int32 {
            switch self {
            case .read: O_RDONLY
            case .write: O_WRONLY
            case .readAndWrite: O_RDWR
            }
        }
    }

    public let light: Light
    /// To poll beside others: readable when ``readChange()`` has news. Valid as long as this value.
    public let descriptor: Int32

    /// Opens the light's node.
    ///
    /// - Throws: `notPermitted`, or `system` with what the kernel said. Whether the node exists is ``LightCatalog``'s to know.
    public init(_ light: Light, for access: Access) throws(LightError) {
        // Non-blocking: a reader waits with a bound, and something that is no light's node (a FIFO) cannot hold us.
        let descriptor = open(light.node, access.flags | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else {
            let number = errno
            throw number == EACCES || number == EPERM
                ? .notPermitted(light.node, group: groupThatMay(access, light.node)) : .system(light.node, "open it", number)
        }
        (self.light, self.descriptor) = (light, descriptor)
    }

    /// Closes the node; a claim until close ends, and the light shows what is below it.
    deinit { close(descriptor) }

    /// From now on what is set here is a claim of this node's own, which ends with it, also if the process is killed.
    ///
    /// - Throws: `notALight` where the node does not know the request, else `system`.
    public func claimUntilClose() throws(LightError) {
        guard ioctl(descriptor, ringlight_light_claim_until_close) < 0 else { return }
        throw failure(to: "claim the light")
    }

    /// Claims the light and turns it on or off.
    ///
    /// - Throws: `noKeyboard`, `notALight` or `system`.
    public func set(_ on: Bool) throws(LightError) { try send(on ? "1\n" : "0\n", to: "set the light") }

    /// Has the kernel play a pattern on the light; afterwards the claim is what it was before. Returns at once.
    ///
    /// The end is told by poll: `POLLPRI` on ``descriptor``, until the next call of anything here.
    ///
    /// - Parameter repeats: how many times through; `nil` for until something else is set or released.
    /// - Returns: false if the kernel cannot, and nothing has changed: the pattern has too many steps, or the module is too old.
    /// - Throws: `noKeyboard` or `system`.
    public func play(_ pattern: Pattern, repeats: Int?) throws(LightError) -> Bool {
        guard let line = pattern.kernelLine(repeats: repeats) else { return false }
        do throws(LightError) {
            try send(line + "\n", to: "play a pattern")
            return true
        } catch .notALight {
            return false
        }
    }

    /// Claims the light, and has it obey a trigger of the kernel's own (Documentation/leds/leds-class.rst) until something else
    /// is set or released. Takes some 100 ms, for the kernel tries it out before anything changes.
    ///
    /// - Parameter trigger: the trigger's name, and what it is to be told, with single spaces between: `disk-activity`,
    ///   `timer delay_on=100 delay_off=900`, `netdev device_name=eth0 rx=1`.
    /// - Returns: false if the module that is loaded is too old for that, and nothing has changed.
    /// - Throws: `unknownTrigger` where the kernel has no such trigger, or the trigger does not take such a setting;
    ///   `triggerNotPermitted` where only root may choose it; `noKeyboard` or `system`. Nothing has changed then.
    public func obey(trigger: String) throws(LightError) -> Bool {
        do throws(LightError) {
            try send("trigger \(trigger)\n", to: "have it obey a trigger")
            return true
        } catch .notALight {
            guard knowsTriggers else { return false }
            throw .unknownTrigger(trigger)
        } catch .system(_, _, E2BIG) {
            throw .unknownTrigger(trigger)
        } catch .system(_, _, EPERM) {
            throw .triggerNotPermitted(trigger)
        }
    }

    /// A line that is too long changes nothing, and is refused for its length where its first word is known (ringlight.h).
    private var knowsTriggers: Bool {
        let line = "trigger " + String(repeating: "-", count: Int(RINGLIGHT_LIGHT_LONGEST_TEXT))
        return line.utf8CString.withUnsafeBufferPointer { write(descriptor, $0.baseAddress, $0.count - 1) } < 0 && errno == E2BIG
    }

    /// Ends this node's claim until close if it has one, else the light's lasting claim; that there is none is no error.
    ///
    /// - Throws: `noKeyboard`, `notALight` or `system`.
    public func release() throws(LightError) { try send("release\n", to: "release the light") }

    /// The light's real state, if it has changed since this node's last read. The first read always has it.
    ///
    /// A light that somebody has taken away from its claim (`0 lost`) tells so by a change as well, and is what it is.
    ///
    /// - Returns: true for on, `nil` when nothing has changed.
    /// - Throws: `noKeyboard`, `notALight` (something else was read) or `system`.
    public func readChange() throws(LightError) -> Bool? {
        var bytes = [UInt8](repeating: 0, count: 16)
        var count = 0
        repeat { count = read(descriptor, &bytes, bytes.count) } while count < 0 && errno == EINTR
        if count < 0 && errno == EAGAIN { return nil }
        guard count >= 0 else { throw failure(to: "read the light") }
        switch String(decoding: bytes.prefix(count), as: UTF8.self) {
        case "0", "0\n", "0 lost\n": return false
        case "1", "1\n", "1 lost\n": return true
        default: throw .notALight(light.node)
        }
    }

    /// Waits for the light to change, at most `milliseconds` (0 and less: only looks).
    ///
    /// - Returns: the new state, true for on; `nil` when the time was up. The first call returns at once.
    /// - Throws: as ``readChange()``.
    public func waitForChange(milliseconds: Int) throws(LightError) -> Bool? {
        let deadline = Clocks.monotonic / 1_000_000 &+ Int64(max(0, milliseconds))
        while true {
            if let state = try readChange() { return state }
            let left = deadline - Clocks.monotonic / 1_000_000
            guard left > 0 else { return nil }
            var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            _ = poll(&poller, 1, Int32(clamping: left))
        }
    }

    private func send(_ text: String, to action: String) throws(LightError) {
        let bytes = Array(text.utf8)
        var count = 0
        repeat { count = write(descriptor, bytes, bytes.count) } while count < 0 && errno == EINTR
        guard count >= 0 else { throw failure(to: action) }
        guard count == bytes.count else { throw .notALight(light.node) }
    }

    private func failure(to action: String) -> LightError {
        switch errno {
        case ENODEV: .noKeyboard(light.name)
        case ENOTTY, EINVAL: .notALight(light.node)
        case let number: .system(light.node, action, number)
        }
    }
}

/// The group whose members may open the node so, if it is one that people join.
private func groupThatMay(_ access: LightNode.Access, _ path: String) -> String? {
    var status = stat()
    let needed: mode_t = switch access {
    case .read: 0o040
    case .write: 0o020
    case .readAndWrite: 0o060
    }
    guard stat(path, &status) == 0, status.st_gid != 0, status.st_mode & needed == needed else { return nil }
    return Accounts.group(status.st_gid)?.name
}
