import NIOCore
import NIOPosix
import Testing

/// Every case here has a network of its own, and lwIP is one a process: one after the other.
@Suite("SwiftNIO's channels on the kernel and on a card", .serialized)
enum Channels {}

/// Which end of a connection is tested.
enum Role: CaseIterable, Sendable { case client, accepted }

typealias Setup = @Sendable (any Channel) -> EventLoopFuture<Void>

/// A connection: the end that is tested, and its peer.
struct Pair {
    let tested: any Channel
    let peer: any Channel
    let recorder: Recorder
    let peerRecorder: Recorder

    func closeBoth() {
        tested.close(promise: nil)
        peer.close(promise: nil)
        _ = try? tested.closeFuture.result()
        _ = try? peer.closeFuture.result()
    }
}

extension World {
    /// Connects the two, one way or the other. The recorders come after the handlers of the setups.
    func pair(
        _ role: Role = .client, tested: @escaping Setup = { $0.eventLoop.makeSucceededVoidFuture() },
        peer: @escaping Setup = { $0.eventLoop.makeSucceededVoidFuture() }, keepsReads: Bool = false
    ) throws -> Pair {
        let (recorder, peerRecorder) = (Recorder(keepsReads: keepsReads), Recorder())
        let setTested: Setup = { channel in tested(channel).flatMap { channel.pipeline.addHandler(recorder) } }
        let setPeer: Setup = { channel in peer(channel).flatMap { channel.pipeline.addHandler(peerRecorder) } }
        let (server, other): (any Channel, any Channel)
        let accepted = (role == .client ? peerGroup : group).next().makePromise(of: (any Channel).self)
        switch role {
        case .client:
            server = try peerServer().childChannelInitializer { channel in
                setPeer(channel).map { accepted.succeed(channel) }
            }.bind(host: peerAddress, port: 0).result()
            other = try client().channelInitializer(setTested).connect(to: server.localAddress!).result()
        case .accepted:
            server = try self.server().childChannelInitializer { channel in
                setTested(channel).map { accepted.succeed(channel) }
            }.bind(host: address, port: 0).result()
            other = try peerClient().channelInitializer(setPeer).connect(to: server.localAddress!).result()
        }
        let child = try accepted.futureResult.result()
        try recorder.events.wait(for: "active")
        try peerRecorder.events.wait(for: "active")
        try server.close().result()
        return role == .client
            ? Pair(tested: other, peer: child, recorder: recorder, peerRecorder: peerRecorder)
            : Pair(tested: child, peer: other, recorder: recorder, peerRecorder: peerRecorder)
    }
}

func bytes(_ text: String) -> ByteBuffer { ByteBuffer(string: text) }
