import Testing

@testable import Lab

struct MonitorMessagesTests {
    @Test("Greeting, answers, refusals and events are told apart, however the bytes are cut")
    func sorting() throws {
        let text = """
            {"QMP": {"version": {}, "capabilities": ["oob"]}}\r
            {"return": {"running": true, "list": [1, 2.5, null]}, "id": 3}\r
            {"timestamp": {"seconds": 1, "microseconds": 2}, "event": "DEVICE_DELETED", "data": {"device": "k1"}}\r
            {"id": 4, "error": {"class": "GenericError", "desc": "Device 'x' not found"}}\r
            {"timestamp": {"seconds": 1, "microseconds": 2}, "event": "STOP"}\r

            """
        let expected: [MonitorMessages.Message] = [
            .greeting, .answer(id: 3, ["running": true, "list": [1, .number(2.5), .null]]),
            .event("DEVICE_DELETED", ["device": "k1"]),
            .refusal(id: 4, "Device 'x' not found"), .event("STOP", .null),
        ]
        let bytes = Array(text.utf8)
        for size in [1, 10, 64, bytes.count] {
            var messages = MonitorMessages()
            var seen: [MonitorMessages.Message] = []
            for start in stride(from: 0, to: bytes.count, by: size) { seen += try messages.receive(bytes[start...].prefix(size)) }
            #expect(seen == expected, "pieces of \(size)")
        }
    }

    @Test(
        "Lines that are no QMP are errors",
        arguments: ["hello", "{}", "[1]", "{\"return\": {}}", "{\"return\": 1, \"id\": \"x\"}"])
    func malformed(line: String) {
        var messages = MonitorMessages()
        #expect(throws: GuestError.self) { try messages.receive(Array((line + "\n").utf8)) }
    }

    @Test("A command is one line")
    func commands() {
        let value: JSONValue = [
            "execute": "device_add", "id": 1, "arguments": ["driver": "usb-kbd", "on": true, "text": "a\n\"b/"],
        ]
        #expect(
            String(decoding: value.line, as: UTF8.self)
                == #"{"arguments":{"driver":"usb-kbd","on":true,"text":"a\n\"b/"},"execute":"device_add","id":1}"# + "\n")
    }
}
