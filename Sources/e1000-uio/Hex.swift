/// A number in hexadecimal, with leading zeros.
func hex(_ value: UInt32, digits: Int = 8) -> String {
    let text = String(value, radix: 16)
    return "0x" + String(repeating: "0", count: max(0, digits - text.count)) + text
}
