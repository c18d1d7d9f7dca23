import Glibc
import NIOCore
import NIOHTTP1

/// How files are served.
public struct FileServerConfiguration: Sendable {
    /// The file of a folder that is its answer; `nil` for none, so that `/` is no other name of `/index.html`.
    public var index: String? = "index.html"
    /// Whether a folder without that file is shown as a list of its entries, instead of 404.
    public var listsFolders = false
    /// Whether files and folders whose names begin with a dot are served.
    public var servesHidden = false
    /// Looked at before files, in this order.
    public var routes: [HTTPRoute] = []
    /// How long a connection may wait for its next request, and a request may take to come in.
    public var requestTime: TimeAmount = .seconds(30)
    /// How long a client may take nothing of a response.
    public var stallTime: TimeAmount = .seconds(60)
    /// The `Server` header.
    public var serverName = "ringlight"
    /// How files are read. `shared` does not let the event loop wait for a disk.
    public var reader = FileReader.shared
    /// Called on the channel's event loop after each response, which it must not block.
    public var log: (@Sendable (AccessRecord) -> Void)?
    /// Seconds since 1970.
    public var now: @Sendable () -> Int = { time(nil) }

    public init() {}
}

extension ChannelPipeline.SynchronousOperations {
    /// Bytes of one header's name and value, or of the request's target; of all of them; and how many headers.
    private static var limits: NIOHTTPDecoderLimitConfiguration {
        var limits = NIOHTTPDecoderLimitConfiguration()
        (limits.maxHeaderFieldSize, limits.maxHeaderListSize, limits.maxHeaderFieldCount) = (32768, 65536, 100)
        return limits
    }

    /// Makes this pipeline, of an accepted connection, a web server for the files of a folder.
    ///
    /// Wants a channel with `autoRead`, its default; with `allowRemoteHalfClosure`, a client that has closed its half still gets
    /// its answer. Call on the channel's event loop, before it becomes active.
    public func addFileServer(_ root: FileRoot, _ configuration: FileServerConfiguration = FileServerConfiguration()) throws {
        // One request at a time, in order; errors are answered by our handler, which knows more answers than 400.
        try configureHTTPServerPipeline(
            withPipeliningAssistance: true, withErrorHandling: false, withOutboundHeaderValidation: true, withEncoderConfiguration: .init(),
            withDecoderLimitConfiguration: Self.limits)
        try addHandler(FileServerHandler(root: root, configuration))
    }
}
