import ArgumentParser
import ChildProcess
import CLinux
import CardBridge
import CardSelection
import E1000
import Glibc
import Logging
import PCIBus
import Systemd
import ToolSupport

/// The process that is started: binds the card, has a worker drive it, and gives the card back whatever becomes of that one.
///
/// Binding is writing root's files in sysfs, so somebody has to stay root for the giving back. It is not the process that reads
/// what comes from a wire, but one that reads nothing at all: it sleeps until a signal or the worker's end, and of its
/// capabilities keeps one, to end a worker that is another user's. Under systemd that somebody is systemd: the unit binds and
/// gives back with commands of their own (`--bind`, `--release`), the second also after a kill, and no process of root's stays.
struct Keeper {
    /// A worker ends within 2 s: one for the frames on the ring, and what the card takes to be silenced.
    private static let patience: Int64 = 10_000_000_000

    private let options: CardDaemon
    private let bus = PCIBus()

    init(_ options: CardDaemon) { self.options = options }

    /// - Throws: what keeps the card from being had or given back; the worker's `ExitCode` when it failed, and has said why.
    func run() throws {
        try bind()
        let outcome = Result { try work() }
        do { try giveBack() } catch {
            // The first failure is the one to be told by the exit code; both are told in words.
            guard case .failure = outcome else { throw error }
            log.error("\(error)")
        }
        try outcome.get()
    }

    func bind() throws {
        guard let address = options.pciAddress else { return }
        let device = try bus.device(at: address)
        guard CardModel.find(vendor: device.vendor, device: device.device) != nil else {
            throw Problem("\(address)", "not a card that can be driven here", remedy: "'e1000-uio list' shows those that can")
        }
        let result = try bus.bind(address, to: options.driver.rawValue, force: options.force)
        log.info(
            result.changed
                ? "\(address): taken from \(result.previousDriver ?? "no driver"), bound to \(options.driver.rawValue)"
                : "\(address): bound to \(options.driver.rawValue) already; another e1000d may have been killed")
    }

    /// Starts the worker and waits for its end.
    private func work() throws {
        let worker = try startWorker()
        let end = ringlight_pidfd_open(worker)
        guard end >= 0 else {
            kill(worker, SIGKILL)
            _ = ringlight_wait(worker)
            throw Problem("worker", "it cannot be watched: \(String(cString: strerror(-end)))")
        }
        defer { close(end) }
        // Only now: the worker has to have what this process has.
        try Privileges.keep([Privileges.kill])
        if !wait(for: [end, Interruption.descriptor], nanoseconds: -1, end) {
            ServiceManager.stopping()
            kill(worker, SIGTERM)
            if !wait(for: [end], nanoseconds: Self.patience, end) {
                log.error("the worker does not end: it is killed")
                kill(worker, SIGKILL)
            }
        }
        let status = ringlight_wait(worker)
        guard status != 0 else { return }
        if status > 128 { log.error("the worker was ended by signal \(status - 128)") }
        throw ExitCode(status > 128 ? 1 : status)
    }

    /// This program again, with the same words. It dies with this thread.
    private func startWorker() throws -> pid_t {
        let words = [CommandLine.arguments[0], "--worker", "\(getpid())"] + CommandLine.arguments.dropFirst()
        var arguments = words.map { strdup($0) } + [nil]
        // The watchdog of the service is the worker's to feed.
        var environment = ChildProcess.ownEnvironment().filter { !$0.hasPrefix("WATCHDOG_PID=") }.map { strdup($0) } + [nil]
        defer { for string in arguments + environment { free(string) } }
        let worker = ringlight_spawn("/proc/self/exe", &arguments, &environment, [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO], 3)
        guard worker > 0 else { throw Problem("worker", "it cannot be started: \(String(cString: strerror(-worker)))") }
        return worker
    }

    /// - Returns: whether `descriptor` polls readable.
    private func wait(for descriptors: [Int32], nanoseconds: Int64, _ descriptor: Int32) -> Bool {
        var pollers = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        while true {
            let result = ringlight_poll(&pollers, UInt32(pollers.count), nanoseconds)
            if result < 0 && errno == EINTR { continue }
            return pollers.contains { $0.fd == descriptor && $0.revents != 0 }
        }
    }

    /// Gives the card to the kernel's driver, and removes the socket that a worker, being another user, could not.
    func giveBack() throws {
        if let path = options.metricsPath { MetricsSocket.remove(path) }
        guard let address = options.pciAddress else { return }
        let result = try bus.unbind(address, from: options.driver.rawValue, force: options.force)
        guard result.changed else { return }
        log.info(
            "\(address): given back to \(result.driver ?? "the kernel, where no driver matches it (try 'modprobe e1000')")")
    }
}
