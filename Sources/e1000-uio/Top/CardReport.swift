import CardBridge
import E1000

/// What a program that drives a card tells of it, checked: counters since that program's start.
struct CardReport: Equatable {
    /// Why a text of OpenMetrics does not tell of a card.
    enum Wrong: Error, Equatable {
        /// It tells of something else.
        case noCard
        /// It lacks something: that program is of another version than this one.
        case missing(String, version: String)
        /// A value that cannot be.
        case impossible(String)
    }

    /// Name of the card, of its model, its address; the program that drives it, and the interface that it makes of it.
    let device, model, macAddress, program, interface: String
    /// When that program began to drive it, in seconds since 1970, and for how many seconds it had when this was read.
    let start, uptime: Double
    let counters: TopSample.Counters
    let link: TopSample.LinkReport
    let transmitRing, receiveRing: RingOccupancy
    /// Received frames that nobody has taken.
    let waiting: UInt32

    init(_ text: MetricsText) throws(Wrong) {
        guard let info = text.sample("e1000_card_info")?.labels else { throw .noCard }
        let values = Values(text: text, version: info["version"] ?? "unknown")
        func label(_ name: String) throws(Wrong) -> String {
            guard let value = info[name] else { throw values.missing("the label '\(name)'") }
            // Drawn on a terminal, which would obey what does not show.
            return String(String.UnicodeScalarView(value.unicodeScalars.prefix(64).map { $0.properties.isPrintable ? $0 : "?" }))
        }
        (device, model, macAddress) = (try label("device"), try label("model"), try label("mac"))
        (program, interface) = (try label("program"), try label("interface"))
        start = try values.number("e1000_start_time_seconds")
        uptime = try values.number("e1000_uptime_seconds")
        counters = try values.counters()
        link = try values.link()
        (transmitRing, receiveRing) = (try values.ring("transmit"), try values.ring("receive"))
        waiting = try values.small("e1000_ring_waiting_frames")
    }

    /// For people.
    var title: String {
        "\(device), \(model), \(macAddress); \(program) drives it\(interface == "none" ? "" : " as \(interface)")"
    }

    /// Whether the program has been started anew since another report, or what counts up went down all the same.
    func isAnew(after other: CardReport) -> Bool {
        start != other.start || uptime < other.uptime || link.changes < other.link.changes
            || zip(counters.growing, other.counters.growing).contains { $0 < $1 }
    }
}

extension Unicode.Scalar.Properties {
    fileprivate var isPrintable: Bool {
        switch generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: false
        default: true
        }
    }
}

/// Reads values, each once and checked.
private struct Values {
    /// More than a card counts in a thousand years, and exact as a `Double`.
    private static let largest = 9_007_199_254_740_992.0

    let text: MetricsText
    let version: String

    func missing(_ what: String) -> CardReport.Wrong { .missing(what, version: version) }

    func number(_ name: String, _ labels: [String: String] = [:]) throws(CardReport.Wrong) -> Double {
        guard let value = text.sample(name, labels)?.value else { throw missing("'\(name)'") }
        guard value >= 0, value <= Self.largest else { throw .impossible(name) }
        return value
    }

    func whole(_ name: String) throws(CardReport.Wrong) -> UInt64 { UInt64(try number(name)) }

    func small(_ name: String, _ labels: [String: String] = [:]) throws(CardReport.Wrong) -> UInt32 {
        let value = try number(name, labels)
        // Rings have at most 4096 descriptors, on any of the cards at most 65,536.
        guard value <= 65_536 else { throw .impossible(name) }
        return UInt32(value)
    }

    func counters() throws(CardReport.Wrong) -> TopSample.Counters {
        var counters = TopSample.Counters()
        counters.received = try whole("e1000_card_gprc_total")
        // Without CRC; the two were not read at one moment.
        let crc = 4 * counters.received
        counters.bytes = max(try whole("e1000_card_gorc_bytes_total"), crc) - crc
        counters.sent = try whole("e1000_card_gptc_total")
        (counters.missed, counters.noBuffer) = (try whole("e1000_card_mpc_total"), try whole("e1000_card_rnbc_total"))
        (counters.crcErrors, counters.receiveErrors) = (try whole("e1000_card_crcerrs_total"), try whole("e1000_card_rxerrc_total"))
        counters.bad = try whole("e1000_driver_bad_descriptors_total")
        (counters.recoveries, counters.lost) = (try whole("e1000_recoveries_total"), try whole("e1000_lost_frames_total"))
        return counters
    }

    func link() throws(CardReport.Wrong) -> TopSample.LinkReport {
        var link = TopSample.LinkReport()
        link.changes = try whole("e1000_link_changes_total")
        link.isUp = try number("e1000_link_up") != 0
        guard link.isUp else { return link }
        link.speed = Int(try number("e1000_link_speed_bits_per_second") / 1e6)
        link.fullDuplex = try number("e1000_link_full_duplex") != 0
        return link
    }

    func ring(_ direction: String) throws(CardReport.Wrong) -> RingOccupancy {
        let labels = ["direction": direction]
        let count = try small("e1000_ring_descriptors", labels)
        let (start, card) = (try small("e1000_ring_card_start", labels), try small("e1000_ring_card_descriptors", labels))
        guard start < count else { throw .impossible("e1000_ring_card_start") }
        guard card <= count else { throw .impossible("e1000_ring_card_descriptors") }
        return RingOccupancy(count: count, cardFirst: start, card: card)
    }
}
