import ArgumentParser
import HostServices
import NIOCore
import RinglightNIO
import ToolSupport

struct Chat: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run a chat room over TCP.",
        discussion: """
            People come with 'nc' or any other program that sends lines, and are asked for their names. '/who' lists them, '/name NEW' \
            changes one's name, '/quit' leaves. Until Ctrl-C.

            Examples:
              e1000-uio chat -d qemu --netdev user,hostfwd=tcp:127.0.0.1:7070-:7070    (then: nc 127.0.0.1 7070)
              sudo e1000-uio chat -d 00:03.0 --dhcp --port 23
            """)

    @OptionGroup var host: HostOptions
    @Option(name: .shortAndLong, help: "The port.")
    var port: UInt16 = 7070
    @Option(help: "People at once.")
    var people: Int = 64

    func validate() throws {
        guard 1...10_000 ~= people else { throw Problem.usage("--people", "\(people) people", remedy: "use 1 to 10000") }
    }

    func run() throws {
        try HostSession.run(host) { session in
            let group = HostEventLoopGroup(session.loop)
            var limits = ChatLimits()
            limits.people = people
            let room = ChatRoom(eventLoop: group.next(), limits: limits)
            let server = try HostServerBootstrap(group: group)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(ChatHandler(room: room)) }
                }
                .bind(host: "::", port: Int(port)).wait()
            Output.note("chat: TCP port \(port)")
            session.waitForInterruption()
            try? server.close().wait()
        }
    }
}
