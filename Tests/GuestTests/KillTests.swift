import Clocks
import Glibc
import Lab
import Synchronization
import TestSupport
import Testing

/// A user of the card that dies at any moment, while frames keep coming in.
@Suite(.serialized, .showsConsole)
struct KillTests {
    /// A death: of a program on a card, so long after its start.
    private struct Death {
        let card: Int
        let program: String
        let milliseconds: Int

        /// Half of them receive; QEMU's e1000 does so after a second only, its e1000e at once.
        init(_ random: inout SplitMix) {
            card = Int.random(in: 0..<10, using: &random) < 3 ? 0 : 1
            let receives = Bool.random(using: &random)
            program = receives ? "recv --promiscuous -w /dev/null" : "send --hex 'ffffffffffff525400123456 88b5 00' --count 0"
            milliseconds = .random(in: 0..<(receives && card == 0 ? 1400 : 350), using: &random)
        }
    }

    @Test("kill -9 at 100 random points with frames coming in: the card is quiet, and no byte of its memory's next owners changes")
    func kills() throws {
        let seed = getenv("RINGLIGHT_SEED").flatMap { UInt64(String(cString: $0)) } ?? UInt64.random(in: 0..<1 << 32)
        print("kill -9 at random points: RINGLIGHT_SEED=\(seed)")
        var random = SplitMix(seed: seed)
        let deaths = (0..<100).map { _ in Death(&random) }
        let traffic = try Traffic(wires: 2)
        defer { traffic.end() }
        var options = Guest.Options(cards: 2)
        options.cards[0].network = .peer(traffic.ends[0])
        options.cards[1].network = .peer(traffic.ends[1])
        options.cards[1].model = "e1000e"
        try withGuest(options) { guest in
            let addresses = [Guest.address(ofCard: 0), Guest.address(ofCard: 1)]
            // 4 MiB each: what is watched is filled and compared a hundred times by an emulated processor. Less would be given
            // out again later: the kernel gives its largest pieces first.
            try guest.output(of: "modprobe ringlight dma_size=4194304 && e1000-uio bind \(addresses[0]) \(addresses[1])")
            // Little memory is left free, so that what a card gives back soon has another owner. Programs are read before: later
            // their pages would take of what is left.
            try guest.output(of: "cat /programs/e1000-uio /programs/guest-probe >/dev/null")
            try guest.output(
                of: "mount -o remount,size=95% /tmp; free=$(awk '/^MemFree/ {print $2}' /proc/meminfo); "
                    + "dd if=/dev/zero of=/tmp/ballast bs=1M count=$((free / 1024 - 32))")
            traffic.begin()
            let lines = deaths.map { death in
                "once \(addresses[death.card]) \(Double(death.milliseconds) / 1000) \(death.program)"
            }
            let script = """
                once() {
                    address=$1 delay=$2; shift 2
                    e1000-uio "$@" --ring-size 64 --device $address 2>/tmp/words & pid=$!
                    sleep $delay
                    kill -9 $pid 2>/dev/null || { cat /tmp/words >&2; exit 1; }
                    wait $pid 2>/dev/null
                    guest-probe canary $address || { echo "killed after $delay s: $*" >&2; exit 1; }
                }
                \(lines.joined(separator: "\n"))
                """
            try guest.write(Array(script.utf8), to: "/tmp/kills")
            let result = try guest.run("sh /tmp/kills", within: .seconds(300))
            let answers = result.text.split(separator: "\n").map(String.init)
            #expect(result.status == 0, "seed \(seed): after \(answers.count) deaths: \(answers.last ?? "") \(result.errors)")
            #expect(answers.count == 100)
            let pages = answers.compactMap { $0.split(separator: " ").compactMap { Int($0) }.dropFirst().first }.reduce(0, +)
            // Mostly nearly all 1024 of them.
            #expect(pages > 100 * 256, "of the cards' memory, other processes had \(pages) pages in all")
            #expect(traffic.delivered > 300, "QEMU took \(traffic.delivered) frames")
            // Both go on.
            for address in addresses {
                let again = try guest.run("e1000-uio recv --device \(address) --ring-size 64 -c 10 --duration 10 -w /dev/null")
                #expect(again.status == 0 && again.errors.contains("10 frames, "), "\(again.errors)")
            }
            print("\(traffic.delivered) frames came in meanwhile; \(pages) pages were another process's")
        }
    }
}

/// Frames that keep coming in on some wires, 2000 a second on each, whether anybody takes them or not.
private final class Traffic: Sendable {
    /// QEMU's ends.
    let ends: [Int32]
    private let own: [Int32]
    private let isOver = Atomic<Bool>(false)
    private let hasEnded = Atomic<Bool>(true)
    private let count = Atomic<Int>(0)

    init(wires: Int) throws {
        var (own, ends): ([Int32], [Int32]) = ([], [])
        for _ in 0..<wires {
            var pair: [Int32] = [-1, -1]
            try #require(socketpair(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0, &pair) == 0)
            own.append(pair[0])
            ends.append(pair[1])
        }
        (self.own, self.ends) = (own, ends)
    }

    /// Frames that QEMU, or its socket, took.
    var delivered: Int { count.load(ordering: .relaxed) }

    func begin() {
        hasEnded.store(false, ordering: .relaxed)
        var thread = pthread_t()
        let body = Unmanaged.passRetained(self)
        pthread_create(&thread, nil, { argument in
            let traffic = Unmanaged<Traffic>.fromOpaque(argument!).takeRetainedValue()
            traffic.run()
            return nil
        }, body.toOpaque())
        pthread_detach(thread)
    }

    private func run() {
        var buffer = [UInt8](repeating: 0, count: 2048)
        var number = 0
        while !isOver.load(ordering: .relaxed) {
            for wire in own {
                let frame = numberedFrame(number, length: 60 + number % 1400)
                if send(wire, frame, frame.count, Int32(MSG_DONTWAIT)) > 0 { count.add(1, ordering: .relaxed) }
                // What the cards send.
                while recv(wire, &buffer, buffer.count, Int32(MSG_DONTWAIT)) > 0 {}
            }
            number += 1
            usleep(500)
        }
        hasEnded.store(true, ordering: .releasing)
    }

    func end() {
        isOver.store(true, ordering: .relaxed)
        while !hasEnded.load(ordering: .acquiring) { usleep(1000) }
        for descriptor in own + ends { close(descriptor) }
    }
}
