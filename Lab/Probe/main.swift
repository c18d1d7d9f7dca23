// Runs in the guest, for tests: system calls on one device node, as the command line lists them, with nothing in between
// that could hide what the kernel answered.
//
// Usage: guest-probe NODE STEP...
//   open[:nonblock]  opens the node for reading and writing      claim   the ioctl "claim until close"
//   open:read        opens it for reading alone
//   write:TEXT       writes TEXT (a \n at its end if it has one)  read    reads up to 16 bytes
//   poll:MS          polls for POLLIN, at most MS milliseconds    close   closes the node
//   pollend:MS       the same for POLLPRI                         random:SEED:COUNT  lines, see RandomLines.swift
//   map:INDEX:BYTES  maps a UIO node's map                        load:OFFSET  a 32-bit load from what was mapped last
//   store:OFFSET:N   a 32-bit store there                         zero:BYTES   whether its first bytes are all 0
//   count            reads a UIO node's count of interrupts      enable:N     writes N, as UIO's interrupt control
//   ioctl:N          another ioctl, by its number                 grab    takes an event device for this opener alone
//   claims:N         opens the node N times more, each with a claim of its own, until one is refused: how many, and why
//   pause            waits to be killed, a minute at most
// Usage: guest-probe canary ADDRESS, a card bound to ringlight: see CanaryProbe.swift.
// Usage: guest-probe ledd STEP..., a client of ledd: see DaemonProbe.swift.
// Usage: guest-probe socket PATH: see SocketProbe.swift.
// Usage: guest-probe interrupt|reset|stray CARD, a PCI address with vfio-pci or a UIO node: see CardProbe.swift.
// Usage: guest-probe latency LED ROUNDS, the folder of capslock's LED-class device: see LatencyProbe.swift.
// Prints a line for each: the step, its result (or the error's name), milliseconds that it took.
import Clocks
import CRinglight
import CVolatile
import Glibc

func fail(_ words: String) -> Never {
    print("guest-probe: \(words)")
    exit(64)
}

/// A result as system calls have it: negative is an error.
func outcome(_ result: Int) -> String {
    guard result < 0 else { return String(result) }
    let names = [
        EAGAIN: "EAGAIN", EBUSY: "EBUSY", EINVAL: "EINVAL", EIO: "EIO", ENODEV: "ENODEV", ENOENT: "ENOENT", ENOTTY: "ENOTTY",
        ENXIO: "ENXIO", E2BIG: "E2BIG", EPERM: "EPERM", EACCES: "EACCES", EFAULT: "EFAULT", EBADF: "EBADF", ENOSPC: "ENOSPC",
    ]
    return names[errno] ?? "errno \(errno)"
}

func events(_ bits: Int16) -> String {
    let names = [(POLLIN, "POLLIN"), (POLLERR, "POLLERR"), (POLLHUP, "POLLHUP"), (POLLNVAL, "POLLNVAL"), (POLLPRI, "POLLPRI")]
    return names.filter { Int32(bits) & Int32($0.0) != 0 }.map(\.1).joined(separator: "|")
}

/// Where the last `map` put a device's memory.
nonisolated(unsafe) var mapped: UnsafeMutableRawPointer?

/// `0x10:7` as numbers.
func numbers(_ text: String, _ count: Int, _ step: String) -> [Int] {
    let values = text.split(separator: ":").compactMap { $0.hasPrefix("0x") ? Int($0.dropFirst(2), radix: 16) : Int($0) }
    guard values.count == count else { fail("\(step): \(count) numbers are needed") }
    return values
}

func perform(_ step: String, on node: String, _ descriptor: inout Int32) -> String {
    let parts = step.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let argument = parts.count > 1 ? parts[1] : ""
    switch parts[0] {
    case "open":
        descriptor = open(node, (argument == "read" ? O_RDONLY : O_RDWR) | O_CLOEXEC | (argument == "nonblock" ? O_NONBLOCK : 0))
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
    case "poll", "pollend":
        guard let bound = Int32(argument) else { fail("\(step): milliseconds are needed") }
        var poller = pollfd(fd: descriptor, events: Int16(parts[0] == "poll" ? POLLIN : POLLPRI), revents: 0)
        let count = poll(&poller, 1, bound)
        return count < 0 ? outcome(-1) : count == 0 ? "nothing" : events(poller.revents)
    case "close":
        return outcome(Int(close(descriptor)))
    case "map":
        let numbers = numbers(argument, 2, step)
        let pointer = mmap(nil, numbers[1], PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, numbers[0] * Int(getpagesize()))
        guard let pointer, pointer != MAP_FAILED else { return outcome(-1) }
        mapped = pointer
        return "mapped"
    case "load":
        guard let mapped else { fail("\(step): nothing is mapped") }
        return "0x" + String(volatile_load_u32(mapped + numbers(argument, 1, step)[0]), radix: 16)
    case "store":
        guard let mapped else { fail("\(step): nothing is mapped") }
        let numbers = numbers(argument, 2, step)
        volatile_store_u32(mapped + numbers[0], UInt32(truncatingIfNeeded: numbers[1]))
        return "stored"
    case "zero":
        guard let mapped else { fail("\(step): nothing is mapped") }
        let bytes = UnsafeRawBufferPointer(start: mapped, count: numbers(argument, 1, step)[0])
        return bytes.allSatisfy { $0 == 0 } ? "zero" : "not zero"
    case "count":
        var count: Int32 = 0
        let result = read(descriptor, &count, 4)
        return result < 0 ? outcome(result) : String(count)
    case "enable":
        var value = Int32(truncatingIfNeeded: numbers(argument, 1, step)[0])
        return outcome(write(descriptor, &value, 4))
    case "random":
        let numbers = numbers(argument, 2, step)
        return writeRandomLines(to: node, descriptor, seed: UInt64(numbers[0]), count: numbers[1])
    case "claims":
        let count = numbers(argument, 1, step)[0]
        for claimed in 0..<count {
            let another = open(node, O_RDWR | O_CLOEXEC)
            guard another >= 0, ioctl(another, ringlight_light_claim_until_close) == 0, write(another, "0", 1) == 1 else {
                return "\(claimed):\(outcome(-1))"
            }
        }
        return String(count)
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
if CommandLine.arguments[1] == "canary" {
    probeCanary(CommandLine.arguments[2])
    exit(0)
}
if CommandLine.arguments[1] == "latency" {
    guard CommandLine.arguments.count == 4, let rounds = Int(CommandLine.arguments[3]) else { fail("usage: guest-probe latency LED ROUNDS") }
    let socket = getenv("RINGLIGHT_SOCKET").map { String(cString: $0) } ?? "/run/ringlight/ledd.sock"
    LatencyProbe(led: CommandLine.arguments[2], socket: socket).run(rounds: rounds)
    exit(0)
}
if CommandLine.arguments[1] == "ledd" {
    probeDaemon(CommandLine.arguments.dropFirst(2))
    exit(0)
}
if CommandLine.arguments[1] == "socket" {
    probeSocket(CommandLine.arguments[2])
    exit(0)
}
if ["interrupt", "reset", "stray"].contains(CommandLine.arguments[1]) {
    probeCard(CommandLine.arguments[1], CommandLine.arguments[2])
    exit(0)
}
var descriptor: Int32 = -1
for step in CommandLine.arguments.dropFirst(2) {
    let start = Clocks.monotonic / 1_000_000
    let result = perform(step, on: CommandLine.arguments[1], &descriptor)
    print("\(step) \(result) \(Clocks.monotonic / 1_000_000 - start)")
    fflush(nil)
}
