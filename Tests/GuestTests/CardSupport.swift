import Frames
import Glibc
import Lab
import TestSupport
import Testing

extension Guest.Options {
    /// A PC of the kind that may have an IOMMU, and one between its cards and its memory.
    ///
    /// - Parameter isUsed: by Linux.
    mutating func addIOMMU(isUsed: Bool = true) {
        machine = "q35"
        qemuArguments += ["-device", "intel-iommu,intremap=on"]
        kernelArguments += ["intel_iommu=\(isUsed ? "on" : "off")"]
    }

    /// The driver for user space that needs one, and the kernel's part that maps memory for it.
    static let vfioModules = ["vfio-pci", "vfio_iommu_type1"]
}

/// A guest with one e1000 bound to ringlight, and what a test does with the card from outside.
struct CardBench {
    let guest: Guest
    let address = Guest.address(ofCard: 0)
    /// Our end of the card's cable; -1 without one.
    let peer: Int32

    /// PCI command register (PCI Local Bus Specification 3.0, 6.2.2), as the guest's kernel reads it.
    func command() throws -> UInt16 {
        let bytes = try guest.read("/sys/bus/pci/devices/\(address)/config")
        try #require(bytes.count >= 64)
        return UInt16(bytes[4]) | UInt16(bytes[5]) << 8
    }

    var isBusMaster: Bool { get throws { try command() & 0x0004 != 0 } }

    /// A line of `guest-probe`'s output: what a step answered.
    func probe(_ steps: String, within bound: Duration = .seconds(20)) throws -> (status: Int32, answers: [String]) {
        let result = try guest.run("guest-probe /dev/uio0 \(steps)", within: bound)
        return (result.status, result.text.split(separator: "\n").map { $0.split(separator: " ").dropFirst().dropLast().joined(separator: " ") })
    }

    /// Interrupts that the guest's kernel has counted for the card.
    func interrupts() throws -> Int {
        let line = try guest.output(of: "grep ringlight /proc/interrupts")
        return try #require(line.split(separator: " ").dropFirst().first.flatMap { Int($0) })
    }
}

/// Boots a guest with one card on a cable of ours, loads the module and binds the card.
func withCard(
    withPeer: Bool = false, moduleArguments: String = "", kernelMayComplain: Bool = false, _ body: (CardBench) throws -> Void
) throws {
    var pair: [Int32] = [-1, -1]
    var options = Guest.Options(cards: 1)
    if withPeer {
        try #require(socketpair(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0, &pair) == 0)
        options.cards[0].network = .peer(pair[1])
    }
    defer { for descriptor in pair where descriptor >= 0 { close(descriptor) } }
    try withGuest(options, kernelMayComplain: kernelMayComplain) { guest in
        try guest.output(of: "modprobe ringlight \(moduleArguments)")
        try guest.output(of: "e1000-uio bind \(Guest.address(ofCard: 0))")
        try body(CardBench(guest: guest, peer: pair[0]))
    }
}

/// A broadcast frame with a number in it.
func numberedFrame(_ number: Int, length: Int) -> [UInt8] {
    [UInt8](repeating: 0xff, count: 6) + [0x02, 0, 0, 0, 0, 0x01, 0x88, 0xb5]
        + (0..<length - 14).map { position in
            position < 4 ? UInt8(truncatingIfNeeded: number >> (24 - 8 * position)) : UInt8(truncatingIfNeeded: number &* 31 &+ position)
        }
}
