import DeviceAccess
@testable import E1000
import Testing

@Suite("Offloads from a frame's headers")
struct PreparedOffloadTests {
    /// IPv4 and TCP, 10.0.0.1 → 10.0.0.2, with nonsense where checksums go.
    private static func tcp(payload: Int, padding: Int = 0) -> [UInt8] {
        let total = 40 + payload
        return [UInt8](repeating: 2, count: 12) + [0x08, 0, 0x45, 0, UInt8(total >> 8), UInt8(total & 0xff), 0, 1, 0x40, 0, 64, 6, 0xde, 0xad]
            + [10, 0, 0, 1, 10, 0, 0, 2] + [UInt8](repeating: 0, count: 12) + [0x50, 0x18, 0, 0, 0xde, 0xad, 0, 0]
            + [UInt8](repeating: 7, count: payload) + [UInt8](repeating: 0, count: padding)
    }

    private func prepare(_ frame: [UInt8], segmentSize: Int? = nil) throws -> (offload: TransmitOffload?, frame: [UInt8]) {
        let fake = FakeMemory()
        var arena = DMAArena(fake.memory)
        var pool = try PacketPool(count: 8, in: &arena)
        guard var chain = pool.chain(copying: frame, headerLength: 60) else { throw DeviceError(.invalid, "test", "no buffers") }
        let offload = chain.prepareOffload(segmentSize: segmentSize)
        let bytes = chain.copy()
        pool.put(chain)
        return (offload, bytes)
    }

    @Test("checksums: the pseudo header's sum with its length, IPv4's checksum zero, padding left out")
    func checksums() throws {
        let (offload, frame) = try prepare(Self.tcp(payload: 3, padding: 5))
        #expect(
            offload?.work
                == .checksums(network: .init(start: 14, field: 24, end: 34), transport: .init(start: 34, field: 50, end: 57)))
        #expect(frame[24...25] == [0, 0])
        // 0x1400 + 3 for the addresses, 6 for TCP, 23 bytes.
        #expect(frame[50...51] == [0x14, 0x20])
        let whole = try prepare(Self.tcp(payload: 30))
        #expect(whole.offload?.work == .checksums(network: .init(start: 14, field: 24, end: 34), transport: .init(start: 34, field: 50)))
    }

    @Test("segments where there is more than one: no length in the sum, IP's length zero")
    func segments() throws {
        let (offload, frame) = try prepare(Self.tcp(payload: 3000), segmentSize: 1000)
        #expect(
            offload?.work
                == .segments(.init(networkStart: 14, isIPv4: true, transportStart: 34, headerLength: 54, segmentSize: 1000)))
        #expect(frame[16...17] == [0, 0])
        #expect(frame[50...51] == [0x14, 0x09])
        let one = try prepare(Self.tcp(payload: 1000), segmentSize: 1000)
        #expect(one.offload?.work == .checksums(network: .init(start: 14, field: 24, end: 34), transport: .init(start: 34, field: 50)))
        #expect(one.frame[16...17] == [4, 16])
    }

    @Test("what the card cannot help with is left alone")
    func others() throws {
        var fragment = Self.tcp(payload: 100)
        fragment[20] = 0x20
        var short = Self.tcp(payload: 100)
        short[17] = 200
        for frame in [fragment, short, [UInt8](repeating: 0xff, count: 60), [1, 2, 3], []] {
            let (offload, bytes) = try prepare(frame, segmentSize: 10)
            #expect(offload == nil)
            #expect(bytes == frame)
        }
    }
}
