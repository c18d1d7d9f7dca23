import KeyboardLights
import LightClaims
import TestSupport
import Testing

@Suite("Requests of the socket")
struct RequestTests {
    private func claim(_ json: String) throws -> Claim {
        try Wire.read(Request.self, from: Array(json.utf8)).claim(named: "given", from: "program")
    }

    @Test func `a short request is a whole claim`() throws {
        let claim = try claim(#"{"v":1,"op":"claim"}"#)
        #expect(claim.id == "given" && claim.source == "program" && claim.light == "capslock" && claim.priority == 5)
        #expect(claim.effect == .pattern(.blink, "blink") && claim.lifetime == Claim.Lifetime())
    }

    @Test func `every field comes through, there and back`() throws {
        let claim = try claim(
            #"{"v":1,"op":"claim","id":"i","source":"s","light":"numlock","priority":9,"urgency":"low","pattern":"morse:SOS","repeat":3,"#
                + #""seconds":1.5,"until":"disconnect","replaces":"r","message":"m","unknown":[1]}"#)
        #expect(claim.lifetime == Claim.Lifetime(repeats: 3, time: 1_500_000_000, untilDisconnect: true))
        let again = try Wire.read(Request.self, from: Wire.line(Request(claim)).dropLast()).claim(named: "", from: "")
        #expect(again == claim)
    }

    @Test(arguments: [
        (#""id":"a b""#, "id"), (#""id":"""#, "id"), (#""source":"\u001b[2J""#, "source"), (#""light":"kana""#, "light"),
        (#""priority":10"#, "priority"), (#""priority":-1"#, "priority"), (#""urgency":"huge""#, "urgency"), (#""pattern":"on:1""#, "pattern"),
        (#""pattern":"trigger:""#, "pattern"), (#""repeat":0"#, "repeat"), (#""repeat":1000001"#, "repeat"),
        (#""repeat":2,"pattern":"on""#, "repeat"), (#""seconds":0"#, "seconds"), (#""seconds":1e99"#, "seconds"), (#""seconds":-1"#, "seconds"),
        (#""until":"doomsday""#, "until"), (#""replaces":"ä""#, "replaces"),
    ])
    func `a field out of its bounds is named`(field: String, name: String) {
        let error = #expect(throws: ClaimError.self) { try claim(#"{"v":1,"op":"claim",\#(field)}"#) }
        guard case .badField(name, _) = error else {
            Issue.record("\(field): \(error.map { "\($0)" } ?? "taken")")
            return
        }
    }

    @Test(arguments: [
        "", "x", "[]", "1", "null", "{", #"{"v":1}"#, #"{"op":"claim"}"#, #"{"v":"1","op":"claim"}"#, #"{"v":1,"op":"claim","id":7}"#, "\u{0}",
    ])
    func `what is no request is said so in a sentence`(line: String) {
        let error = #expect(throws: WireError.self) { try Wire.read(Request.self, from: Array(line.utf8)) }
        #expect(error?.why.contains("\n") == false)
    }

    @Test func `10,000 mutations of a request: no crash, and what is taken is in its bounds`() throws {
        var random = SplitMix(seed: 4)
        let seed = Array(
            #"{"v":1,"op":"claim","id":"i","light":"numlock","priority":9,"pattern":"on:20,off:60000","repeat":3,"seconds":1.5}"#.utf8)
        var taken = 0
        for _ in 0..<10_000 {
            var line = seed
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: 0..<line.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: line[place] = UInt8.random(in: 0...255, using: &random)
                case 1: line.remove(at: place)
                default: line.insert(seed.randomElement(using: &random)!, at: place)
                }
            }
            guard let request = try? Wire.read(Request.self, from: line), let claim = try? request.claim(named: "n", from: "p") else { continue }
            taken += 1
            #expect(Claim.priorities.contains(claim.priority) && Light.names.contains(claim.light))
        }
        #expect(taken > 100)
    }
}
