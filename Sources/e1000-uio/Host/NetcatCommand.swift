import ArgumentParser
import Glibc
import HostStack
import NIOCore
import RinglightNIO
import ToolSupport

struct Netcat: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "nc",
        abstract: "Connect standard input and output to a TCP or UDP port, or wait for who connects.",
        discussion: """
            What is typed goes out, what comes is printed. At the end of input this half of the connection is closed; the tool ends \
            with the other half. With -u each line, or block, of input is a datagram; Ctrl-C ends it.

            Examples:
              echo 'GET / HTTP/1.0' | e1000-uio nc -d qemu 10.0.2.2 8000
              e1000-uio nc -d qemu --netdev user,hostfwd=tcp:127.0.0.1:4000-:4000 -l 4000 > file
              sudo e1000-uio nc --ip 192.0.2.2/24 -u 192.0.2.1 514
            """)

    @OptionGroup var host: HostOptions
    @Flag(name: .shortAndLong, help: "Wait for one connection to the port, or with -u for datagrams.")
    var listen = false
    @Flag(name: .shortAndLong, help: "UDP instead of TCP.")
    var udp = false
    @Option(name: [.customShort("w"), .long], help: "Seconds to wait for a connection.")
    var timeout: Double = 10
    @Argument(help: ArgumentHelp("An address or a name, and a port; with -l the port alone.", valueName: "host] [port"))
    var words: [String]

    func validate() throws {
        guard words.count == (listen ? 1 : 2) else {
            throw Problem.usage("nc", listen ? "-l goes with a port alone" : "a host and a port are wanted", remedy: "see 'e1000-uio nc --help'")
        }
        guard let port = UInt16(words[words.count - 1]), port > 0 else {
            throw Problem.usage("port", "'\(words[words.count - 1])' is not a port", remedy: "use 1 to 65535")
        }
        guard timeout > 0, timeout <= 86_400 else { throw Problem.usage("--timeout", "\(timeout) seconds", remedy: "use more than 0, up to 86400") }
    }

    func run() throws {
        let port = Int(words[words.count - 1]) ?? 0
        try HostSession.run(host) { session in
            let plumbing = Plumbing(HostEventLoopGroup(session.loop))
            let remote = listen ? nil : SocketAddress(HostEndpoint(try session.resolve(words[0]), port: UInt16(port)))
            let channel =
                if udp { try plumbing.datagrams(remote, port: port) } else { try plumbing.stream(remote, port: port, timeout: timeout) }
            guard let channel else { throw session.interruption() }
            try plumbing.carry(channel, isStream: !udp)
        }
    }
}
