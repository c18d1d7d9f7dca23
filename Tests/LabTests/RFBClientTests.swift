import TestSupport
import Testing

@testable import Lab

/// The eye for lights on bytes as a VNC server sends them, and as it should not.
struct RFBClientTests {
    /// From the version to ServerInit: 640 x 480 pixels of 4 bytes, name "QEMU".
    private static let opening: [UInt8] =
        Array("RFB 003.008\n".utf8) + [1, 1] + [0, 0, 0, 0]
        + [2, 128, 1, 224, 32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0, 0, 0, 0, 0, 0, 0, 4] + Array("QEMU".utf8)

    private static func lights(_ byte: UInt8) -> [UInt8] { [0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 1, 255, 255, 254, 251, byte] }

    /// A client that was greeted.
    private func opened() throws -> RFBClient {
        var client = RFBClient()
        #expect(try client.receive(Self.opening).isEmpty)
        #expect(client.takeAnswers() == Array("RFB 003.008\n".utf8) + [1, 1, 2, 0, 0, 1, 255, 255, 254, 251])
        #expect(client.isWatching)
        return client
    }

    @Test("Light states come out in order, however the bytes are cut")
    func states() throws {
        let bytes = Self.opening + Self.lights(0) + Self.lights(4) + Self.lights(7) + Self.lights(2) + Self.lights(1)
        let expected = [
            LightState(), LightState(caps: true), LightState(scroll: true, num: true, caps: true), LightState(num: true),
            LightState(scroll: true),
        ]
        for size in [1, 2, 3, 5, 7, 16, 17, bytes.count] {
            var client = RFBClient()
            var states: [LightState] = []
            for start in stride(from: 0, to: bytes.count, by: size) { states += try client.receive(bytes[start...].prefix(size)) }
            #expect(states == expected, "pieces of \(size)")
        }
    }

    @Test("Pixels, bells, colours and clipboards are passed over")
    func otherMessages() throws {
        var client = try opened()
        var bytes: [UInt8] = [0, 0, 0, 2, 0, 0, 0, 0, 0, 3, 0, 5, 0, 0, 0, 0] + [UInt8](repeating: 9, count: 3 * 5 * 4)
        bytes += [0, 0, 0, 0, 0, 1, 0, 1, 255, 255, 254, 251, 4]
        bytes += [2]
        bytes += [1, 0, 0, 0, 0, 2] + [UInt8](repeating: 3, count: 12)
        bytes += [3, 0, 0, 0, 0, 0, 0, 5] + Array("hello".utf8)
        // An update without rectangles.
        bytes += [0, 0, 0, 0]
        bytes += Self.lights(0)
        #expect(try client.receive(bytes) == [LightState(caps: true), LightState()])
    }

    @Test(
        "A server that speaks nonsense is an error, and stays one",
        arguments: [
            (Array("RFB 003.003\n".utf8), RFBClient.Failure.notRFB),
            (Array("HTTP/1.1 400".utf8), .notRFB),
            (Array("RFB 003.008\n".utf8) + [1, 2], .needsPassword),
            (Array("RFB 003.008\n".utf8) + [0, 0, 0, 0, 4] + Array("full".utf8), .refused("full")),
            (Array("RFB 003.008\n".utf8) + [0, 255, 255, 255, 255], .tooLong(0xffff_ffff)),
            (Array("RFB 003.008\n".utf8) + [1, 1, 0, 0, 0, 1, 0, 0, 0, 2] + Array("no".utf8), .refused("no")),
            (opening.dropLast(8) + [255, 0, 0, 0], .tooLong(0xff00_0000)),
            (opening + [77], .unknownMessage(77)),
            (opening + [0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 16], .unknownEncoding(16)),
            (opening + [0, 0, 0, 1, 0, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 0], .tooLong(65535 * 65535 * 4)),
            (opening + [3, 0, 0, 0, 255, 255, 255, 255], .tooLong(0xffff_ffff)),
        ] as [([UInt8], RFBClient.Failure)])
    func malformed(bytes: [UInt8], failure: RFBClient.Failure) {
        var client = RFBClient()
        #expect(throws: failure) { try client.receive(bytes) }
        #expect(throws: failure) { try client.receive(Self.lights(1)) }
    }

    @Test("Any bytes end in states or an error, never in a crash")
    func randomBytes() {
        var generator = SplitMix(seed: 1)
        for _ in 0..<2000 {
            var bytes = Self.opening + Self.lights(4) + Self.lights(0)
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            var client = RFBClient()
            let count = (try? client.receive(bytes))?.count ?? 0
            #expect(count <= 2 + bytes.count / 17)
        }
    }
}
