import DeviceAccess

// Back-pressure: how much room there is, and waiting for it.
extension Controller {
    /// What this card can take off the processor, set up for it or not: its model's offloads, without those that QEMU's card gets wrong.
    public var supportedOffloads: CardModel.Offloads { quirks.offloads }

    /// What the transmitter can be asked for, as the card is and as it is set up.
    public var offloads: CardModel.Offloads { transmitRing.offers }

    /// Free descriptors: what a chain needs one of for each part, and one more for its offload. `room` is of single packets.
    public var freeDescriptors: UInt32 { transmitRing.room }
    /// Packets that `packet()` and `chain(copying:)` can still give.
    public var freePackets: Int { pool.available }

    /// Commits, and waits until at most `frames` are pending.
    ///
    /// - Parameters:
    ///   - frames: how many may be left; 0: the card has sent everything.
    ///   - nanoseconds: the bound.
    ///   - wake: a descriptor that ends the wait when it polls readable; -1: none.
    /// - Returns: false when the time passed or `wake` ended it.
    /// - Throws: `.vanished` when the card has left the bus, `.stopped` when it sends no more (`checkHealth`).
    public mutating func waitUntilPending(atMost frames: UInt32, nanoseconds: Int64, wake: Int32 = -1) throws(DeviceError) -> Bool {
        try waitForTransmitter(nanoseconds: nanoseconds, wake: wake) { $0.pendingFrames <= frames }
    }

    /// Commits, and waits until there are so many free descriptors and packets: for a chain that was pushed back.
    ///
    /// - Parameters:
    ///   - descriptors: at most one less than the ring has.
    ///   - packets: beside those that the program holds.
    ///   - nanoseconds: the bound.
    ///   - wake: a descriptor that ends the wait when it polls readable; -1: none.
    /// - Returns: false when the time passed or `wake` ended it.
    /// - Throws: `.vanished` when the card has left the bus, `.stopped` when it sends no more (`checkHealth`).
    public mutating func waitForRoom(
        descriptors: UInt32, packets: Int = 0, nanoseconds: Int64, wake: Int32 = -1
    ) throws(DeviceError) -> Bool {
        try waitForTransmitter(nanoseconds: nanoseconds, wake: wake) { $0.freeDescriptors >= descriptors && $0.freePackets >= packets }
    }

    private mutating func waitForTransmitter(
        nanoseconds: Int64, wake: Int32, until isEnough: (borrowing Controller) -> Bool
    ) throws(DeviceError) -> Bool {
        try commit()
        reclaim()
        if isEnough(self) { return true }
        counters.ringFullWaits &+= 1
        let deadline = device.now + nanoseconds
        try device.registers.write(IMS.self, InterruptCause.TXDW)
        while !isEnough(self) {
            let left = deadline - device.now
            guard left > 0 else { break }
            try device.enableInterrupt()
            // In slices: a lost interrupt costs a slice, not the bound.
            let interrupted = try device.waitForInterrupt(nanoseconds: min(left, 10_000_000), wake: wake)
            count(interrupted)
            try acknowledge()
            if !interrupted { try throwIfStopped() }
            reclaim()
            if !interrupted && wake >= 0 && isReadable(wake) { break }
        }
        try device.registers.write(IMC.self, InterruptCause.TXDW)
        return isEnough(self)
    }
}
