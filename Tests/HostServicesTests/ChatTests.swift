import NIOCore
import NIOEmbedded
import Testing

@testable import HostServices

@Suite("Chat")
struct ChatTests {
    private let loop = EmbeddedEventLoop()

    /// Someone with a connection; `narrow` when he reads only when told to.
    private struct Person {
        let channel: EmbeddedChannel
        let narrow = Narrow()

        init(_ room: ChatRoom, _ loop: EmbeddedEventLoop, name: String? = nil, reads: Bool = true) throws {
            channel = EmbeddedChannel(loop: loop)
            narrow.isOpen = reads
            try channel.pipeline.syncOperations.addHandlers([narrow, ChatHandler(room: room)])
            try channel.activate()
            if let name {
                try channel.type("\(name)\n")
                if reads { _ = try channel.text() }
            }
        }

        func says(_ line: String) throws { try channel.type(line + "\n") }
        func hears() throws -> [String] { try channel.text().split(separator: "\r\n").map(String.init) }
    }

    private func room(_ change: (inout ChatLimits) -> Void = { _ in }) -> ChatRoom {
        var limits = ChatLimits()
        change(&limits)
        return ChatRoom(eventLoop: loop, limits: limits)
    }

    @Test func `a name is asked for, checked, and told to the others`() throws {
        let room = room()
        let ann = try Person(room, loop)
        #expect(try ann.hears() == ["* welcome; what is your name? (1 to 20 characters)"])
        try ann.says("not a name")
        #expect(try ann.hears() == ["* not your name: a name has visible characters only, and no spaces"])
        try ann.says("Ann")
        #expect(try ann.hears() == ["* you are Ann; here: Ann. /name NEW, /who, /quit"])
        let bob = try Person(room, loop)
        try bob.says("ann")
        #expect(try bob.hears().last == "* not your name: somebody is called Ann already")
        try bob.says("Bob")
        #expect(try ann.hears() == ["* Bob joined, 2 people are here"])
        try bob.says("hello")
        #expect(try ann.hears() == ["Bob: hello"])
        #expect(try bob.hears().last == "* you are Bob; here: Ann, Bob. /name NEW, /who, /quit", "his own line is on his terminal already")
    }

    @Test func `commands`() throws {
        let room = room()
        let (ann, bob) = (try Person(room, loop, name: "Ann"), try Person(room, loop, name: "Bob"))
        _ = try ann.hears()
        try bob.says("/name ANN")
        #expect(try bob.hears() == ["* not your name: somebody is called Ann already"])
        try bob.says("/name bob")
        #expect(try bob.hears() == ["* Bob is now bob"], "his own name, written otherwise")
        try bob.says("/name  Zoë ")
        #expect(try ann.hears() == ["* Bob is now bob", "* bob is now Zoë"])
        try ann.says("/who")
        #expect(try ann.hears() == ["* here: Ann, Zoë"])
        try ann.says("/what")
        #expect(try ann.hears() == ["* commands: /name NEW, /who, /quit"])
        // The name that he left is free.
        let other = try Person(room, loop, name: "Bob")
        #expect(room.names == ["Ann", "Zoë", "Bob"])
        try other.says("/quit")
        #expect(!other.channel.isActive)
        #expect(try ann.hears() == ["* Bob joined, 3 people are here", "* Bob left, 2 people are here"])
    }

    @Test func `whoever closes, or has nothing more to say, has left`() throws {
        let room = room()
        let people = try ["Ann", "Bob", "Cy"].map { try Person(room, loop, name: $0) }
        people[1].channel.close(promise: nil)
        people[2].channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        #expect(!people[2].channel.isActive)
        #expect(room.names == ["Ann"] && room.connections == 1)
        #expect(try people[0].hears().suffix(2) == ["* Bob left, 2 people are here", "* Cy left, 1 person is here"])
    }

    @Test func `twenty people hear each other, and nobody himself`() throws {
        let room = room { $0.burst = 100 }
        let people = try (0..<20).map { try Person(room, loop, name: "p\($0)") }
        for person in people { _ = try person.hears() }
        for (number, person) in people.enumerated() { try person.says("I am \(number)") }
        for (number, person) in people.enumerated() {
            #expect(try person.hears() == (0..<20).filter { $0 != number }.map { "p\($0): I am \($0)" })
        }
    }

    @Test func `hostile lines stay with the one who sent them`() throws {
        let room = room { $0.burst = 100 }
        let (ann, eve) = (try Person(room, loop, name: "Ann"), try Person(room, loop, name: "Eve"))
        _ = try ann.hears()
        try eve.says(String(repeating: "x", count: 1001))
        #expect(try eve.hears() == ["* that line was not passed on: it is longer than 1000 bytes"])
        try eve.channel.writeInbound(ByteBuffer(bytes: [0xff, 0xfe, 0x0a]))
        #expect(try eve.hears() == ["* that line was not passed on: it is not UTF-8"])
        try eve.says("\u{1b}[2J\u{1b}]0;x\u{7}")
        try eve.says("")
        #expect(try ann.hears() == [], "nothing that would be seen is left of these")
        try eve.says("\u{1b}[1;1H* Ann left\u{202e}")
        #expect(try ann.hears() == ["Eve: * Ann left"], "the room's own lines have no name in front")
        // A megabyte without an end is not kept.
        for _ in 0..<16 { try eve.channel.writeInbound(ByteBuffer(repeating: 0x61, count: 65536)) }
        #expect(try eve.hears().count == 1)
        try eve.says("")
        try eve.says("back")
        #expect(try ann.hears() == ["Eve: back"])
    }

    @Test func `too many lines are not passed on, until time has passed`() throws {
        let room = room { ($0.burst, $0.linesPerSecond) = (4, 2) }
        let (ann, eve) = (try Person(room, loop, name: "Ann"), try Person(room, loop, name: "Eve"))
        _ = try ann.hears()
        // Her name was the first of four.
        for number in 0..<10 { try eve.says("\(number)") }
        #expect(try ann.hears() == ["Eve: 0", "Eve: 1", "Eve: 2"])
        #expect(try eve.hears() == ["* too fast: lines are not passed on until you slow down to 2 a second"], "told once")
        loop.advanceTime(by: .milliseconds(500))
        for number in 10..<12 { try eve.says("\(number)") }
        #expect(try ann.hears() == ["Eve: 10"])
        loop.advanceTime(by: .hours(1))
        try eve.says("20")
        loop.advanceTime(by: .hours(1))
        for number in 21..<31 { try eve.says("\(number)") }
        #expect(try ann.hears() == (20..<25).map { "Eve: \($0)" }, "silence is not saved up beyond one burst")
    }

    @Test func `a slow reader misses lines and is told how many, the others none`() throws {
        let room = room { ($0.burst, $0.pendingBytes) = (10_000, 4096) }
        let (ann, eve) = (try Person(room, loop, name: "Ann"), try Person(room, loop, name: "Eve"))
        let slow = try Person(room, loop, name: "Slow", reads: false)
        _ = try (ann.hears(), eve.hears())
        let line = String(repeating: "x", count: 93)
        for number in 1000..<1100 { try eve.says("\(number)\(line)") }
        #expect(try ann.hears().count == 100)
        #expect(slow.narrow.bytes <= 4096)
        // "Eve: 1000xxx" and its end are 104 bytes; a few short lines came before.
        try slow.narrow.take(slow.channel)
        // The notice is among what is now to be read.
        try slow.narrow.take(slow.channel)
        let heard = try slow.hears()
        let told = heard.filter { $0.hasPrefix("Eve: ") }.count
        #expect((30...39).contains(told))
        #expect(heard.last == "* you missed \(100 - told) lines: they came faster than you read")
        #expect(heard[heard.count - 2].hasPrefix("Eve: \(1000 + told - 1)"), "what he hears has no gap before the notice")
        try eve.says("again")
        try slow.narrow.take(slow.channel)
        #expect(try slow.hears() == ["Eve: again"])
    }

    @Test func `whoever reads nothing at all for five minutes is let go`() throws {
        let room = room { ($0.burst, $0.pendingBytes) = (10_000, 4096) }
        let eve = try Person(room, loop, name: "Eve")
        let stuck = try Person(room, loop, name: "Stuck", reads: false)
        for _ in 0..<100 { try eve.says(String(repeating: "x", count: 93)) }
        loop.advanceTime(by: .seconds(299))
        #expect(stuck.channel.isActive)
        loop.advanceTime(by: .seconds(2))
        #expect(!stuck.channel.isActive)
        #expect(room.names == ["Eve"])
    }

    @Test func `a full room says so; a name takes a minute at most`() throws {
        let room = room { $0.people = 2 }
        let ann = try Person(room, loop, name: "Ann")
        let silent = try Person(room, loop)
        let third = try Person(room, loop)
        #expect(try third.hears() == ["* the room is full with 2 people; try again later"])
        #expect(!third.channel.isActive)
        _ = try silent.hears()
        loop.advanceTime(by: .seconds(61))
        #expect(try silent.hears() == ["* you did not say your name in time"])
        #expect(!silent.channel.isActive && ann.channel.isActive)
        #expect(room.connections == 1)
    }
}
