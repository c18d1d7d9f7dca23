import Glibc
import Lab
import TestSupport
import Testing

/// Debian with systemd, and our packages at hand, for one test.
enum DebianGuest {
    /// Where the guest sees the packages that were made: the new ones, and in `next` an upgrade.
    static let packages = "/run/packages"
    /// The programs and services, packed for an emulated processor to unpack fast.
    static let package = "\(packages)/next/ringlight_*.deb"

    /// - Parameter cards: each on a QEMU network of its own, which answers pings at 10.0.2.2.
    static func options(cards: Int = 0) throws -> Guest.Options {
        var options = Guest.Options()
        options.image = try GuestImage(folder: "\(packageFolder)/.build/systemd-guest")
        options.memory = 1024
        options.processors = 2
        options.cards = (0..<cards).map { _ in Guest.Card(network: .netdev("user,restrict=on")) }
        options.bootBound = .seconds(240)
        // Nobody reads the console unless something fails; a unit that waits for its time must not.
        options.kernelArguments = ["systemd.show_status=0", "systemd.default_timeout_start_sec=60"]
        options.qemuArguments = [
            "-virtfs", "local,path=\(packageFolder)/.build/deb,mount_tag=packages,security_model=none,readonly=on",
        ]
        return options
    }
}

/// Boots, mounts the packages, and pulls the plug afterwards in every case.
func withDebian<Result>(cards: Int = 0, _ body: (Guest) throws -> Result) throws -> Result {
    let guest = try Guest(try DebianGuest.options(cards: cards))
    defer { guest.end() }
    return try CurrentGuest.$guest.withValue(guest) {
        let folder = DebianGuest.packages
        try guest.output(of: "modprobe 9pnet_virtio && mkdir -p \(folder) && mount -t 9p -o trans=virtio,version=9p2000.L,ro packages \(folder)")
        do {
            let result = try body(guest)
            try guest.checkKernelLog()
            return result
        } catch {
            // While there is a guest to ask: what ends a test is recorded when it is gone.
            throw Failure(error: error, account: guest.account)
        }
    }
}

/// What ended a test, and how the guest was then.
private struct Failure: Error, CustomStringConvertible {
    let error: any Error
    let account: String
    var description: String { "\(error)\n\(account)" }
}

/// The guest that the running test talks to.
enum CurrentGuest {
    @TaskLocal static var guest: Guest?
}

extension Trait where Self == IssueHandlingTrait {
    /// Adds to each failure what the services said, and what ledctl says of the lights.
    static var showsJournal: Self {
        .compactMapIssues { issue in
            guard let guest = CurrentGuest.guest else { return issue }
            var issue = issue
            issue.comments.append("\(guest.account)")
            return issue
        }
    }
}

extension Guest {
    /// What the services said last, and what ledctl says of the lights.
    fileprivate var account: String {
        let questions = ["journalctl --no-pager -q -n 60 -o short-monotonic", "systemctl --failed --no-pager --no-legend", "ledctl list", "ledctl doctor"]
        let answer = try? run(questions.map { "echo '# \($0)'; \($0) 2>&1" }.joined(separator: "; "))
        return answer?.text ?? consoleTail
    }

    /// Installs packages of a folder below `DebianGuest.packages`: what apt says.
    @discardableResult
    func install(_ names: String..., from folder: String = ".") throws -> String {
        let files = names.map { "./\($0)_*.deb" }.joined(separator: " ")
        let apt = "DEBIAN_FRONTEND=noninteractive apt-get -y -q --no-install-recommends -o Dpkg::Options::=--force-confold install"
        return try output(of: "cd \(DebianGuest.packages)/\(folder) && \(apt) \(files) 2>&1", within: .seconds(1800))
    }

    /// The programs and services, of the package that an emulated processor unpacks faster, and the module without dkms.
    func installWithModule() throws {
        try addModule()
        try output(of: "modprobe ringlight")
        try output(of: "DEBIAN_FRONTEND=noninteractive dpkg -i \(DebianGuest.package)", within: .seconds(300))
        try wait(until: "systemctl -q is-active ledd.service", within: .seconds(30))
    }

    /// The module where the kernel finds it, not loaded.
    func addModule() throws {
        let place = try output(of: "echo /lib/modules/$(uname -r)/updates")
        let descriptor = open("\(packageFolder)/.build/guest/ringlight.ko", O_RDONLY | O_CLOEXEC)
        defer { close(descriptor) }
        try output(of: "mkdir -p \(place)")
        try write(contents(of: descriptor), to: "\(place)/ringlight.ko")
        try output(of: "depmod")
    }

    /// Runs a command as somebody who is in these groups, and nobody else.
    func run(_ command: String, inGroups groups: [String]) throws -> CommandResult {
        let numbers = try groups.map { try output(of: "getent group \($0) | cut -d : -f 3") }
        let choice = numbers.isEmpty ? "--clear-groups" : "--groups \(numbers.joined(separator: ","))"
        return try run("setpriv --reuid nobody --regid nogroup \(choice) \(command)")
    }

    /// Has ledd take over a configuration.
    func configure(_ toml: String) throws {
        try write(Array(toml.utf8), to: "/etc/ringlight/ledd.toml")
        try output(of: "ledd --check && systemctl reload ledd.service")
    }

    /// Mode, user and group of a path, links followed.
    func owner(of path: String) throws -> String { try output(of: "stat -L -c '%a %U:%G' \(path)") }
}

extension Lights {
    /// Waits for a light; emulated, a whole system is slower than a kernel.
    func waitFor(_ light: LockLight, on: Bool, within bound: Duration = .seconds(15)) throws {
        try wait(for: light, on: on, within: bound)
    }
}
