import Glibc
import Synchronization
import TestSupport

/// A socket that stands in for e1000d's, in a thread: answers one client after the other as it is told. Gone with this object.
final class MetricsServer: Sendable {
    enum Answer {
        case text(String)
        /// In pieces, with a pause after each.
        case slow([String])
        /// Nothing, until the client goes.
        case silence
    }

    var path: String { server.path }
    /// Clients so far.
    var asked: Int { count.value.withLock { $0 } }

    private final class Count: Sendable {
        let value = Mutex(0)
    }

    private let count = Count()
    private let server: LocalServer

    /// - Parameter answer: called on another thread with the number of the client, from 0.
    init(_ path: String, _ answer: @escaping @Sendable (Int) -> Answer) throws {
        server = try LocalServer(path) { [count] client in
            let number = count.value.withLock { count in
                defer { count += 1 }
                return count
            }
            Self.give(answer(number), to: client)
        }
    }

    /// Its name goes, too.
    func stop() { server.stop() }

    private static func give(_ answer: Answer, to client: Int32) {
        switch answer {
        case .text(let text): LocalServer.send(text, to: client)
        case .slow(let pieces):
            for piece in pieces {
                LocalServer.send(piece, to: client)
                usleep(50_000)
            }
        case .silence:
            // It has shut its half down, so that its end alone tells of its going.
            var poller = pollfd(fd: client, events: Int16(0), revents: 0)
            poll(&poller, 1, 10_000)
        }
    }
}

/// What e1000d tells, as far as top reads it.
struct ToldCard {
    var start = 1_800_000_000.0
    var uptime = 10.0
    var received = 0
    var sent = 0
    /// Of a frame, without CRC.
    var length = 100
    var missed = 0
    var changes = 3
    var isUp = true
    /// Left away.
    var without: String?
    /// Said instead.
    var instead: [String: String] = [:]

    var text: String {
        let values: [(String, String)] = [
            (#"e1000_card_info{device="0000:00:03.0",interface="lan0",model="82540EM",mac="52:54:00:12:34:56",program="e1000d",version="9.9"}"#, "1"),
            ("e1000_start_time_seconds", "\(start)"), ("e1000_uptime_seconds", "\(uptime)"), ("e1000_link_up", isUp ? "1" : "0"),
            ("e1000_link_changes_total", "\(changes)"),
            (isUp ? "e1000_link_speed_bits_per_second" : "e1000_x", "1000000000"), (isUp ? "e1000_link_full_duplex" : "e1000_y", "1"),
            (#"e1000_ring_descriptors{direction="receive"}"#, "256"), (#"e1000_ring_descriptors{direction="transmit"}"#, "64"),
            (#"e1000_ring_card_descriptors{direction="receive"}"#, "250"), (#"e1000_ring_card_descriptors{direction="transmit"}"#, "4"),
            (#"e1000_ring_card_start{direction="receive"}"#, "17"), (#"e1000_ring_card_start{direction="transmit"}"#, "63"),
            ("e1000_ring_waiting_frames", "5"), ("e1000_recoveries_total", "1"), ("e1000_lost_frames_total", "2"),
            ("e1000_driver_bad_descriptors_total", "6"), ("e1000_card_crcerrs_total", "7"), ("e1000_card_rxerrc_total", "8"),
            ("e1000_card_mpc_total", "\(missed)"), ("e1000_card_gprc_total", "\(received)"), ("e1000_card_gptc_total", "\(sent)"),
            ("e1000_card_gorc_bytes_total", "\(received * (length + 4))"), ("e1000_card_rnbc_total", "9"),
        ]
        let lines = values.filter { name, _ in without.map { !name.hasPrefix($0) } ?? true }.map { "\($0) \(instead[$0] ?? $1)\n" }
        return "# TYPE e1000_card info\n" + lines.joined() + "# EOF\n"
    }
}
