import DeviceAccess
import E1000
import InMemoryCard

/// A card in memory as the driver sees it: registers mapped, as through UIO.
final class CardMemory {
    let card: UnsafeMutablePointer<inmemory_card>

    init() throws(DeviceError) {
        guard let card = inmemory_card_create() else { throw .outOfMemory }
        self.card = card
    }

    deinit { inmemory_card_destroy(card) }

    func bringUp(_ configuration: Configuration) throws(DeviceError) -> Controller {
        guard let bringUp = inmemory_card_bringup_begin(card) else { throw .outOfMemory }
        defer { inmemory_card_bringup_end(card, bringUp) }
        let device = Device(
            name: "memory", wayIn: "memory", deviceID: 0x100e, isEmulated: false,
            registers: RegisterSpace(unsafeMapped: card.pointee.registers, size: Int(INMEMORY_CARD_REGISTERS)),
            dma: DMAMemory(
                unsafeBase: card.pointee.memory, size: Int(INMEMORY_CARD_MEMORY), busAddress: UInt64(INMEMORY_CARD_BUS)),
            backend: NoInterrupts(owner: self))
        return try Controller(device, configuration: configuration)
    }
}

/// Keeps the memory alive as long as the device; nothing is waited for.
private final class NoInterrupts: DeviceBackend {
    private let owner: CardMemory

    init(owner: CardMemory) { self.owner = owner }

    func enableInterrupt() throws(DeviceError) {}
    func waitForInterrupt(nanoseconds: Int64, wake: Int32) throws(DeviceError) -> Bool { false }
    func close() {}
}

extension DeviceError {
    static var outOfMemory: DeviceError {
        DeviceError(.refused, "card in memory", "there is not enough memory for it", remedy: "free some")
    }
}
