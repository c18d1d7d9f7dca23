import CLinux
import Clocks
import Glibc

/// QEMU's qtest protocol: one command a line, one answer a line, and `IRQ raise N`/`IRQ lower N` at any time.
///
/// Source: QEMU, softmmu/qtest.c (the comment on the protocol).
final class QTestConnection {
    private let socket: Int32
    /// Received bytes that are not yet a line.
    private var pending: [UInt8] = []
    private var received = [UInt8](repeating: 0, count: 4096)
    /// Levels of the interrupt controller's inputs, once intercepted.
    private var lines: UInt64 = 0

    /// How long QEMU may take for one answer, in nanoseconds. It takes 20 µs; a machine under load, much longer.
    private let bound: Int64 = 5_000_000_000

    /// - Parameter socket: a connected stream socket, owned by this value from now on.
    init(socket: Int32) { self.socket = socket }

    deinit { Glibc.close(socket) }

    /// The level of an interrupt controller's input.
    func isRaised(_ line: Int) -> Bool { lines & (1 << UInt64(line)) != 0 }

    /// Sends a command and returns the words after `OK`.
    ///
    /// - Throws: `.vanished` when QEMU has gone, `.timeout` when it does not answer, `.refused` when it says FAIL.
    func command(_ text: String) throws(DeviceError) -> Substring {
        try send(text)
        let deadline = Clocks.monotonic + bound
        while true {
            while let line = nextLine() {
                if noteInterrupt(line) { continue }
                if line == "OK" { return "" }
                if line.hasPrefix("OK ") { return line.dropFirst(3) }
                throw DeviceError(.refused, "qemu", "qtest answered '\(line)' to '\(text)'")
            }
            guard try receive(until: deadline, wake: -1) else {
                throw DeviceError(.timeout, "qemu", "no answer to '\(text)' within \(bound / 1_000_000_000) s")
            }
        }
    }

    /// A command whose answer is one number.
    func number(_ text: String) throws(DeviceError) -> UInt64 {
        let answer = try command(text)
        guard answer.hasPrefix("0x"), let value = UInt64(answer.dropFirst(2), radix: 16) else {
            throw DeviceError(.invalid, "qemu", "qtest answered '\(answer)' to '\(text)', not a number")
        }
        return value
    }

    /// Waits until an input is raised.
    /// - Returns: false when the time passed, or `wake` polls readable.
    func waitUntilRaised(_ line: Int, nanoseconds: Int64, wake: Int32) throws(DeviceError) -> Bool {
        let deadline = Clocks.monotonic + nanoseconds
        while true {
            // All that has arrived: the level may have changed since it was last looked at.
            while try receive(until: 0, wake: -1) {}
            while let text = nextLine() { _ = noteInterrupt(text) }
            if isRaised(line) { return true }
            guard try receive(until: deadline, wake: wake) else { return false }
        }
    }

    private func send(_ text: String) throws(DeviceError) {
        var line = text + "\n"
        let failed = line.withUTF8 { bytes in
            // Commands are shorter than any socket buffer: no partial write.
            unsafe Glibc.send(socket, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL)) != bytes.count
        }
        if failed { throw DeviceError(.vanished, "qemu", "it has ended (\(systemReason()))") }
    }

    private func nextLine() -> String? {
        guard let end = pending.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        let line = String(decoding: pending[..<end], as: UTF8.self)
        pending.removeSubrange(...end)
        return line.hasSuffix("\r") ? String(line.dropLast()) : line
    }

    /// - Returns: whether the line was about an interrupt.
    private func noteInterrupt(_ line: String) -> Bool {
        guard line.hasPrefix("IRQ ") else { return false }
        let words = line.split(separator: " ")
        if words.count == 3, let number = UInt64(words[2]), number < 64 {
            if words[1] == "raise" { lines |= 1 << number } else { lines &= ~(1 << number) }
        }
        return true
    }

    /// - Returns: false when `deadline` passed or `wake` polls readable.
    private func receive(until deadline: Int64, wake: Int32) throws(DeviceError) -> Bool {
        var pollers = [pollfd(fd: socket, events: Int16(POLLIN), revents: 0), pollfd(fd: wake, events: Int16(POLLIN), revents: 0)]
        while true {
            let left = max(0, deadline - Clocks.monotonic)
            let ready = unsafe ringlight_poll(&pollers, 2, left)
            if ready == 0 { return false }
            if ready < 0 {
                if errno == EINTR { continue }
                throw DeviceError(.system, "qemu", "poll: \(systemReason())")
            }
            if pollers[0].revents == 0 { return false }
            let count = unsafe recv(socket, &received, received.count, 0)
            if count > 0 {
                pending += received[..<count]
                return true
            }
            if count < 0 && errno == EINTR { continue }
            throw DeviceError(.vanished, "qemu", "it has ended")
        }
    }
}
