import DeviceAccess

/// The lights at the card's own connector, as they were: what `restorePortLights` takes.
public struct PortLights: Sendable {
    fileprivate let value: UInt32
}

extension Controller {
    /// Where there is no LEDCTL, pin 0, low, is the light (13.4.1).
    private var hasLEDControl: Bool { LEDCTL.cards.contains(model) }

    /// What the lights show now, to be given back after `setPortLights`.
    public func portLights() throws(DeviceError) -> PortLights {
        PortLights(value: hasLEDControl ? try device.registers.read(LEDCTL.self) : try device.registers.read(CTRL.self))
    }

    /// All lights on or off, whatever the link does (13.4.15): so that a person finds the port.
    public mutating func setPortLights(_ isOn: Bool) throws(DeviceError) {
        requests.lights = isOn
        guard hasLEDControl else {
            let low = CTRL.SWDPIN0_DATA
            return try device.registers.change(CTRL.self, set: CTRL.SWDPIN0_IO | (isOn ? 0 : low), clear: isOn ? low : 0)
        }
        var light = isOn ? LEDCTL.MODE_ON : LEDCTL.MODE_OFF
        guard model.family == .pcie else { return try device.registers.write(LEDCTL.self, light * 0x0101_0101) }
        // The 82574L's lights are dark without a link, whatever their mode: inverted, they are lit.
        if isOn, try !linkState().isUp { light |= LEDCTL.LED0_IVRT }
        try device.registers.write(LEDCTL.self, light * 0x01_0101)
    }

    /// The lights as they were.
    public mutating func restorePortLights(_ lights: PortLights) throws(DeviceError) {
        requests.lights = nil
        guard hasLEDControl else {
            let pins = CTRL.SWDPIN0_DATA | CTRL.SWDPIN0_IO
            return try device.registers.change(CTRL.self, set: lights.value & pins, clear: pins)
        }
        try device.registers.write(LEDCTL.self, lights.value)
    }
}
