#if TLS
    import ChildProcess
    import NIOCore
    import NIOPosix
    import NIOSSL
    import TestSupport
    import Testing

    extension Channels {
        @Suite("TLS by NIOSSL, unchanged")
        struct TLSTests {
            /// A certificate of its own for `card`, and its key, made now.
            private static func identity() throws -> (certificate: NIOSSLCertificate, key: NIOSSLPrivateKey) {
                let openssl = try #require(ChildProcess.find("openssl"), "openssl makes the certificate; install it")
                let result = try runTool(
                    openssl,
                    ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1", "-subj", "/CN=card",
                     "-addext", "subjectAltName=DNS:card", "-keyout", "/dev/stdout", "-out", "/dev/stdout"])
                try #require(result.status == 0, "\(result.errors)")
                let parts = result.text.split(separator: "-----BEGIN CERTIFICATE-----")
                try #require(parts.count == 2)
                let certificate = try NIOSSLCertificate.fromPEMBytes(Array("-----BEGIN CERTIFICATE-----\(parts[1])".utf8))[0]
                return (certificate, try NIOSSLPrivateKey(bytes: Array(parts[0].utf8), format: .pem))
            }

            @Test("Both ways: a megabyte each, and an end in order", arguments: Side.here, Role.allCases)
            func both(side: Side, role: Role) throws {
                let (certificate, key) = try Self.identity()
                let serverContext = try NIOSSLContext(
                    configuration: .makeServerConfiguration(certificateChain: [.certificate(certificate)], privateKey: .privateKey(key)))
                var configuration = TLSConfiguration.makeClientConfiguration()
                configuration.trustRoots = .certificates([certificate])
                let clientContext = try NIOSSLContext(configuration: configuration)
                let asServer: Setup = { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: serverContext))
                    }
                }
                let asClient: Setup = { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(NIOSSLClientHandler(context: clientContext, serverHostname: "card"))
                    }
                }
                try withWorld(side) { world in
                    let pair = try world.pair(
                        role, tested: role == .client ? asClient : asServer, peer: role == .client ? asServer : asClient)
                    let data = DataTests.data(1_000_000)
                    try pair.tested.writeAndFlush(ByteBuffer(bytes: data)).result()
                    try pair.peer.writeAndFlush(ByteBuffer(bytes: data)).result()
                    try pair.recorder.wait(forBytes: data.count)
                    try pair.peerRecorder.wait(forBytes: data.count)
                    #expect(difference(pair.recorder.received, data) == nil)
                    #expect(difference(pair.peerRecorder.received, data) == nil)
                    try pair.tested.close().result()
                    try pair.peer.closeFuture.result()
                    #expect(!pair.recorder.events.all.contains { $0.hasPrefix("error") })
                    #expect(!pair.peerRecorder.events.all.contains { $0.hasPrefix("error") })
                }
            }

            @Test("A client that trusts somebody else is told so", arguments: Side.here)
            func distrust(side: Side) throws {
                let (certificate, key) = try Self.identity()
                let serverContext = try NIOSSLContext(
                    configuration: .makeServerConfiguration(certificateChain: [.certificate(certificate)], privateKey: .privateKey(key)))
                let clientContext = try NIOSSLContext(configuration: .makeClientConfiguration())
                try withWorld(side) { world in
                    let server = try world.peerServer().childChannelInitializer { channel in
                        channel.eventLoop.makeCompletedFuture {
                            try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: serverContext))
                        }
                    }.bind(host: world.peerAddress, port: 0).result()
                    let recorder = Recorder()
                    let client = try world.client().channelInitializer { channel in
                        channel.eventLoop.makeCompletedFuture {
                            let handler = try NIOSSLClientHandler(context: clientContext, serverHostname: "card")
                            try channel.pipeline.syncOperations.addHandlers([handler, recorder])
                        }
                    }.connect(to: server.localAddress!).result()
                    try client.closeFuture.result()
                    #expect(recorder.events.all.contains { $0.contains("CERTIFICATE_VERIFY_FAILED") })
                    try server.close().result()
                }
            }
        }
    }
#endif
