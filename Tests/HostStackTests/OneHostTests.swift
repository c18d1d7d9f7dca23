import E1000
import E1000Model
import HostStack
import Testing

@Suite("One host a process", .serialized)
struct OneHostTests {
    private func host() throws -> HostLoop {
        try HostLoop { try Controller(SimDevice().device(), configuration: HostConfiguration.card()) }
    }

    @Test("A second one is refused while one runs, and says why; when that has ended, there can be another")
    func second() throws {
        for _ in 0..<2 {
            let first = try host()
            let error = #expect(throws: HostError.self) { _ = try host() }
            #expect(error?.kind == .addressInUse && error?.description.contains("another one runs in this process") == true)
            try first.run { _ in }
            first.stop()
            #expect(first.wait().error == nil)
        }
    }

    @Test("One whose card cannot be opened is in nobody's way")
    func failing() throws {
        struct NoCard: Error {}
        #expect(throws: NoCard.self) { _ = try HostLoop { throw NoCard() } }
        let next = try host()
        next.stop()
        next.wait()
    }
}
