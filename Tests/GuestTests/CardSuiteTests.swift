import Glibc
import Lab
import TestSupport
import Testing

/// The suite of HardwareTests itself, on a guest's cards: through ringlight.ko, and through vfio-pci behind an IOMMU.
@Suite(.serialized, .showsConsole)
struct CardSuiteTests {
    /// Suites that have a test for a card with another one at the other end of its cable.
    private static let ofPair = [
        "Transmit", "Receive", "Receive filters, on each model", "PHY, link settings, lights, recovery on each model", "Models",
        "Tools that show a card", "Checksums of received frames, as each model tells them",
        "Jumbo frames, on each model", "Sending jumbo frames, on each model", "Transmit offloads", "Adaptive poll, on each model",
        "Closed and opened again", "Interrupt moderation, on each model",
    ]
    /// Tests of those suites and of others that need no cable: what an `e1000` leaves out is not counted.
    private static let leastOfPair = 40
    private static let ofLoop = ["A card looped to itself", "PHY, link settings, lights, recovery on each model"]
    private static let leastOfLoop = 8

    private func boot(_ options: Guest.Options, _ body: (Guest) throws -> Void) throws {
        var options = options
        options.memory = 1024
        options.qemuArguments += OwnMachine.qemuArguments
        try withGuest(options) { guest in
            try OwnMachine.mount(in: guest)
            try body(guest)
        }
    }

    /// Runs the suite on a card of the guest; what fails there fails here.
    ///
    /// - Parameters:
    ///   - card, peer: their numbers; without a peer the card is looped to itself.
    ///   - suites: those that must have passed with a test that ran: one whose tests cancelled themselves has passed, too.
    ///   - least: tests that must have run.
    private func run(
        _ guest: Guest, on card: Int, peer: Int?, filter: String = "^HardwareTests\\.", suites: [String], least: Int
    ) throws {
        let result = try guest.run(command(filter, on: card, peer: peer), within: .seconds(500))
        let output = SuiteOutput(result.text)
        let ends = output.passed.map { "✔ \($0): \(output.ran[$0]?.count ?? 0) tests" }
        for line in ends + (output.skipped + output.cancelled).map(String.init) { print("  in the guest: \(line)") }
        print("  in the guest: \(output.count) tests ran; \(output.summary ?? "no end")")
        let trouble = output.trouble.isEmpty ? result.text.split(separator: "\n").suffix(20) : output.trouble[...]
        #expect(result.status == 0, "\(trouble.joined(separator: "\n"))")
        for name in suites {
            #expect(output.passed.contains(name), "\(name)")
            #expect(output.ran[name] != nil, "\(name): none of its tests ran")
        }
        #expect(output.count >= least)
        #expect(output.unexplained.isEmpty, "skipped, and nobody says why")
        #expect(output.summary?.wholeMatch(of: /✔ Test run with [1-9]\d* tests? .*passed.*/) != nil)
    }

    private func command(_ filter: String, on card: Int, peer: Int?) -> String {
        let variables = "RINGLIGHT_DEVICE=\(Guest.address(ofCard: card))"
            + (peer.map { " RINGLIGHT_PEER=\(Guest.address(ofCard: $0))" } ?? "")
        return OwnMachine.command(
            "\(variables) \(OwnMachine.bundle) --testing-library swift-testing --no-parallel --filter \(Guest.quoted(filter)) 2>&1")
    }

    @Test("On uio")
    func uio() throws {
        var options = Guest.Options()
        options.cards = [Guest.Card(), Guest.Card(), Guest.Card(model: "e1000e")]
        try boot(options) { guest in
            // Two rings of 4096 descriptors need more than the usual 8 MiB.
            try guest.output(of: "modprobe ringlight dma_size=16777216")
            let unbound = try guest.run(command("^HardwareTests\\.LinkSettingsTests/lights", on: 0, peer: 1))
            #expect(unbound.status != 0)
            #expect(unbound.text.contains("0000:00:04.0: bound to no driver"), "\(unbound.text)")
            #expect(unbound.text.contains("run 'sudo e1000-uio bind 0000:00:04.0'"))
            try guest.output(of: "e1000-uio bind 00:03.0 00:04.0 00:05.0")
            try run(guest, on: 0, peer: 1, suites: Self.ofPair, least: Self.leastOfPair)
            // With a message instead of a line.
            try run(guest, on: 2, peer: 1, suites: Self.ofPair, least: Self.leastOfPair)
        }
    }

    @Test("On vfio: with a line, with messages, and looped to itself")
    func vfio() throws {
        let loop = try loopedSocket()
        defer { close(loop) }
        var options = Guest.Options()
        options.addIOMMU()
        options.modules = Guest.Options.vfioModules
        options.cards = [Guest.Card(), Guest.Card(), Guest.Card(model: "e1000e"), Guest.Card(network: .peer(loop))]
        try boot(options) { guest in
            try guest.output(of: "e1000-uio bind --driver vfio-pci 00:03.0 00:04.0 00:05.0 00:06.0")
            // With a line, what waits for interrupts; all of it with messages.
            try run(guest, on: 0, peer: 1, filter: "^HardwareTests\\.(Transmit|Receive)Tests", suites: ["Transmit", "Receive"], least: 8)
            try run(guest, on: 2, peer: 1, suites: Self.ofPair, least: Self.leastOfPair)
            // The tools know no cable.
            try run(guest, on: 3, peer: nil, filter: "^HardwareTests\\.(?!InspectionTests)", suites: Self.ofLoop, least: Self.leastOfLoop)
        }
    }

    /// A datagram socket whose other end it is itself.
    private func loopedSocket() throws -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var length = socklen_t(MemoryLayout<sockaddr_un>.size)
        let status = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                // No name: the kernel gives one that is no file (unix(7), autobind).
                guard bind(descriptor, address, socklen_t(MemoryLayout<sa_family_t>.size)) == 0,
                    getsockname(descriptor, address, &length) == 0
                else { return Int32(-1) }
                return connect(descriptor, address, length)
            }
        }
        try #require(status == 0)
        return descriptor
    }
}
