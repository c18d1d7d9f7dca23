import DeviceAccess
import E1000
import Frames
import HostStack
import Hummingbird
import Logging
import RinglightNIO
import ServiceLifecycle

// The card, and a host on it; on a real card: UIODevice or VFIODevice. QEMU's user network has 10.0.2.15 for its guest.
let port = CommandLine.arguments.dropFirst().first ?? "8080"
let host = try HostLoop {
    var options = QEMUOptions()
    options.netdev = "user,restrict=on,hostfwd=tcp:127.0.0.1:\(port)-10.0.2.15:80"
    return try Controller(QEMUDevice.start(options), configuration: HostConfiguration.card())
}
try host.run { stack in stack.setIPv4(IPv4Address("10.0.2.15")!, prefixLength: 24, gateway: IPv4Address("10.0.2.2")!) }
let group = HostEventLoopGroup(host)

// The application is Hummingbird's.
let router = Router()
router.get("/") { _, _ in "Hello from the card\n" }
router.get("/greet/:name") { _, context in "Hello, \(context.parameters.get("name") ?? "you")\n" }
router.post("/length") { request, _ in
    var count = 0
    for try await part in request.body { count += part.readableBytes }
    return "\(count)\n"
}

let logger = Logger(label: "hummingbird-on-a-card")
let server = CardServer(responder: router.buildResponder(), group: group, port: 80, logger: logger)
try await ServiceGroup(services: [server], gracefulShutdownSignals: [.sigint, .sigterm], logger: logger).run()
try await group.shutdownGracefully()
