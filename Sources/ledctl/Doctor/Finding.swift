/// Something that keeps a light from lighting as it should.
struct Finding: Encodable, Equatable {
    /// For programs.
    enum Kind: String, Encodable {
        case module, lightsOff = "lights-off", node, permission, session
        case keyboard, noLight = "no-light", ledClass = "led-class", inputLEDs = "input-leds"
        case grabbed, lost, covered, held
        case ledd, leddPermission = "ledd-permission", leddBroken = "ledd-broken", configuration, trouble
    }

    let kind: Kind
    /// The light, file or program that it is about.
    let about: String
    let why: String
    /// How to mend it.
    let remedy: String

    init(_ kind: Kind, _ about: String, _ why: String, remedy: String) {
        (self.kind, self.about, self.why, self.remedy) = (kind, about, why, remedy)
    }

    /// Of a text as all errors have it: `what: why (what to do)`.
    init(_ kind: Kind, _ error: some CustomStringConvertible) {
        let text = error.description
        let colon = text.firstRange(of: ": ")
        let bracket = text.hasSuffix(")") ? text.ranges(of: " (").last : nil
        self.kind = kind
        about = colon.map { String(text[..<$0.lowerBound]) } ?? ""
        let start = colon?.upperBound ?? text.startIndex
        guard let bracket, bracket.lowerBound >= start else {
            (why, remedy) = (String(text[start...]), "")
            return
        }
        why = String(text[start..<bracket.lowerBound])
        remedy = String(text[bracket.upperBound...].dropLast())
    }

    var text: String { "\(about): \(why)" + (remedy.isEmpty ? "" : " (\(remedy))") }
}
