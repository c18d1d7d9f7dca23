import Glibc
import Lab
import LabWeb
import ToolSupport

/// What a web server costs in a guest, whose every instruction takes a nanosecond of its time: kernel and interrupts are in it, and how
/// busy this machine is does not matter.
struct ServingCost: Encodable {
    enum Server: String, Encodable, CaseIterable {
        /// `e1000-uio serve`: lwIP and SwiftNIO on this driver.
        case ringlight
        /// The same handlers on SwiftNIO's sockets, Linux's stack and its e1000 driver.
        case linux
    }

    let server: Server
    let instructionsPerRequest: Double
    let instructionsPerMegabyte: Double
}

/// Both servers in one guest, each on a card of its own.
struct ServingCosts {
    private static let largeFile = 100_000_000
    private static let folder = "/tmp/site"

    private let guest: Guest
    private let clients: [ServingCost.Server: WebClient]

    init() throws {
        Output.note("booting a guest that counts instructions")
        var clients: [ServingCost.Server: WebClient] = [:]
        for server in ServingCost.Server.allCases { clients[server] = WebClient(port: try WebClient.freePort()) }
        self.clients = clients
        var options = Guest.Options(cards: 2)
        for (number, server) in ServingCost.Server.allCases.enumerated() {
            options.cards[number].network = .netdev(clients[server]!.network)
        }
        // While it has nothing to do, its time goes as ours does: no timer of a connection is early.
        options.qemuArguments = ["-icount", "shift=0"]
        let folder = try BuiltProgram.path("kernel-serve").dropLast("/kernel-serve".count)
        options.qemuArguments += ["-virtfs", "local,path=\(folder),mount_tag=built,security_model=none,readonly=on"]
        options.memory = 1024
        options.interruption = Interruption.descriptor
        guest = try Guest(options)
        do {
            for number in 0..<2 { try guest.monitor.execute("object-del", ["id": .string("wire\(number)")]) }
            try start()
        } catch {
            guest.end()
            throw error
        }
    }

    func end() { guest.end() }

    private func start() throws {
        let card = Guest.address(ofCard: 0)
        try guest.output(
            of: """
                mkdir -p \(Self.folder) && head -c 100 /dev/zero > \(Self.folder)/index.html
                head -c \(Self.largeFile) /dev/zero > \(Self.folder)/large
                modprobe 9pnet_virtio && mkdir -p /mnt && mount -t 9p -o trans=virtio,version=9p2000.L,ro,cache=loose built /mnt
                modprobe ringlight && e1000-uio bind \(card)
                modprobe e1000 && sleep 1 && ifconfig eth0 10.0.2.15 netmask 255.255.255.0 up
                """, within: .seconds(120))
        _ = try guest.start("exec e1000-uio serve --quiet -d \(card) --ip 10.0.2.15/24 --gateway 10.0.2.2 \(Self.folder)")
        _ = try guest.start("exec /mnt/kernel-serve \(Self.folder) 80")
        for client in clients.values { try client.waitForServer() }
    }

    /// Everything once, in turns.
    func measure() throws -> [ServingCost] {
        try ServingCost.Server.allCases.map { server in
            let client = clients[server]!
            // Connections, tables and caches are there.
            _ = try client.requests(seconds: 1)
            var count = 0
            let requests = try instructions { count = try client.requests(seconds: 10) }
            let bytes = try instructions { _ = try client.fetch("large") }
            return ServingCost(
                server: server, instructionsPerRequest: requests / Double(count),
                instructionsPerMegabyte: bytes / Double(Self.largeFile) * 1e6)
        }
    }

    /// Instructions that the guest executes meanwhile: its time, without that in which its processor is idle. To 10 ms, which are
    /// 10 million.
    private func instructions(_ body: () throws -> Void) throws -> Double {
        let before = try busyTime()
        try body()
        return try busyTime() - before
    }

    /// Nanoseconds; proc(5): /proc/uptime in seconds, /proc/stat's idle and iowait in hundredths.
    private func busyTime() throws -> Double {
        let words = try guest.output(of: "cat /proc/uptime; head -n 1 /proc/stat").split { $0 == " " || $0 == "\n" }
        guard words.count > 8, let uptime = Double(words[0]), words[2] == "cpu", let idle = Double(words[6]), let waiting = Double(words[7]) else {
            throw Problem("the guest's /proc/stat", "\(words)")
        }
        return (uptime - (idle + waiting) / 100) * 1e9
    }
}
