import Frames
import Glibc
import TestSupport
import Testing

/// `--mtu`: the tools' way to frames of several buffers.
@Suite("Jumbo frames through the tools", .serialized, .needsQEMU("the wire is QEMU's capture, or a socket of QEMU's"))
struct JumboToolTests {
    /// A card, and the longest frame that it is made for.
    private static let cards = [("e1000", 16_376), ("e1000e", 9014)]

    private func frames(_ longest: Int) -> [[UInt8]] {
        [60, 1514, 1515, 2048, 2049, 9014, longest - 1, longest, 61].enumerated().map { QEMUBench.broadcast($0, length: $1) }
    }

    @Test("send and replay: on the wire byte for byte, also on a ring that holds two of them", arguments: cards, ["256", "16"])
    func sending(card: (model: String, longest: Int), ring: String) throws {
        // More than the small ring takes at once.
        let frames = Array(repeatElement(self.frames(card.longest), count: 10).joined())
        for words in [["replay", "--topspeed", "-"], ["send", "--pcap", "-"]] {
            let wire = scratchDescriptor()
            defer { close(wire) }
            let result = try runTool(
                "e1000-uio",
                words + ["--device", "qemu", "--qemu-model", card.model, "--netdev", QEMUBench.deadEnd, "--wire-pcap", "/proc/\(getpid())/fd/\(wire)",
                    "--mtu", "\(card.longest - 14)", "--ring-size", ring], input: capture(of: frames))
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.errors.contains("\(frames.count) frames, \(frames.map(\.count).reduce(0, +)) bytes sent"), "\(result.errors)")
            var reader = CaptureReader(descriptor: wire, name: "wire")
            let seen = try reader.rest().map(\.bytes)
            #expect(seen.map(\.count) == frames.map(\.count))
            // Compared here: the arrays of a failure are no help.
            let isSame = seen == frames
            #expect(isSame)
        }
    }

    @Test("recv and capture: whole, between short ones; without --mtu they are no frames", arguments: cards)
    func receiving(card: (model: String, longest: Int)) throws {
        let frames = frames(card.longest)
        // Room for a tag is room for four bytes more without one.
        for (options, kept) in [(["--mtu", "\(card.longest - 14)"], frames), ([], frames.filter { $0.count <= 1518 })] {
            let wire = try ToolWire()
            let folder = try ScratchFolder()
            let file = "\(folder.path)/x.pcapng"
            let arguments = ["--device", "qemu", "--qemu-model", card.model, "--netdev", wire.netdev, "-w", file, "-c", "\(kept.count)"]
            for verb in ["recv", "capture"] {
                let tool = try RunningTool([verb] + arguments + options)
                try tool.wait(for: "ready")
                for frame in frames { try wire.send(frame) }
                #expect(tool.wait() == 0, "\(tool.errors)")
                let captured = try folder.frames(of: "x.pcapng").map(\.bytes)
                #expect(captured.map(\.count) == kept.map(\.count))
                let isSame = captured == kept
                #expect(isSame)
            }
        }
    }

    @Test(
        "longer than the card can be set up for, or than its rings hold: what, why and what to do",
        arguments: ["send", "replay", "capture", "bridge"])
    func refusals(verb: String) throws {
        let rest = ["send": ["--hex", "00"], "replay": ["-"], "capture": ["-w", "/dev/null"], "bridge": []][verb]!
        func errors(_ options: [String], status: Int32) throws -> String {
            let result = try runTool(
                "e1000-uio", [verb, "--device", "qemu", "--netdev", QEMUBench.deadEnd] + options + rest, input: capture(of: [[0]]))
            #expect(result.status == status)
            return result.errors
        }
        let range = "use 1500 to 16362"
        for mtu in ["1499", "16363"] { #expect(try errors(["--mtu", mtu], status: 64).contains("--mtu: \(mtu) bytes (\(range))")) }
        let tooLong = try errors(["--qemu-model", "e1000e", "--mtu", "9001"], status: 1)
        #expect(tooLong.contains("frames of 9015 bytes: the 82574L can be set up for 1514 to 9014"), "\(tooLong)")
        let tooFew = try errors(["--mtu", "16362", "--ring-size", "8"], status: 1)
        #expect(tooFew.contains("8 descriptors are too few for frames of 16376 bytes (use 16 or more)"), "\(tooFew)")
    }

    @Test("a bridge whose ring is too small for what Linux hands over says so, instead of never sending")
    func smallRing() throws {
        let result = try runTool("e1000-uio", ["bridge", "--device", "qemu", "--netdev", QEMUBench.deadEnd, "--ring-size", "32"])
        #expect(result.status == 1)
        // Where no interface can be made, that is said first.
        let isPermitted = getuid() == 0 && access("/dev/net/tun", R_OK | W_OK) == 0
        #expect(!isPermitted || result.errors.contains("32 descriptors are too few for 65554 bytes"), "\(result.errors)")
    }
}
