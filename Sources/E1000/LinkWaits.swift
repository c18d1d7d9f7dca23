import DeviceAccess

// How a program learns that the link went up or down: asleep, or between other things.
extension Controller {
    /// Whether the link went up or down since the last call: latched by the card, so that not even a short break is missed.
    public mutating func takeLinkChange() throws(DeviceError) -> Bool {
        try acknowledge()
        defer { causes &= ~InterruptCause.LSC }
        return linkHasChanged
    }

    /// A link change that a wait came upon, and that nobody has taken with `takeLinkChange`. No register is read: one that no wait
    /// has seen yet is not known here.
    public var linkHasChanged: Bool { causes & InterruptCause.LSC != 0 }

    /// Waits until the link goes up or down, or has done so since the last call of this or of `takeLinkChange`: what happens between
    /// two calls is not missed, and told once however often it happened. Frames that arrive meanwhile wake nobody.
    ///
    /// - Parameters:
    ///   - nanoseconds: the bound.
    ///   - wake: a descriptor that ends the wait when it polls readable; -1: none.
    /// - Returns: false when the time passed or `wake` ended it.
    /// - Throws: `.vanished` when the card has left the bus.
    public mutating func waitForLinkChange(nanoseconds: Int64, wake: Int32 = -1) throws(DeviceError) -> Bool {
        let deadline = deadline(after: nanoseconds)
        try commit()
        try maskReceive()
        while try !takeLinkChange() {
            let left = deadline - device.now
            guard left > 0 else { return false }
            try device.enableInterrupt()
            // In slices: a lost interrupt costs a slice, and a card that has left the bus interrupts nobody.
            let interrupted = try device.waitForInterrupt(nanoseconds: min(left, 1_000_000_000), wake: wake)
            count(interrupted)
            if !interrupted && wake >= 0 && isReadable(wake) { return try takeLinkChange() }
        }
        return true
    }

    /// In the time of `device.now`; a bound that is too long for it is none.
    func deadline(after nanoseconds: Int64) -> Int64 {
        let end = device.now.addingReportingOverflow(nanoseconds)
        return end.overflow ? .max : end.partialValue
    }
}
