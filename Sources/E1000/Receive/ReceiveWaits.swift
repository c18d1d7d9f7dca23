import DeviceAccess

// How a program waits for frames, asleep.
extension Controller {
    /// Waits until a frame is there.
    ///
    /// - Parameters:
    ///   - nanoseconds: the bound.
    ///   - wake: a descriptor that ends the wait when it polls readable; -1: none.
    ///   - orLinkChange: the wait also ends when the link goes up or down, and at once while `linkHasChanged`: until `takeLinkChange`.
    /// - Returns: false when the time passed, or `wake` or a link change ended it.
    public mutating func waitForFrame(
        nanoseconds: Int64, wake: Int32 = -1, orLinkChange: Bool = false
    ) throws(DeviceError) -> Bool {
        try commit()
        // In slices: a card that has left the bus interrupts nobody, and is noticed after one.
        return try sleepUntilFrame(nanoseconds: nanoseconds, slice: 1_000_000_000, wake: wake, orLinkChange: orLinkChange)
    }

    /// Sleeps on the interrupt until a frame is there.
    ///
    /// - Parameters:
    ///   - nanoseconds: the bound.
    ///   - slice: the longest sleep in nanoseconds: how late a frame may be seen whose interrupt got lost.
    /// - Returns: false when the time passed, or `wake` or a link change ended it.
    mutating func sleepUntilFrame(nanoseconds: Int64, slice: Int64, wake: Int32, orLinkChange: Bool) throws(DeviceError) -> Bool {
        let deadline = deadline(after: nanoseconds)
        try receiveRing.flush(device.registers)
        try unmaskReceive()
        while !receiveRing.isReady {
            // Seen already, by this wait or another: its interrupt does not come again.
            if orLinkChange && linkHasChanged { return false }
            // Let through first, looked at again after: a frame in between is seen by one or the other.
            try device.enableInterrupt()
            if receiveRing.isReady { return true }
            let left = deadline - device.now
            guard left > 0 else { return receiveRing.isReady }
            let interrupted = try device.waitForInterrupt(nanoseconds: min(left, slice), wake: wake)
            count(interrupted)
            try acknowledge()
            if !interrupted && wake >= 0 && isReadable(wake) { return receiveRing.isReady }
        }
        return true
    }

    /// Received frames interrupt nobody from now on: whoever calls this looks by itself.
    mutating func maskReceive() throws(DeviceError) {
        guard !receiveIsMasked else { return }
        try device.registers.write(IMC.self, InterruptCause.receive)
        receiveIsMasked = true
    }

    /// Received frames interrupt again. Those that are there already do not: they are looked for after this.
    mutating func unmaskReceive() throws(DeviceError) {
        guard receiveIsMasked else { return }
        try acknowledge()
        try device.registers.write(IMS.self, InterruptCause.receive)
        receiveIsMasked = false
    }
}
