import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import RinglightNIO
import ServiceLifecycle

/// Hummingbird's router on a card: what its `Application` and `Server` are on the kernel's sockets.
struct CardServer<Responder: HTTPResponder>: Service
where Responder.Context: InitializableFromSource<ApplicationRequestContextSource> {
    let responder: Responder
    let group: HostEventLoopGroup
    let port: Int
    let logger: Logger

    func run() async throws {
        // Hummingbird's own setup of a connection, and its own handling of what comes on it.
        let http = HTTP1Channel { request, writer, channel in
            let context = Responder.Context(source: ApplicationRequestContextSource(channel: channel, logger: logger))
            let response: Response
            do { response = try await responder.respond(to: request, context: context) } catch {
                logger.error("\(request.uri): \(error)")
                response = Response(status: .internalServerError)
            }
            try await writer.write(response: response.head, body: response.body)
        }
        let server = try await HostServerBootstrap(group: group).bind(host: "::", port: port) { channel in
            http.setup(channel: channel, logger: logger)
        }
        logger.info("serving on port \(port)")
        try await withGracefulShutdownHandler {
            try await withThrowingDiscardingTaskGroup { tasks in
                try await server.executeThenClose { connections in
                    for try await connection in connections {
                        tasks.addTask { await http.handle(value: connection, logger: logger) }
                    }
                }
            }
        } onGracefulShutdown: {
            server.channel.close(promise: nil)
        }
    }
}
