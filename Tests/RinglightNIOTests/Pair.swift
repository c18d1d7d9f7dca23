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
        do {
            (server, other) = try connect(role, setTested, setPeer, accepted)
        } catch {
            accepted.fail(error)
            throw error
        }
        let child = try accepted.futureResult.result()
        try recorder.events.wait(for: "active")
        try peerRecorder.events.wait(for: "active")
        try server.close().result()
        return role == .client
            ? Pair(tested: other, peer: child, recorder: recorder, peerRecorder: peerRecorder)
            : Pair(tested: child, peer: other, recorder: recorder, peerRecorder: peerRecorder)
    }

    private func connect(
        _ role: Role, _ tested: @escaping Setup, _ peer: @escaping Setup, _ accepted: EventLoopPromise<any Channel>
    ) throws -> (server: any Channel, client: any Channel) {
        let child = role == .client ? peer : tested
        let prepare: Setup = { channel in child(channel).map { accepted.succeed(channel) } }
        switch role {
        case .client:
            let server = try peerServer().childChannelInitializer(prepare).bind(host: peerAddress, port: 0).result()
            return (server, try client().channelInitializer(tested).connect(to: server.localAddress!).result())
        case .accepted:
            let server = try self.server().childChannelInitializer(prepare).bind(host: address, port: 0).result()
            return (server, try peerClient().channelInitializer(peer).connect(to: server.localAddress!).result())
        }
    }
}

func bytes(_ text: String) -> ByteBuffer { ByteBuffer(string: text) }
