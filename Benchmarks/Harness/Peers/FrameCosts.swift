import CardBench
import FoundationEssentials
import Lab
import ToolSupport

/// What a frame costs one program: both numbers are counts, and do not depend on what this machine does meanwhile.
struct FrameCost: Codable {
    let program: PeerProgram
    let mode: PacketRun.Mode
    let burst: Int
    /// Guest instructions a frame, the guest's kernel included.
    let instructions: Double
    /// Accesses to the cards' registers.
    let accesses: AccessCount
}

/// Two cards on one hub in a guest whose every instruction takes one nanosecond of its time.
struct FrameCosts {
    private static let bursts = [1, 32, 64]
    private static let ring = 256

    private let peers: PeerGuest
    private let trace: AccessTrace
    private let frames: UInt64

    /// - Parameter frames: frames of each of our runs; testpmd runs by the guest's clock.
    static func measure(frames: UInt64) throws -> [FrameCost] {
        Output.note("booting a guest that counts instructions")
        let trace = try AccessTrace()
        let peers: PeerGuest
        do {
            defer { trace.handedOver() }
            peers = try PeerGuest(cards: 2, qemuArguments: ["-icount", "shift=0,sleep=off"] + trace.qemuArguments)
        }
        defer { peers.guest.end() }
        return try FrameCosts(peers: peers, trace: trace, frames: frames).all()
    }

    private func all() throws -> [FrameCost] {
        var costs: [FrameCost] = []
        for program in PeerProgram.allCases {
            try peers.give(to: program)
            for mode in PacketRun.Mode.allCases {
                for burst in Self.bursts {
                    Output.note("\(program.rawValue) \(mode.rawValue), burst \(burst)")
                    let instructions = program == .testpmd ? try testpmd(mode, burst) : try ours(mode, burst)
                    costs.append(
                        FrameCost(
                            program: program, mode: mode, burst: burst, instructions: instructions,
                            accesses: try accesses(of: program, mode, burst)))
                }
            }
        }
        return costs
    }

    /// Our own run, by the guest's clock.
    private func ours(_ mode: PacketRun.Mode, _ burst: Int) throws -> Double {
        let job = try peers.startOurs(mode, burst: burst, ring: Self.ring, frames: frames)
        defer { job.endNow() }
        let result = try job.wait(within: .seconds(300))
        guard result.status == 0 else { throw Problem("e1000-uio bench", "exit \(result.status): \(result.errors)") }
        let run = try JSONDecoder().decode(PacketRun.self, from: Data(result.output))
        return run.seconds * 1e9 / Double(run.frames)
    }

    /// testpmd until it has printed three periods; the last one counts.
    private func testpmd(_ mode: PacketRun.Mode, _ burst: Int) throws -> Double {
        let job = try peers.startTestpmd(mode, burst: burst, ring: Self.ring, statistics: true)
        defer { job.endNow() }
        for _ in 0..<6000 where job.isRunning {
            let rates = job.text.split(separator: "\n").filter { $0.contains(mode == .io ? "Rx-pps:" : "Tx-pps:") }
                .compactMap { $0.split(separator: " ").compactMap { Double($0) }.first }
            // Two ports a period; the first periods hold the start.
            if rates.count >= 6 { return 1e9 / rates.suffix(2).reduce(0, +) }
            guard Interruption.sleep(nanoseconds: 100_000_000) else { throw Problem("peers", "interrupted") }
        }
        throw Problem("testpmd", "no rates within 600 s: \(job.text.suffix(2000)) \(job.errors.suffix(2000))", remedy: "run 'make bench-peers' again")
    }

    /// A window in the middle of a run: the first frames are ours to warm up with, and the last are never reached.
    private func accesses(of program: PeerProgram, _ mode: PacketRun.Mode, _ burst: Int) throws -> AccessCount {
        let (skip, counted) = (frames / 5, frames / 2)
        return try trace.count(in: peers.guest, ring: UInt64(Self.ring), skip: skip, frames: counted) {
            program == .testpmd
                ? try peers.startTestpmd(mode, burst: burst, ring: Self.ring)
                : try peers.startOurs(mode, burst: burst, ring: Self.ring, frames: frames)
        }
    }
}
