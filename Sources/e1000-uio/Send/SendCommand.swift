import ArgumentParser
import CardSelection
import E1000
import Frames
import ToolSupport

struct Send: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Send frames.",
        discussion: """
            Returns when the card has reported the last frame done. Ctrl-C stops early, and is no error.

            Examples:
              sudo e1000-uio send --text 'frame %03d' --to ff:ff:ff:ff:ff:ff --count 9
              sudo e1000-uio send -d 00:03.0 --pcap capture.pcapng --loop 3 --pps 1000
              e1000-uio send -d qemu --wire-pcap wire.pcap --raw --text 'hi %d'
              e1000-uio send -d qemu --hex 'ffffffffffff 525400123456 88b5 686579'
              tcpdump -i lo -w - | sudo e1000-uio send --mtu 9000 --pcap -
            """)

    @OptionGroup var card: CardOptions
    @OptionGroup var size: FrameSize
    @OptionGroup var settings: CardSettings

    @Option(help: "A whole frame: pairs of hexadecimal digits from the destination address on; blanks and colons are fine.")
    var hex: String?
    @Option(help: ArgumentHelp("The frames of a pcap or pcapng file; '-' is standard input.", valueName: "file"))
    var pcap: String?
    @Option(help: ArgumentHelp("A frame that carries this text; %d, %02d, %03d become the frame's number, from 0.", valueName: "string"))
    var text: String?
    @Option(help: ArgumentHelp("With --text: the destination.", valueName: "address"))
    var to: String?
    @Option(help: ArgumentHelp("With --text: the type, as 0x88b5.", valueName: "number"))
    var ethertype: String = "0x88b5"
    @Flag(help: "With --text: the text is the frame; no Ethernet header.")
    var raw = false

    @Option(help: "Frames; 0: until stopped. (default: 1, or the whole of --pcap)")
    var count: UInt64?
    @Option(help: "Frames a second. (default: as fast as the card takes them)")
    var pps: Double?
    @Option(help: ArgumentHelp("With --pcap: times to send the file; 0: until stopped.", valueName: "times"))
    var loop: Int = 1
    @Flag(help: "Print the totals as JSON on standard output.")
    var json = false

    func validate() throws {
        guard [hex, pcap, text].filter({ $0 != nil }).count == 1 else {
            throw Problem.usage("send", "what to send is not clear", remedy: "give one of --hex, --pcap and --text")
        }
        if let pps, !(pps >= 0.001 && pps <= 1e9) {
            throw Problem.usage("--pps", "\(pps) frames a second", remedy: "use a number from 0.001 to 1000000000")
        }
        if loop < 0 { throw Problem.usage("--loop", "\(loop) times", remedy: "use 0 for 'until stopped', or a number from 1") }
        if loop != 1 && pcap == nil { throw Problem.usage("--loop", "it repeats a file", remedy: "give --pcap too, or use --count") }
        if text == nil && (raw || to != nil) {
            throw Problem.usage(raw ? "--raw" : "--to", "it goes with --text", remedy: "see 'e1000-uio send --help'")
        }
        if text != nil && raw == (to != nil) {
            throw Problem.usage(
                "--text", raw ? "--raw has no destination" : "the destination is missing", remedy: "give either --to or --raw")
        }
        // What is on the command line is checked before a card is touched.
        if let hex { try rules.checkArgument(try Self.bytes(hex: hex), "--hex") }
        if let text {
            let header = try textHeader(source: .zero)
            try rules.checkArgument(header + TextTemplate(text).bytes(number: 0), "--text")
        }
    }

    private var rules: FrameRules { FrameRules(maximum: size.maximumFrame) }

    func run() throws {
        var source = try fileSource()
        let card = try card.open(settings, prepare: size.apply)
        if let text { source = .text(header: try textHeader(source: card.macAddress), TextTemplate(text), rules) }
        let limit = count ?? (pcap == nil ? 1 : 0)
        var number: UInt64 = 0
        let interval = pps.map { 1e9 / $0 } ?? 0
        let loop = SendLoop(card, rules)
        try loop.run({
            guard limit == 0 || number < limit, let frame = try source.next(number: number) else { return nil }
            defer { number += 1 }
            return TimedFrame(bytes: frame, due: Int64(min(Double(number) * interval, 9e18)))
        }, report: { totals in
            Output.note(totals.summary)
            if json { try Output.json(totals) }
        })
    }

    /// What is in a file or on the command line: opened before the card.
    private func fileSource() throws -> FrameSource {
        if let pcap { return .capture(try CaptureFrames.open(path: pcap, rules: rules, loops: loop)) }
        return .bytes(try hex.map(Self.bytes) ?? [])
    }

    private static func bytes(hex: String) throws -> [UInt8] {
        do {
            return try HexText.bytes(hex)
        } catch {
            throw ValidationError("--hex: \(error)")
        }
    }

    /// Empty with `--raw`.
    private func textHeader(source: MACAddress) throws -> [UInt8] {
        guard let to else { return [] }
        guard let destination = MACAddress(to) else {
            throw Problem.usage("--to", "'\(to)' is not a MAC address", remedy: "write six bytes like ff:ff:ff:ff:ff:ff")
        }
        guard let type = EtherType(ethertype) else {
            throw Problem.usage("--ethertype", "'\(ethertype)' is not a type", remedy: "write a number like 0x88b5")
        }
        return EthernetFrame.bytes(to: destination, from: source, type: type, payload: [])
    }
}
