// Runs in the guest, for tests: system calls on one device node, as the command line lists them, with nothing in between
// that could hide what the kernel answered.
//
// Usage: guest-probe NODE STEP...
//   open[:nonblock]  opens the node for reading and writing      claim   the ioctl "claim until close"
//   write:TEXT       writes TEXT (a \n at its end if it has one)  read    reads up to 16 bytes
//   poll:MS          polls for POLLIN, at most MS milliseconds    close   closes the node
//   ioctl:N          another ioctl, by its number                 grab    takes an event device for this opener alone
//   pause            waits to be killed, a minute at most
// Prints a line for each: the step, its result (or the error's name), milliseconds that it took.
import CRinglight
import Glibc

func fail(_ words: String) -> Never {
    print("guest-probe: \(words)")
    exit(64)
}

func milliseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
}

/// A result as system calls have it: negative is an error.
func outcome(_ result: Int) -> String {
    guard result < 0 else { return String(result) }
    let names = [
        EAGAIN: "EAGAIN", EBUSY: "EBUSY", EINVAL: "EINVAL", EIO: "EIO", ENODEV: "ENODEV", ENOENT: "ENOENT", ENOTTY: "ENOTTY",
        ENXIO: "ENXIO", EPERM: "EPERM", EACCES: "EACCES", EFAULT: "EFAULT", EBADF: "EBADF",
    ]
    return names[errno] ?? "errno \(errno)"
}

func events(_ bits: Int16) -> String {
    let names = [(POLLIN, "POLLIN"), (POLLERR, "POLLERR"), (POLLHUP, "POLLHUP"), (POLLNVAL, "POLLNVAL"), (POLLPRI, "POLLPRI")]
    return names.filter { Int32(bits) & Int32($0.0) != 0 }.map(\.1).joined(separator: "|")
}

func perform(_ step: String, on node: String, _ descriptor: inout Int32) -> String {
    let parts = step.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let argument = parts.count > 1 ? parts[1] : ""
    switch parts[0] {
    case "open":
        descriptor = open(node, O_RDWR | O_CLOEXEC | (argument == "nonblock" ? O_NONBLOCK : 0))
        return descriptor < 0 ? outcome(-1) : "open"
    case "claim":
        return outcome(Int(ioctl(descriptor, ringlight_light_claim_until_close)))
    case "ioctl":
        guard let number = UInt(argument) else { fail("\(step): a number is needed") }
        return outcome(Int(ioctl(descriptor, number)))
    case "grab":
        // EVIOCGRAB, _IOW('E', 0x90, int); the number is the argument itself.
        return outcome(Int(ioctl(descriptor, 0x4004_4590, 1 as CInt)))
    case "write":
        let bytes = Array(argument.replacing("\\n", with: "\n").utf8)
        return outcome(write(descriptor, bytes, bytes.count))
    case "read":
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = read(descriptor, &bytes, bytes.count)
        return count < 0 ? outcome(count) : "\"\(String(decoding: bytes.prefix(count), as: UTF8.self).replacing("\n", with: "\\n"))\""
    case "poll":
        guard let bound = Int32(argument) else { fail("\(step): milliseconds are needed") }
        var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        let count = poll(&poller, 1, bound)
        return count < 0 ? outcome(-1) : count == 0 ? "nothing" : events(poller.revents)
    case "close":
        return outcome(Int(close(descriptor)))
    case "pause":
        print("pause")
        fflush(nil)
        sleep(60)
        return "over"
    default:
        fail("\(step): no such step")
    }
}

guard CommandLine.arguments.count > 2 else { fail("usage: guest-probe NODE STEP...") }
var descriptor: Int32 = -1
for step in CommandLine.arguments.dropFirst(2) {
    let start = milliseconds()
    let result = perform(step, on: CommandLine.arguments[1], &descriptor)
    print("\(step) \(result) \(milliseconds() - start)")
    fflush(nil)
}
