import ArgumentParser
import CardSelection
import Clocks
import E1000
import ToolSupport

struct Identify: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Blink a card's own lights, so that a person finds its port.",
        discussion: """
            All lights at the connector go on and off twice a second, and are as before afterwards, also after an interruption, and \
            when somebody resets the card meanwhile.

            Examples:
              sudo e1000-uio identify --device 00:03.0
              sudo e1000-uio identify --device uio0 --seconds 30
            """)

    @OptionGroup var card: CardOptions
    @Option(help: ArgumentHelp("How long.", valueName: "seconds"))
    var seconds: Double = 10

    func validate() throws {
        guard seconds >= 0.1, seconds <= 86400 else {
            throw Problem.usage("--seconds", "\(seconds) seconds", remedy: "use a number from 0.1 to 86400")
        }
    }

    func run() throws {
        var card = try card.open()
        Output.note("the lights of \(card.name) blink for \(fixed(seconds, 1)) s")
        try Self.blink(&card, for: seconds)
    }

    /// Lights on and off, until the time has passed or the user interrupts; however it ends, they are as before afterwards.
    static func blink(_ card: inout Controller, for seconds: Double) throws {
        let lights = try card.portLights()
        let end = Clocks.monotonic + Int64(seconds * 1e9)
        var isOn = false
        var recovery = Recovery()
        do {
            while !Interruption.requested, Clocks.monotonic < end {
                _ = try recovery.look(after: &card, done: 0)
                isOn.toggle()
                try card.setPortLights(isOn)
                Interruption.sleep(nanoseconds: min(250_000_000, end - Clocks.monotonic))
            }
        } catch {
            try? card.restorePortLights(lights)
            throw error
        }
        try card.restorePortLights(lights)
    }
}
