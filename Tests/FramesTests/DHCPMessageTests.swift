import Frames
import TestSupport
import Testing

@Suite struct DHCPMessageTests {
    private static let mac = SampleFrames.host

    private func isMessage(_ bytes: [UInt8]) -> Bool { if DHCPMessage(checking: bytes.span.bytes) != nil { true } else { false } }

    @Test func fieldsAndOptions() throws {
        var builder = DHCPMessageBuilder(.request, transaction: 0xdead_beef, hardwareAddress: Self.mac)
        builder.seconds = 300
        builder.wantsBroadcast = true
        builder.clientAddress = IPv4Address(rawValue: 1)
        builder.yourAddress = IPv4Address(rawValue: 2)
        builder.nextServer = IPv4Address(rawValue: 3)
        builder.relayAgent = IPv4Address(rawValue: 4)
        builder.add(.router, IPv4Address(rawValue: 5), IPv4Address(rawValue: 6))
        builder.add(.message, [UInt8](repeating: 7, count: 300))
        let bytes = builder.bytes
        guard let message = DHCPMessage(checking: bytes.span.bytes) else {
            Issue.record("no message")
            return
        }
        let (operation, kind, transaction, seconds) = (message.operation, message.kind, message.transaction, message.seconds)
        #expect(operation == .request && kind == .request && transaction == 0xdead_beef && seconds == 300)
        let addresses = [message.clientAddress, message.yourAddress, message.nextServer, message.relayAgent].map(\.rawValue)
        let (mac, broadcast) = (message.hardwareAddress, message.wantsBroadcast)
        #expect(addresses == [1, 2, 3, 4] && mac == Self.mac && broadcast)
        let (router, text, none) = (message.value(.router), message.value(.message), message.value(.subnetMask))
        #expect(router == [0, 0, 0, 5, 0, 0, 0, 6] && none == nil)
        // In two pieces on the wire (RFC 3396).
        #expect(text == [UInt8](repeating: 7, count: 300))
    }

    @Test func aShortMessageIsPadded() {
        #expect(DHCPMessageBuilder(.discover, transaction: 1, hardwareAddress: Self.mac).bytes.count == 300)
    }

    @Test func whatCannotBe() {
        let good = DHCPMessageBuilder(.ack, transaction: 1, hardwareAddress: Self.mac).bytes
        #expect(isMessage(good))
        for length in 0..<240 { #expect(!isMessage(Array(good.prefix(length)))) }
        // op, htype, hlen, the cookie, the length of the first option.
        for (place, value) in [(0, 3), (1, 6), (2, 16), (236, 0), (241, 255)] as [(Int, UInt8)] {
            var bytes = good
            bytes[place] = value
            #expect(!isMessage(bytes), "\(place)")
        }
        // An option's code is the last byte.
        #expect(!isMessage(Array(good.prefix(240)) + [53]))
        // No end, and nothing at all.
        #expect(isMessage(Array(good.prefix(243))))
        #expect(isMessage(Array(good.prefix(240))))
    }

    /// RFC 2131, 4.1: options, then `file`, then `sname`.
    @Test(arguments: [(1, [[1], [2]]), (2, [[1], [3]]), (3, [[1], [2], [3]]), (0, [[1]])] as [(UInt8, [[UInt8]])])
    func overload(which: UInt8, expected: [[UInt8]]) {
        var builder = DHCPMessageBuilder(.ack, transaction: 1, hardwareAddress: Self.mac)
        builder.add(.overload, [which])
        builder.add(.message, [1])
        var bytes = builder.bytes
        bytes.replaceSubrange(108..<112, with: [56, 1, 2, 255])
        bytes.replaceSubrange(44..<48, with: [56, 1, 3, 255])
        // Within `file`, option 52 means nothing.
        bytes.replaceSubrange(111..<115, with: [52, 1, 3, 255])
        guard let message = DHCPMessage(checking: bytes.span.bytes) else {
            Issue.record("no message")
            return
        }
        let value = message.value(.message)
        #expect(value == expected.flatMap { $0 })
    }

    @Test func anOptionMayNotLeaveItsField() {
        var builder = DHCPMessageBuilder(.ack, transaction: 1, hardwareAddress: Self.mac)
        builder.add(.overload, [2])
        var bytes = builder.bytes
        // From `sname` into `file`.
        bytes.replaceSubrange(44..<46, with: [56, 63])
        #expect(!isMessage(bytes))
    }
}
