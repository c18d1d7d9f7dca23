import ChildProcess
import Clocks
import E1000
import Frames
import Glibc
import TestSupport
import Testing

@testable import e1000_uio

@Suite("e1000-uio top", .serialized)
struct TopTests {
    @Test(
        "without a terminal: a line an interval; --json: an object, with rates that belong to what arrived",
        .needsQEMU("the other end of the tool's cable is a socket of QEMU's"))
    func lines() throws {
        let lines = try runTool(
            "e1000-uio", ["top", "--device", "qemu", "--netdev", QEMUBench.deadEnd, "--interval", "0.1", "--count", "3"])
        #expect(lines.status == 0, "\(lines.errors)")
        let texts = lines.text.split(separator: "\n")
        #expect(texts.count == 3 && texts.allSatisfy { $0.contains("frames/s") && $0.contains("0 dropped") }, "\(lines.text)")

        let wire = try ToolWire()
        let tool = try RunningTool(["top", "--device", "qemu", "--netdev", wire.netdev, "--interval", "0.2", "--json"])
        // The first object says that frames can arrive.
        try until { tool.text.contains("\n") }
        for number in 0..<400 {
            try wire.send(QEMUBench.broadcast(number, length: 125))
            if number % 16 == 15 { usleep(1000) }
        }
        try until { tool.text.contains("\"received\":400,") }
        tool.signal(SIGINT)
        #expect(tool.wait() == 0, "\(tool.errors)")
        let objects = tool.text.split(separator: "\n")
        let last = try #require(objects.last)
        #expect(last.contains("\"bytes\":50000,") && last.contains("\"dropped\":0,"), "\(last)")
        #expect(last.contains("\"link\":{\"changes\":") && last.contains("\"isUp\":true") && last.contains("\"speed\":1000"), "\(last)")
        #expect(objects.allSatisfy { $0.hasPrefix("{") && $0.hasSuffix("}") })
        // 400 frames of 1000 bits: so many bits a second as frames, times 1000, also in the average.
        let rates = objects.compactMap { object in
            zip(["receiveFrames", "receiveBits"], [1000.0, 1]).map { rate($0, in: String(object)) * $1 }
        }
        #expect(rates.allSatisfy { abs($0[0] - $0[1]) <= 0.001 * max(1, $0[0]) }, "\(rates)")
        #expect(rates.contains { $0[0] > 0 })
    }

    @Test(
        "attached to e1000d: what was sent is what it shows; and it goes on when another e1000d takes the place of a killed one",
        .needsQEMU("the other end of the service's cable is a socket of QEMU's"))
    func attached() throws {
        let wire = try ToolWire()
        let daemon = try RunningDaemon("qemu", ["--netdev", wire.netdev, "--no-publish"])
        try daemon.waitUntilReady()
        let tool = try RunningTool(["top", "--metrics", daemon.socket, "--interval", "0.2", "--json"])
        try until { tool.text.contains("\n") }
        for number in 0..<400 {
            try wire.send(QEMUBench.broadcast(number, length: 125))
            if number % 16 == 15 { usleep(1000) }
        }
        try until { tool.text.contains("\"received\":400,") }
        let last = try #require(tool.text.split(separator: "\n").last)
        #expect(last.contains("\"bytes\":50000,") && last.contains("\"dropped\":0,") && last.contains("\"drivenBy\":\"e1000d\""), "\(last)")
        #expect(last.contains("\"isUp\":true") && last.contains("\"speed\":1000") && last.contains("\"count\":256"), "\(last)")
        // The daemon tells the same.
        let counters = try daemon.counters()
        #expect(counters["e1000_card_gprc_total"] == 400 && counters["e1000_bridge_frames_total", ["direction": "receive"]] == 400)
        let rates = tool.text.split(separator: "\n").map { (rate("receiveFrames", in: String($0)), rate("receiveBits", in: String($0))) }
        // Of 1000 bits a frame, but for those, few in an interval, that came between the reads of two counters.
        #expect(rates.contains { $0.0 > 0 } && rates.allSatisfy { $0.0 >= 0 && abs($0.0 * 1000 - $0.1) <= 20_000 }, "\(rates)")
        #expect(tool.errors.contains("; e1000d drives it\n"), "\(tool.errors)")

        daemon.tool.signal(SIGKILL)
        _ = daemon.tool.wait()
        try tool.wait(for: ": trying again for 60 s")
        let second = try RunningTool(["--device", "sim:traffic=100", "--no-tap", "--no-publish", "--metrics", daemon.socket], program: "e1000d")
        try tool.wait(for: "e1000d is back")
        try until { tool.text.contains("\"restarts\":1,") }
        let all = tool.text.split(separator: "\n").map { rate("receiveFrames", in: String($0)) }
        #expect(all.allSatisfy { $0 >= 0 && $0 < 100_000 }, "\(all)")
        tool.signal(SIGINT)
        #expect(tool.wait() == 0, "\(tool.errors)")
        second.signal(SIGTERM)
        #expect(second.wait() == 0, "\(second.errors)")
    }

    private func rate(_ key: String, in object: String) -> Double {
        let rest = object.split(separator: "\"\(key)\":").last ?? ""
        return rest.split(separator: "\"now\":").dropFirst().first.flatMap { Double($0.prefix { $0.isNumber || ".e-+".contains($0) }) } ?? -1
    }

    private func until(_ condition: () -> Bool) throws {
        let deadline = Clocks.monotonic + 30_000_000_000
        while !condition() {
            guard Clocks.monotonic < deadline else { throw Stuck() }
            usleep(10_000)
        }
    }

    @Test(
        "on a terminal: a picture in the size of the terminal, and the terminal restored, however it ends",
        .needsQEMU("one card is enough for a terminal"),
        arguments: ["q", "TERM", "INT", "SEGV"])
    func terminal(end: String) throws {
        let terminal = try PseudoTerminal(columns: 70, rows: 12)
        let tool = try ChildProcess(
            path: "\(productFolder)/e1000-uio",
            arguments: ["top", "--device", "qemu", "--netdev", QEMUBench.deadEnd, "--interval", "0.1"],
            // Swift's own crash handler would ask on the terminal what to do.
            environment: ["SWIFT_BACKTRACE=enable=no", "PATH=\(getenv("PATH").map { String(cString: $0) } ?? "/usr/bin")"],
            descriptors: [terminal.user, terminal.user, terminal.user])
        let before = terminal.attributes
        try until { terminal.text.contains("receive ring: ") }
        #expect(terminal.attributes.c_lflag & tcflag_t(ICANON | ECHO) == 0)
        // A picture begins at the top left, fits, and never scrolls.
        let picture = try #require(terminal.text.split(separator: "\u{1b}[H").dropFirst().first)
        let rows = picture.split(separator: "\r\n").dropLast()
        #expect(rows.count == 11, "\(picture)")
        #expect(rows.allSatisfy { $0.hasSuffix("\u{1b}[K") && $0.count - 3 < 70 }, "\(picture)")
        #expect(!picture.contains("transmit ring"))
        // Larger: more of it is shown.
        terminal.resize(columns: 100, rows: 40)
        try until { terminal.text.contains("q: quit") }
        switch end {
        case "q": terminal.type("xq")
        case "TERM": tool.signal(SIGTERM)
        case "INT": terminal.type("\u{3}"); tool.signal(SIGINT)
        default: tool.signal(SIGSEGV)
        }
        let status = tool.wait(milliseconds: 30_000)
        #expect(end == "SEGV" ? status == 128 + SIGSEGV : status == 0)
        let text = terminal.text
        #expect(text.contains("\u{1b}[?1049h\u{1b}[?25l"))
        let farewell = try #require(text.split(separator: "\u{1b}[J").last)
        #expect(farewell.hasPrefix("\u{1b}[?25h\u{1b}[?1049l"), "\(farewell)")
        let after = terminal.attributes
        #expect(after.c_lflag == before.c_lflag && after.c_iflag == before.c_iflag && after.c_oflag == before.c_oflag)
    }

    @Test(
        "attached on a terminal: the title says who drives it, a program that is stopped is told of, and 'q' ends a wait for it, too",
        .needsQEMU("it is about e1000d, not about cards"))
    func attachedTerminal() throws {
        let daemon = try RunningDaemon("sim:traffic=100")
        try daemon.waitUntilReady()
        let terminal = try PseudoTerminal(columns: 120, rows: 40)
        let tool = try ChildProcess(
            path: "\(productFolder)/e1000-uio", arguments: ["top", "--metrics", daemon.socket, "--interval", "0.1"], environment: [],
            descriptors: [terminal.user, terminal.user, terminal.user])
        try until { terminal.text.contains("sim, 82540EM, 52:54:00:12:34:56; e1000d drives it") && terminal.text.contains("q: quit") }
        let picture = try #require(terminal.text.split(separator: "\u{1b}[H").last { $0.contains("q: quit") })
        for words in ["link up, 1000 Mb/s", "frames/s received", "receive ring: ", "of 256 descriptors the card's", "transmit ring: 0 of 256"] {
            #expect(picture.contains(words), "\(picture)")
        }
        // It listens, and says nothing.
        daemon.tool.signal(SIGSTOP)
        try until { terminal.text.contains("e1000d is not to be seen: no answer within 2 s; trying again for ") }
        usleep(500_000)
        let start = Clocks.monotonic
        terminal.type("q")
        #expect(tool.wait(milliseconds: 10_000) == 0)
        #expect(Clocks.monotonic - start < 1_000_000_000)
        daemon.tool.signal(SIGCONT)
        #expect(try #require(terminal.text.split(separator: "\u{1b}[J").last).hasPrefix("\u{1b}[?25h\u{1b}[?1049l"))
    }

    @Test("a ring's picture: whose each descriptor is, also around its end")
    func ring() {
        #expect(TopView.bar(RingOccupancy(count: 8, cardFirst: 6, card: 4), 10) == "[##....##]")
        #expect(TopView.bar(RingOccupancy(count: 16, cardFirst: 1, card: 4), 10) == "[+#+.....]")
        #expect(TopView.bar(RingOccupancy(count: 8, cardFirst: 0, card: 8), 18) == "[################]")
        #expect(TopView.sparkline([0, 1, 7], 80) == " .#" && TopView.sparkline([0, 0], 80) == "" && TopView.sparkline([7, 7, 3.5], 2) == "#=")
    }

    @Test("rings: what waits and what was taken is the driver's, the rest the card's", .needsOtherEnd, arguments: TestCard.all)
    func occupancy(on kind: TestCard) throws {
        let bench = Bench(kind, withPeer: true)
        defer { bench.end() }
        var card = try bench.card(ring: 32)
        #expect(card.occupancy.receive == RingOccupancy(count: 32, cardFirst: 0, card: 31))
        #expect(card.occupancy.transmit == RingOccupancy(count: 32, cardFirst: 0, card: 0))
        usleep(UInt32(card.nanosecondsUntilReceiving / 1000) + 20_000)
        for number in 0..<5 { #expect(bench.deliver(QEMUBench.broadcast(number, length: 60))) }
        for _ in 0..<500 where card.waitingFrames < 5 { usleep(10_000) }
        #expect(card.waitingFrames == 5)
        #expect(card.occupancy.receive == RingOccupancy(count: 32, cardFirst: 5, card: 26))
        // Taken, but not given back.
        if let packet = card.receive() { card.put(packet) }
        #expect(card.waitingFrames == 4)
        #expect(card.occupancy.receive == RingOccupancy(count: 32, cardFirst: 5, card: 26))
        while let packet = card.receive() { card.put(packet) }
        // A wait gives everything back first.
        #expect(try !card.waitForFrame(nanoseconds: 1_000_000))
        #expect(card.occupancy.receive == RingOccupancy(count: 32, cardFirst: 5, card: 31))
        for number in 0..<3 { #expect(append(QEMUBench.broadcast(number, length: 60), to: &card)) }
        #expect(card.occupancy.transmit == RingOccupancy(count: 32, cardFirst: 0, card: 3))
        #expect(try card.waitUntilPending(atMost: 0, nanoseconds: 5_000_000_000))
        #expect(card.occupancy.transmit == RingOccupancy(count: 32, cardFirst: 3, card: 0))
    }
}

/// A terminal whose user is the test.
private final class PseudoTerminal {
    /// What the program has as its terminal.
    let user: Int32
    private let master: Int32
    private var seen: [UInt8] = []

    init(columns: UInt16, rows: UInt16) throws {
        master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        var (locked, number): (Int32, UInt32) = (0, 0)
        // TIOCSPTLCK and TIOCGPTN (ioctl_tty(2)), which Glibc's module does not show; neither does it posix_openpt.
        guard master >= 0, ioctl(master, 0x4004_5431, &locked) == 0, ioctl(master, 0x8004_5430, &number) == 0 else { throw Stuck() }
        user = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY | O_CLOEXEC)
        guard user >= 0 else { throw Stuck() }
        _ = fcntl(master, F_SETFL, O_NONBLOCK)
        resize(columns: columns, rows: rows)
    }

    deinit {
        close(user)
        close(master)
    }

    func resize(columns: UInt16, rows: UInt16) {
        var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(master, UInt(TIOCSWINSZ), &size)
    }

    func type(_ text: String) { _ = write(master, text, text.utf8.count) }

    var attributes: termios {
        var attributes = termios()
        tcgetattr(user, &attributes)
        return attributes
    }

    /// All that was drawn so far.
    var text: String {
        var bytes = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = read(master, &bytes, bytes.count)
            guard count > 0 else { break }
            seen += bytes.prefix(count)
        }
        return String(decoding: seen, as: UTF8.self)
    }
}
