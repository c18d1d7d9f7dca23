import E1000
import ToolSupport

/// What a card is called, and who drives it.
public struct CardIdentity: Sendable {
    /// A PCI address.
    public let device: String
    public let interface: String
    /// Which decides on the counters that there are.
    public let model: CardModel
    public let macAddress: String
    let wayIn: String
    let program: String

    /// - Parameters:
    ///   - device: its PCI address, or another name.
    ///   - interface: Linux's name of what it has become.
    ///   - program: the one that drives it.
    public init(_ card: borrowing Controller, device: String, interface: String, program: String) {
        (self.device, self.interface, self.program) = (device, interface, program)
        (model, macAddress, wayIn) = (card.model, "\(card.macAddress)", card.wayIn)
    }
}

/// A card's counters at a moment, and their text.
struct CardMetrics {
    let identity: CardIdentity
    let statistics: Statistics
    let totals: BridgeTotals
    let link: LinkState
    let rings: (transmit: RingOccupancy, receive: RingOccupancy)
    /// Received frames that nobody has taken.
    let waiting: UInt32
    /// When the program began, in seconds since 1970, and for how many it has run.
    let start: Double
    let uptime: Double
    /// Events that ledd took, and those that it did not; `nil`: none are published.
    let published: (sent: UInt64, lost: UInt64)?

    var text: String {
        var metrics = OpenMetrics(labels: [("device", identity.device), ("interface", identity.interface)])
        metrics.add(
            "e1000_card", .info, help: "The card, and the program that drives it.",
            [
                (
                    [
                        ("model", identity.model.name), ("mac", identity.macAddress), ("access", identity.wayIn),
                        ("program", identity.program), ("version", ringlightVersion),
                    ], 1
                )
            ])
        metrics.add(
            "e1000_start_time_seconds", help: "When the program began to drive the card, and its counters at 0, since 1970.", seconds: start)
        metrics.add(
            "e1000_uptime_seconds", help: "Time from then until all of this was read.", seconds: uptime)
        addLink(&metrics)
        addRings(&metrics)
        addBridge(&metrics)
        addDriver(&metrics)
        if let published {
            metrics.add(
                "e1000_events", .counter, help: "Events for ledd: those that it took, and those lost because it was not there.",
                [([("outcome", "sent")], published.sent), ([("outcome", "lost")], published.lost)])
        }
        addCounters(&metrics)
        return metrics.text
    }

    private func addLink(_ metrics: inout OpenMetrics) {
        metrics.add("e1000_link_up", .gauge, help: "Whether the card has a link.", link.isUp ? 1 : 0)
        metrics.add("e1000_link_changes", .counter, help: "Times that the link went up or down.", totals.linkChanges)
        // Of a link that is down, the card tells what it last was.
        guard link.isUp else { return }
        metrics.add(
            "e1000_link_speed_bits_per_second", .gauge, unit: "bits_per_second", help: "The link's speed.", UInt64(link.speed) * 1_000_000)
        metrics.add("e1000_link_full_duplex", .gauge, help: "Whether both ends may send at once.", link.isFullDuplex ? 1 : 0)
    }

    private func addRings(_ metrics: inout OpenMetrics) {
        func both(_ value: KeyPath<RingOccupancy, UInt32>) -> [(labels: OpenMetrics.Labels, value: UInt64)] {
            [
                ([("direction", "receive")], UInt64(rings.receive[keyPath: value])),
                ([("direction", "transmit")], UInt64(rings.transmit[keyPath: value])),
            ]
        }
        metrics.add("e1000_ring_descriptors", .gauge, help: "Descriptors of the ring.", both(\.count))
        metrics.add(
            "e1000_ring_card_descriptors", .gauge, help: "Descriptors that are the card's; the others are the driver's.", both(\.card))
        metrics.add("e1000_ring_card_start", .gauge, help: "Position of the first descriptor that is the card's.", both(\.cardFirst))
        metrics.add("e1000_ring_waiting_frames", .gauge, help: "Received frames that nobody has taken yet.", UInt64(waiting))
    }

    private func addBridge(_ metrics: inout OpenMetrics) {
        func both(_ value: KeyPath<BridgeTotals.Direction, UInt64>) -> [(labels: OpenMetrics.Labels, value: UInt64)] {
            [([("direction", "receive")], totals.toLinux[keyPath: value]), ([("direction", "transmit")], totals.toCard[keyPath: value])]
        }
        metrics.add(
            "e1000_bridge_frames", .counter, help: "Frames carried from the card to the interface (receive) and back.", both(\.frames))
        metrics.add("e1000_bridge_bytes", .counter, unit: "bytes", help: "Bytes of these frames, without CRC.", both(\.bytes))
        metrics.add("e1000_bridge_refused_frames", .counter, help: "Frames that the other side did not take.", both(\.refused))
        metrics.add(
            "e1000_bridge_checksummed_frames", .counter, help: "Frames whose checksum the card made, or found good.", both(\.checksummed))
        metrics.add("e1000_bridge_segmented_packets", .counter, help: "TCP packets that the card cut into segments.", totals.segmented)
    }

    private func addDriver(_ metrics: inout OpenMetrics) {
        let driver = statistics.driver
        metrics.add("e1000_recoveries", .counter, help: "Times that the card had stopped and was initialised anew.", driver.recoveries)
        metrics.add("e1000_lost_frames", .counter, help: "Frames to send that were lost by recoveries.", driver.lostFrames)
        metrics.add("e1000_lost_bytes", .counter, unit: "bytes", help: "Bytes of these frames, without CRC.", driver.lostBytes)
        metrics.add("e1000_driver_ring_full_waits", .counter, help: "Waits for the transmit ring to empty.", driver.ringFullWaits)
        metrics.add("e1000_driver_refill_misses", .counter, help: "Received frames that waited for a buffer.", driver.refillMisses)
        metrics.add(
            "e1000_driver_bad_descriptors", .counter, help: "Received frames with errors or an impossible status.", driver.badDescriptors)
        metrics.add("e1000_driver_interrupts", .counter, help: "Waits that an interrupt ended.", driver.interrupts)
        metrics.add("e1000_driver_polls", .counter, help: "Waits that ended without an interrupt.", driver.polls)
    }

    /// The card's own, by the names of its manual.
    private func addCounters(_ metrics: inout OpenMetrics) {
        for counter in Counter.allCases where counter.cards.contains(identity.model) {
            let name = "\(counter)"
            metrics.add(
                "e1000_card_\(name.lowercased())\(counter.isWide ? "_bytes" : "")", .counter, unit: counter.isWide ? "bytes" : nil,
                help: "\(name) (\(counter.section)): \(counter.meaning).", statistics[counter])
        }
    }
}
