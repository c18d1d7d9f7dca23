import CLinux
import CardBridge
import CardSelection
import Clocks
import DeviceAccess
import E1000
import Glibc
import LightClient
import Logging
import Systemd
import ToolSupport

/// The process that drives the card.
struct Worker {
    /// A killed predecessor's node is free once the kernel has taken that one apart.
    private static let patience: Int64 = 3_000_000_000

    private let options: CardDaemon
    /// The process that started this one, and without which it ends; `nil`: there is none.
    private let keeper: pid_t?

    init(_ options: CardDaemon, keeper: pid_t?) { (self.options, self.keeper) = (options, keeper) }

    func run() throws {
        let card = try open()
        let tap =
            try options.noTap
            ? TapInterface()
            : TapInterface(
                name: options.name, address: card.macAddress, mtu: options.size.mtu, offloads: options.withoutOffload ? [] : card.offloads)
        let socket = try options.metricsPath.map { try MetricsSocket($0) }
        // QEMU is a child of this process, which another user could not end.
        try Privileges.drop(to: card.wayIn == "qemu" ? "0" : options.user)
        if let keeper {
            // Becoming another user has cleared what the keeper's spawning has set.
            _ = ringlight_end_with_parent()
            guard getppid() == keeper else { return }
        }

        guard Interruption.sleep(nanoseconds: card.nanosecondsUntilReceiving) else { return }
        let device = options.pciAddress.map { "\($0)" } ?? card.name
        let identity = CardIdentity(card, device: device, interface: tap.name, program: "e1000d")
        var watch = ServiceWatch(identity, socket, options.noPublish ? nil : LightEvents(source: "e1000", device: device))
        var loop = try BridgeLoop(
            card, tap, offloads: !options.withoutOffload, wake: socket.map { [$0.descriptor] } ?? [], note: { log.notice("\($0)") })
        try loop.run(&watch)
    }

    private func open() throws -> Controller {
        var choice = options.card
        if let address = options.pciAddress { choice.device = "\(address)" }
        let deadline = Clocks.monotonic + Self.patience
        while true {
            do {
                return try choice.open(options.settings, promiscuous: !options.notPromiscuous, prepare: options.size.apply)
            } catch let error as DeviceError where error.kind == .busy && Clocks.monotonic < deadline {
                guard Interruption.sleep(nanoseconds: 100_000_000) else { throw error }
            }
        }
    }
}
