import ArgumentParser
import HostServices
import NIOCore
import RinglightNIO
import ToolSupport

struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serve a folder over HTTP, or HTTPS.",
        discussion: """
            GET and HEAD, with ranges; nothing outside the folder. Until Ctrl-C. A connection without a request for half a minute is \
            closed. A slow disk, or a log that is read too slowly (lines of it are left out then), \
            stops nobody. With --status the page '/_ringlight/' shows the card at work: its rings, rates, connections, counters and last frames.

            Examples:
              e1000-uio serve -d qemu --netdev user,hostfwd=tcp:127.0.0.1:8080-:80 --status .
                (then open http://127.0.0.1:8080/_ringlight/)
              sudo e1000-uio serve -d 00:03.0 --ip 192.0.2.2/24 --listing /srv/www
              e1000-uio serve -d qemu --netdev user,hostfwd=tcp:127.0.0.1:8443-:443 --tls cert.pem,key.pem .
            """)

    @OptionGroup var host: HostOptions
    @Argument(help: "The folder.", completion: .directory)
    var directory: String
    @Option(name: .shortAndLong, help: "The port. (default: 80, or 443 with --tls)")
    var port: UInt16?
    @Flag(help: "List folders without an index.html.")
    var listing = false
    @Flag(help: "A folder's index.html is not its answer: '/' is 404, or its listing.")
    var noIndex = false
    @Option(help: ArgumentHelp("HTTPS: files with the certificate chain and with its key, both PEM.", valueName: "cert,key"))
    var tls: String?
    @Flag(help: "Add the page '/_ringlight/'.")
    var status = false
    @Flag(help: "With --status: the page may blink the keyboard's lights, through ledd.")
    var lights = false
    @Option(help: ArgumentHelp("With --status: a name, besides addresses and 'localhost', by which the page may be opened.", valueName: "name"))
    var hostName: [String] = []
    @OptionGroup var most: ConnectionOptions
    @Flag(name: .shortAndLong, help: "No line for each request.")
    var quiet = false

    func validate() throws {
        if lights && !status { throw Problem.usage("--lights", "it is part of the status page", remedy: "give --status too") }
        if let tls, tls.split(separator: ",", omittingEmptySubsequences: false).count != 2 {
            throw Problem.usage("--tls", "'\(tls)' is not two files", remedy: "give CERTIFICATE,KEY")
        }
    }

    func run() throws {
        // What the user named is opened before the card.
        let root = try FileRoot(directory)
        let tls = try tls.map(TLSServer.init)
        try HostSession.run(host) { session in
            var configuration = FileServerConfiguration()
            configuration.listsFolders = listing
            if noIndex { configuration.index = nil }
            if !quiet { configuration.log = { Output.noteLater(Self.line($0)) } }
            if status {
                let source = try StatusSource(session)
                let lights = lights ? try LightButtons.page() : nil
                configuration.routes = [StatusPage(lights: lights, hostNames: hostName) { source.snapshot() }.route]
            }
            let limit = most.limit
            let number = Int(port ?? (tls == nil ? 80 : 443))
            let server = try HostServerBootstrap(group: HostEventLoopGroup(session.loop))
                .childChannelOption(.allowRemoteHalfClosure, value: tls == nil)
                .childChannelInitializer { [configuration] channel in
                    limit.admit(channel) { channel in
                        try tls?.add(to: channel)
                        try channel.pipeline.syncOperations.addFileServer(root, configuration)
                    }
                }
                .bind(host: "::", port: number).wait()
            Output.note("serving \(directory): \(tls == nil ? "HTTP" : "HTTPS"), TCP port \(number)")
            session.waitForInterruption()
            try? server.close().wait()
        }
    }

    private static func line(_ record: AccessRecord) -> String {
        let peer = record.peer.map { "\($0.ipAddress ?? "?")" } ?? "?"
        return "\(peer) \(record.method) \(record.target) \(record.status) \(record.bytes)\(record.isComplete ? "" : " (cut short)")"
    }
}
