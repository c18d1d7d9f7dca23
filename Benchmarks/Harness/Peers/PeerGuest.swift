import CardBench
import FoundationEssentials
import Lab
import ToolSupport

/// A guest with DPDK and this driver in it, and cards that either can have.
struct PeerGuest {
    let guest: Guest
    let cards: [String]

    /// - Parameters:
    ///   - cards: 1, alone on its wire, or 2 on one.
    ///   - qemuArguments: further words for QEMU.
    init(cards count: Int, qemuArguments: [String] = []) throws {
        var options = Guest.Options(cards: count)
        for number in 0..<count { options.cards[number].network = .netdev("hubport,hubid=1") }
        options.memory = 1024
        options.qemuArguments = qemuArguments
        options.bootBound = .seconds(180)
        options.interruption = Interruption.descriptor
        guest = try Guest(options)
        cards = (0..<count).map(Guest.address(ofCard:))
        // Capturing the wire costs time and memory, and nobody looks at it here.
        for number in 0..<count { try guest.monitor.execute("object-del", ["id": .string("wire\(number)")]) }
        // DPDK finds its memory on huge pages.
        try guest.output(of: "mkdir -p /var/run /dev/hugepages && mount -t hugetlbfs huge /dev/hugepages && echo 128 > /proc/sys/vm/nr_hugepages")
        try guest.output(of: "modprobe uio && insmod /lib/modules/$(uname -r)/extra/uio_pci_generic.ko && modprobe ringlight")
    }

    /// Binds all cards to a program's kernel driver.
    func give(to program: PeerProgram) throws {
        let driver = program == .testpmd ? "uio_pci_generic" : "ringlight"
        for card in cards {
            let folder = "/sys/bus/pci/devices/\(card)"
            try guest.output(
                of: """
                    echo \(driver) > \(folder)/driver_override
                    [ ! -e \(folder)/driver ] || echo \(card) > \(folder)/driver/unbind
                    echo \(card) > /sys/bus/pci/drivers_probe
                    """)
        }
    }

    /// testpmd, moving frames until it is killed.
    ///
    /// - Parameter statistics: prints its rates every second of the guest's time; else it leaves the cards' counters alone.
    func startTestpmd(_ mode: PacketRun.Mode, burst: Int, ring: Int, statistics: Bool = false) throws -> GuestJob {
        let drivers = ["net_e1000", "bus_pci", "mempool_ring"].map { "-d librte_\($0).so.23" }.joined(separator: " ")
        let forward = mode == .io ? "--forward-mode=io --tx-first" : "--forward-mode=txonly"
        // Without --stats-period it ends when its input does.
        return try guest.start(
            """
            sleep 1000 | dpdk-testpmd --lcores 0@0,1@0 -m 128 --no-telemetry --no-shconf \(drivers) -- --total-num-mbufs=4096 --nb-cores=1 \
            --rxd=\(ring) --txd=\(ring) --burst=\(burst) \(forward) --auto-start \(statistics ? "--stats-period=1" : "")
            """)
    }

    /// Our own program, for a number of frames and a tenth before.
    func startOurs(_ mode: PacketRun.Mode, burst: Int, ring: Int, frames: UInt64) throws -> GuestJob {
        let second = mode == .io ? "--to \(cards[1])" : ""
        return try guest.start(
            """
            e1000-uio bench --mode \(mode.rawValue) --device \(cards[0]) \(second) --batch \(burst) --ring-size \(ring) \
            --frames \(frames) --json
            """)
    }
}

/// Who moves the frames.
enum PeerProgram: String, Codable, CaseIterable { case testpmd, ringlight }
