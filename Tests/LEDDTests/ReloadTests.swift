import LightClaims
import Testing

@testable import ledd

@Suite("Reload: what goes on, and what ends")
struct ReloadTests {
    private let disk = "[[trigger]]\nname = \"disk\"\ntrigger = \"disk-activity\"\n"
    private let timer = "[[trigger]]\nname = \"timer\"\nlight = \"numlock\"\ntrigger = \"timer\"\n"

    @Test func `triggers are claims without an end`() throws {
        let stage = try Stage()
        let sources = try stage.sources(disk + timer)
        #expect(stage.desk.count == 0)
        sources.start()
        #expect(stage.desk.claims.map(\.id) == ["trigger:disk", "trigger:timer"])
        #expect(stage.desk.claims.map(\.light) == ["capslock", "numlock"])
        #expect(stage.desk.claims[0].effect == .trigger("disk-activity"))
        #expect(stage.desk.claims[0].priority == 0)
        sources.stop()
        #expect(stage.desk.released.sorted() == ["trigger:disk", "trigger:timer"])
    }

    @Test func `what did not change is not touched`() throws {
        let stage = try Stage()
        let sources = try stage.sources(disk + timer)
        sources.start()
        sources.apply(try stage.configuration(timer + disk))
        sources.apply(try stage.configuration("[socket]\npath = \"/tmp/s\"\n" + timer + disk))
        #expect(stage.desk.count == 2)
        sources.apply(try stage.configuration(timer))
        #expect(stage.desk.released == ["trigger:disk"])
        #expect(stage.desk.claims.count == 2)
        // Another light for those that name none.
        sources.apply(try stage.configuration(timer + disk))
        sources.apply(try stage.configuration("[defaults]\nlight = \"scrolllock\"\n" + timer + disk))
        #expect(stage.desk.claims.map(\.light) == ["capslock", "numlock", "capslock", "scrolllock"])
        #expect(stage.desk.released == ["trigger:disk", "trigger:disk"])
        sources.stop()
        #expect(stage.desk.current.isEmpty)
    }
}
