import NIOCore
import ToolSupport

#if TLS
    import NIOSSL

    /// A certificate chain and its key, for the connections of a server.
    struct TLSServer: Sendable {
        private let context: NIOSSLContext

        /// - Parameter files: `CERTIFICATE,KEY`, paths of PEM files.
        /// - Throws: `Problem` when they cannot be used.
        init(_ files: String) throws {
            let paths = files.split(separator: ",").map(String.init)
            do {
                let chain = try NIOSSLCertificate.fromPEMFile(paths[0]).map { NIOSSLCertificateSource.certificate($0) }
                let key = try NIOSSLPrivateKey(file: paths[1], format: .pem)
                var configuration = TLSConfiguration.makeServerConfiguration(certificateChain: chain, privateKey: .privateKey(key))
                // Those before are not to be used any more (RFC 8996).
                configuration.minimumTLSVersion = .tlsv12
                context = try NIOSSLContext(configuration: configuration)
            } catch {
                throw Problem("--tls \(files)", "they cannot be used: \(error)", remedy: "give a certificate and its key, both PEM")
            }
        }

        /// Encrypts a connection. On its loop, before other handlers.
        func add(to channel: any Channel) throws {
            try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
        }
    }
#else
    /// Of a program that was built without.
    struct TLSServer: Sendable {
        /// - Throws: `Problem`.
        init(_ files: String) throws {
            throw Problem("--tls \(files)", "this program was built without TLS", remedy: "build it with the package's trait 'TLS' (make tools)")
        }

        func add(to channel: any Channel) throws {}
    }
#endif
