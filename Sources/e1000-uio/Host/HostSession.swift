import CardSelection
import Clocks
import E1000
import Frames
import HostClients
import HostStack
import ToolSupport

/// A host on the user's card while a tool runs: brought up with its addresses, and ended in order, however the tool ends.
final class HostSession: Sendable {
    /// Nanoseconds to wait for an address: DHCP's first answers, or a link.
    private static let patience: Int64 = 15_000_000_000

    let loop: HostLoop
    private let chosenNameservers: [IPAddress]
    private let lease: LeaseKeeper?

    /// Opens the card and gives it its addresses; says what it has on standard error.
    ///
    /// - Throws: `Problem`, `DeviceError`, `HostError`; on Ctrl-C meanwhile, `CleanExit`.
    init(_ options: HostOptions, mayBeWithoutAddress: Bool = false) throws {
        chosenNameservers = options.nameserver.compactMap { IPAddress($0) }
        let addressing = mayBeWithoutAddress && options.hasNoAddress ? .none : try options.addressing()
        let addresses6 = try options.ipv6Addresses()
        let card = UncheckedCard(options.card)
        loop = try HostLoop(Self.configuration()) { try card.open() }
        lease = addressing == .dhcp ? LeaseKeeper(loop) : nil
        do {
            try loop.run { stack in
                stack.useIPv6()
                for address in addresses6 { try stack.addIPv6(address) }
                if case .fixed(let address, let length, let gateway) = addressing {
                    stack.setIPv4(address, prefixLength: length, gateway: gateway)
                }
            }
            try lease?.start(within: Self.patience)
            try waitForAddress(needed: addressing != .none || !mayBeWithoutAddress)
        } catch {
            loop.stop()
            loop.wait()
            throw error
        }
        let text = try loop.run { $0.addresses.map(\.description).joined(separator: ", ") }
        Output.note("ready: \(loop.macAddress), \(text)\(lease.flatMap { $0.summary }.map { " (\($0))" } ?? "")")
    }

    private static func configuration() -> HostConfiguration {
        var configuration = HostConfiguration()
        let recovery = LoopRecovery()
        configuration.lookAfter = { card, done in _ = try recovery.value.look(after: &card, done: done) }
        configuration.note = { Output.noteLater($0) }
        // A tool that waits is told as by Ctrl-C.
        configuration.ended = { Interruption.request() }
        return configuration
    }

    /// A link takes seconds to come up, and an IPv6 address one to be known as nobody else's.
    private func waitForAddress(needed: Bool) throws {
        let deadline = Clocks.monotonic + Self.patience
        while true {
            let (hasAddress, isUp) = try loop.run { stack in (!stack.addresses.isEmpty, try stack.withCard { try $0.linkState().isUp }) }
            if (hasAddress || !needed) && isUp { return try waitForReceiver() }
            guard Clocks.monotonic < deadline else {
                throw Problem(
                    "network", isUp ? "no address after 15 s" : "no link after 15 s",
                    remedy: isUp ? "give --ip ADDRESS/LENGTH" : "look at the cable, or run 'e1000-uio selftest'")
            }
            guard Interruption.sleep(nanoseconds: 20_000_000) else { throw interruption() }
        }
    }

    /// QEMU's e1000 receives nothing for a second after it was set up: what is asked meanwhile would be answered late.
    private func waitForReceiver() throws {
        let rest = try loop.run { stack in stack.withCard { $0.nanosecondsUntilReceiving } }
        guard Interruption.sleep(nanoseconds: rest) else { throw interruption() }
    }

    /// What ended the wait: the host's end, or the user.
    func interruption() -> any Error {
        loop.hasEnded ? loop.wait().error ?? Problem("network", "the host has ended") : InterruptedByUser()
    }

    /// Waits for Ctrl-C, or the host's end.
    func waitForInterruption() {
        while !Interruption.requested { Interruption.sleep(nanoseconds: 3_600_000_000_000) }
    }

    /// Gives the lease back and ends the host; the card goes back to rest.
    ///
    /// - Throws: what had ended the host before.
    func end() throws {
        if !loop.hasEnded { lease?.release() }
        loop.stop()
        let end = loop.wait()
        Output.finishNotes()
        if end.missingPackets != 0 { Output.note("warning: \(end.missingPackets) of the card's packets were lost; this is a bug, please report it") }
        if let error = end.error { throw error }
    }

    /// What DHCP lent, while it does.
    var currentLease: DHCPLease? { lease?.lease }

    /// Name servers: the user's, then the lease's.
    var nameservers: [IPAddress] { chosenNameservers + (lease?.nameservers ?? []) }
}

/// Ctrl-C before a tool had anything to show: exit code 1, nothing to say.
struct InterruptedByUser: Error, CustomStringConvertible {
    var description: String { "interrupted" }
}

/// What looks after the card: the loop's alone.
private final class LoopRecovery: @unchecked Sendable {
    // On the loop, which waits for no reader.
    var value = Recovery(report: Output.noteLater)
}

/// Options on their way to the loop's thread, which alone uses them.
private struct UncheckedCard: @unchecked Sendable {
    let options: CardOptions
    init(_ options: CardOptions) { self.options = options }

    func open() throws -> Controller { try options.open(prepare: { HostConfiguration.card($0) }) }
}

extension HostSession {
    /// Runs a tool's work on a host, and ends the host in any case.
    ///
    /// - Parameter mayBeWithoutAddress: the tool does its work below IP.
    static func run(_ options: HostOptions, mayBeWithoutAddress: Bool = false, _ body: (HostSession) throws -> Void) throws {
        let session = try HostSession(options, mayBeWithoutAddress: mayBeWithoutAddress)
        do {
            try body(session)
        } catch {
            // What ended the host says more than what that did to the tool.
            try session.end()
            throw error
        }
        try session.end()
    }
}
