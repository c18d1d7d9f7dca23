import Clocks

/// How a device's interrupt reaches its program.
public enum InterruptKind: String, Sendable, Codable {
    /// A wire, which others may share.
    case line = "INTx"
    /// A write to memory, the device's own.
    case message = "MSI"
}

/// How one device is reached: what differs between UIO, VFIO, QEMU and a model.
public protocol DeviceBackend: AnyObject {
    /// The time that the device lives in, nanoseconds: the machine's (CLOCK_MONOTONIC), or a model's own.
    var now: Int64 { get }
    /// Which interrupt is in use.
    var interruptKind: InterruptKind { get }
    /// Lets the next interrupt through (after one was seen, it is masked or already acknowledged).
    func enableInterrupt() throws(DeviceError)
    /// Waits at most `nanoseconds` for an interrupt.
    ///
    /// - Parameters:
    ///   - nanoseconds: the bound.
    ///   - wake: a descriptor that ends the wait early when it polls readable; -1: none.
    /// - Returns: true after an interrupt, false when the time passed or `wake` ended it.
    func waitForInterrupt(nanoseconds: Int64, wake: Int32) throws(DeviceError) -> Bool
    /// Lets the device go; called once.
    func close()
}

extension DeviceBackend {
    public var now: Int64 { Clocks.monotonic }
    public var interruptKind: InterruptKind { .line }
}

/// One device, owned: its registers, its DMA memory, its interrupt. Closed at the end of its life.
public struct Device: ~Copyable {
    /// What a person calls it: `0000:00:03.0 (uio0)`, `qemu`.
    public let name: String
    /// The way in: `uio`, `vfio`, `qemu`.
    public let wayIn: String
    /// PCI device id; the vendor is Intel (0x8086) on every way in.
    public let deviceID: UInt16
    /// True on QEMU's models, whose quirks a driver may need to know.
    public let isEmulated: Bool
    /// Its BAR0.
    public let registers: RegisterSpace
    /// What it may read and write by itself; the program shares it.
    public let dma: DMAMemory
    private let backend: any DeviceBackend

    /// Takes over a device that its way in has opened; `backend.close` is called once, at the end of this value's life.
    public init(
        name: String, wayIn: String, deviceID: UInt16, isEmulated: Bool,
        registers: RegisterSpace, dma: DMAMemory, backend: any DeviceBackend
    ) {
        (self.name, self.wayIn, self.deviceID, self.isEmulated) = (name, wayIn, deviceID, isEmulated)
        (self.registers, self.dma, self.backend) = (registers, dma, backend)
    }

    deinit { backend.close() }

    /// The time that the device lives in, nanoseconds: what its waits are bounded by.
    public var now: Int64 { backend.now }

    /// Which interrupt is in use.
    public var interruptKind: InterruptKind { backend.interruptKind }

    /// Lets the next interrupt through.
    public func enableInterrupt() throws(DeviceError) { try backend.enableInterrupt() }

    /// Waits at most `nanoseconds` for an interrupt.
    ///
    /// - Parameters:
    ///   - nanoseconds: the bound.
    ///   - wake: a descriptor that ends the wait early when it polls readable; -1: none.
    /// - Returns: true after an interrupt, false when the time passed or `wake` ended it.
    public func waitForInterrupt(nanoseconds: Int64, wake: Int32 = -1) throws(DeviceError) -> Bool {
        try backend.waitForInterrupt(nanoseconds: nanoseconds, wake: wake)
    }
}
