import DeviceAccess

/// What the program has asked for since the card was opened, and `Configuration` does not hold: a reset undoes it, or half of it.
struct Requests {
    /// The PHY sends back what it is given.
    var isLoopback = false
    /// The port's lights, on or off; `nil`: they show what the link does.
    var lights: Bool?
}

extension Controller {
    /// Asks for all of it again, and for the link and the pause frames that are configured, once the card is initialised after a reset.
    ///
    /// - Throws: `.timeout` when the PHY does not answer.
    mutating func repeatRequests() throws(DeviceError) {
        try device.registers.applyLinkSettings(configuration)
        // CTRL.RST reaches the MAC only, which has forgotten the speed that the PHY still has; or the power was away, and so is that.
        if requests.isLoopback { try setLoopback(true) }
        if let isOn = requests.lights { try setPortLights(isOn) }
    }
}
