/// Where and why a pattern's text cannot be read.
public struct PatternError: Error, Equatable, CustomStringConvertible {
    /// The whole text.
    public let text: String
    /// The character at fault, counted from 1; one more than there are when something is missing at the end.
    public let position: Int
    public let why: String
    public let remedy: String

    public init(text: String, position: Int, why: String, remedy: String) {
        (self.text, self.position, self.why, self.remedy) = (text, position, why, remedy)
    }

    /// The pattern, of a long one the part around the place, and the place.
    public var what: String {
        let from = text.count > 60 ? max(0, position - 30) : 0
        let shown = text.dropFirst(from).prefix(60)
        return "pattern '\(from > 0 ? "…" : "")\(shown)\(from + shown.count < text.count ? "…" : "")', character \(position)"
    }

    public var description: String { "\(what): \(why) (\(remedy))" }
}
