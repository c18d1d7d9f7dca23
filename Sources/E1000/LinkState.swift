import DeviceAccess

/// What STATUS says of the link (13.4.2).
public struct LinkState: Equatable, Sendable {
    /// Frames can pass (STATUS.LU).
    public let isUp: Bool
    /// Mb/s: 10, 100 or 1000; of a link that is down, the last known.
    public let speed: Int
    /// Both ends may send at a time (STATUS.FD); of a link that is down, the last known.
    public let isFullDuplex: Bool

    init(status: UInt32) {
        isUp = status & STATUS.LU != 0
        switch (status & STATUS.SPEED_MASK) >> STATUS.SPEED_SHIFT {
        case 0: speed = 10
        case 1: speed = 100
        default: speed = 1000
        }
        isFullDuplex = status & STATUS.FD != 0
    }
}
