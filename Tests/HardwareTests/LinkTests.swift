import DeviceAccess
@testable import e1000_uio
import E1000
import Glibc
import TestSupport
import Testing

@Suite("Link of QEMU's e1000", .serialized)
struct LinkTests {
    /// QEMU's monitor (QMP): one JSON object a line.
    private struct Monitor {
        let ours: Int32
        let theirs: Int32

        init() {
            var pair: [Int32] = [-1, -1]
            precondition(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair) == 0)
            (ours, theirs) = (pair[0], pair[1])
        }

        func end() { for descriptor in [ours, theirs] { close(descriptor) } }

        /// Sends a command and waits for its answer, 5 s at most.
        func execute(_ command: String, _ arguments: String = "{}") throws {
            let line = "{\"execute\":\"\(command)\",\"arguments\":\(arguments)}\n"
            #expect(write(ours, line, line.utf8.count) == line.utf8.count)
            var received = ""
            while !received.contains("\"return\"") {
                var poller = pollfd(fd: ours, events: Int16(POLLIN), revents: 0)
                guard poll(&poller, 1, 5000) == 1 else { throw Stuck() }
                var bytes = [UInt8](repeating: 0, count: 4096)
                let count = read(ours, &bytes, bytes.count)
                guard count > 0 else { throw Stuck() }
                received += String(decoding: bytes[..<count], as: UTF8.self)
                if received.contains("\"error\"") { throw Stuck() }
            }
        }

        func setLink(up: Bool) throws { try execute("set_link", "{\"name\":\"n0\",\"up\":\(up)}") }
    }

    private func withMonitor(_ body: (QEMUBench, QEMUOptions, Monitor) throws -> Void) throws {
        let bench = QEMUBench()
        let monitor = Monitor()
        defer {
            bench.end()
            monitor.end()
        }
        var options = bench.options
        options.extraDescriptors.append(monitor.theirs)
        options.extraArguments = [
            "-chardev", "socket,id=m,fd=\(QEMUOptions.firstExtraDescriptor + 1)", "-mon", "chardev=m,mode=control",
        ]
        try body(bench, options, monitor)
    }

    @Test("down and up are seen in the state and latched as a change, also a break between two looks")
    func stateAndChange() throws {
        try withMonitor { bench, options, monitor in
            var card = try Controller(try QEMUDevice.start(options))
            try monitor.execute("qmp_capabilities")
            var link = try card.linkState()
            #expect(link.isUp && link.speed == 1000 && link.isFullDuplex)
            _ = try card.takeLinkChange()
            #expect(try !card.takeLinkChange())

            try monitor.setLink(up: false)
            link = try card.linkState()
            #expect(!link.isUp)
            #expect(try card.takeLinkChange())
            #expect(try !card.takeLinkChange())

            try monitor.setLink(up: true)
            #expect(try comesUp(card))
            #expect(try card.takeLinkChange())

            try monitor.setLink(up: false)
            try monitor.setLink(up: true)
            #expect(try comesUp(card))
            #expect(try card.takeLinkChange(), "a break between two looks")
        }
    }

    /// The model negotiates for 500 ms.
    private func comesUp(_ card: borrowing Controller) throws -> Bool {
        for _ in 0..<300 {
            if try card.linkState().isUp { return true }
            usleep(10_000)
        }
        return false
    }

    @Test("a link that breaks while sending: the sender waits, says which frames are in doubt, and all others are on the wire")
    func whileSending() throws {
        try withMonitor { bench, options, monitor in
            let loop = SendLoop(try Controller(try QEMUDevice.start(options)))
            try monitor.execute("qmp_capabilities")
            var number = 0
            var totals: SendTotals?
            try loop.run({
                // In the middle of the batch from 960 to 1023.
                if number == 1000 {
                    try monitor.setLink(up: false)
                    try monitor.setLink(up: true)
                }
                guard number < 3000 else { return nil }
                defer { number += 1 }
                return TimedFrame(bytes: QEMUBench.frame(number, length: 60), due: 0)
            }, report: { totals = $0 })
            #expect(totals?.frames == 3000)
            #expect(totals?.framesDuringLinkChange == 64)
            let wire = try bench.wire().map { frame in frame[0..<4].reduce(0) { $0 << 8 | Int($1) } }
            #expect(wire.filter { !(960..<1024).contains($0) } == Array(0..<960) + Array(1024..<3000))
            #expect(wire == wire.sorted() && Set(wire).count == wire.count)
        }
    }
}
