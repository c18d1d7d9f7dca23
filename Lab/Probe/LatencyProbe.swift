import CLinux
import Clocks
import Glibc

/// Turns lights on in each of the ways in turns, for an observer outside: right before each, a byte with the way's number goes
/// to an I/O port. Off again is not announced.
///
/// Every light is held before, so that taking it from its lock key, which costs the kernel some 50 ms, is no part of it.
struct LatencyProbe {
    /// A device of QEMU's that hands bytes out (isa-debugcon).
    static let port: off_t = 0x402

    enum Way: UInt8, CaseIterable { case sysfs, node, socket, ledctl }

    private let marks: Int32
    private let brightness: Int32
    private let node: Int32
    private let ledd: Int32

    /// - Parameters:
    ///   - led: the folder of capslock's LED-class device, without a trigger.
    ///   - socket: ledd's.
    init(led: String, socket path: String) {
        marks = Self.opened("/dev/port", O_WRONLY)
        brightness = Self.opened("\(led)/brightness", O_WRONLY)
        node = Self.opened("/dev/ringlight/numlock", O_WRONLY)
        ledd = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard ringlight_connect(ledd, path) == 0 else { fail("\(path): \(outcome(-1))") }
    }

    func run(rounds: Int) {
        Self.send("0\n", to: node)
        ask(#"{"op":"claim","v":1,"light":"scrolllock","id":"base","source":"probe","priority":0,"pattern":"off"}"#)
        usleep(300_000)
        for _ in 0..<rounds {
            for way in Way.allCases {
                turnOn(way)
                pause()
                turnOff(way)
                pause()
            }
        }
        Self.send("release\n", to: node)
    }

    private static let claim = #"{"op":"claim","v":1,"light":"scrolllock","id":"latency","source":"probe","pattern":"on"}"#

    private func turnOn(_ way: Way) {
        var byte = way.rawValue
        guard pwrite(marks, &byte, 1, Self.port) == 1 else { fail("/dev/port: \(outcome(-1))") }
        switch way {
        case .sysfs: Self.send("1\n", to: brightness)
        case .node: Self.send("1\n", to: node)
        case .socket: ask(Self.claim)
        case .ledctl: runLedctl()
        }
    }

    private func turnOff(_ way: Way) {
        switch way {
        case .sysfs: Self.send("0\n", to: brightness)
        case .node: Self.send("0\n", to: node)
        case .socket, .ledctl: ask(#"{"op":"release","v":1,"id":"latency"}"#)
        }
    }

    /// Keyboards have limits of their own: one change must not meet the one before. Uneven, so that no timer keeps step.
    private func pause() { usleep(60_000 + UInt32.random(in: 0..<20_000)) }

    /// Sends a line, and reads the answer to it.
    private func ask(_ line: String) {
        Self.send(line + "\n", to: ledd)
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = read(ledd, &bytes, bytes.count)
        guard count > 0, String(decoding: bytes.prefix(count), as: UTF8.self).contains("\"ok\":true") else { fail("ledd does not take \(line)") }
    }

    private func runLedctl() {
        let words = ["ledctl", "notify", "--light", "scrolllock", "--id", "latency", "--pattern", "on"]
        var arguments = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var child: pid_t = 0
        guard posix_spawn(&child, "/usr/bin/ledctl", nil, nil, &arguments, environ) == 0 else { fail("ledctl cannot be started") }
        var status: Int32 = 0
        waitpid(child, &status, 0)
        guard status == 0 else { fail("ledctl failed") }
    }

    private static func send(_ text: String, to descriptor: Int32) {
        let bytes = Array(text.utf8)
        guard write(descriptor, bytes, bytes.count) == bytes.count else { fail("\(text): \(outcome(-1))") }
    }

    private static func opened(_ path: String, _ flags: Int32) -> Int32 {
        let descriptor = open(path, flags | O_CLOEXEC)
        guard descriptor >= 0 else { fail("\(path): \(outcome(-1))") }
        return descriptor
    }
}
