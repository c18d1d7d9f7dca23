import ArgumentParser
import CardSelection
import Clocks
import E1000
import ToolSupport

struct Identify: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Blink a card's own lights, so that a person finds its port.",
        discussion: """
            All lights at the connector go on and off twice a second, and are as before afterwards, also after an interruption.

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
        let lights = try card.portLights()
        Output.note("the lights of \(card.name) blink for \(fixed(seconds, 1)) s")
        let end = Clocks.monotonic + Int64(seconds * 1e9)
        var isOn = false
        do {
            while !Interruption.requested, Clocks.monotonic < end {
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
