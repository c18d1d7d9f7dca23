import Glibc
import KeyboardLights

/// A light's node with a claim of its own, which ends with this value; in tests whatever stands in for one.
protocol HeldLight: AnyObject {
    /// Polls readable when `readChange` has news.
    var descriptor: Int32 { get }

    /// As `LightNode`'s.
    func set(_ on: Bool) throws(LightError)
    func play(_ pattern: Pattern, repeats: Int?) throws(LightError) -> Bool
    func obey(trigger: String) throws(LightError) -> Bool
    func readChange() throws(LightError) -> Bool?
}

/// The kernel module's.
final class HeldNode: HeldLight {
    private let node: LightNode
    var descriptor: Int32 { node.descriptor }

    /// - Throws: `moduleMissing` or `lightsSwitchedOff` where there is no node; `notPermitted`, `notALight`, `system`.
    init(_ light: Light, _ catalog: LightCatalog) throws(LightError) {
        guard access(light.node, F_OK) == 0 else { throw catalog.missing }
        let node = try LightNode(light, for: .readAndWrite)
        try node.claimUntilClose()
        self.node = node
    }

    func set(_ on: Bool) throws(LightError) { try node.set(on) }
    func play(_ pattern: Pattern, repeats: Int?) throws(LightError) -> Bool { try node.play(pattern, repeats: repeats) }
    func obey(trigger: String) throws(LightError) -> Bool { try node.obey(trigger: trigger) }
    func readChange() throws(LightError) -> Bool? { try node.readChange() }
}
