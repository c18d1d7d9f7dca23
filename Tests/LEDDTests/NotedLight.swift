import CLinux
import Clocks
import Glibc
import KeyboardLights
import LightClaims
import TestSupport

@testable import ledd

/// What stands in for a light's node: notes what is done to it, and refuses what it is told to refuse.
final class NotedLight: HeldLight {
    /// What was done, and when.
    private(set) var done: [(what: String, time: Int64)] = []
    var words: [String] { done.map(\.what) }
    /// How often it was opened.
    private(set) var holds = 0
    /// Why nothing can be set or read; `nil` when it can.
    var refusal: LightError?
    /// Why no trigger is obeyed.
    var triggerRefusal: LightError?
    /// Readable when there is news.
    let descriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))

    deinit { close(descriptor) }

    /// Somebody opens it.
    func hold() throws(LightError) -> any HeldLight {
        holds += 1
        if case .moduleMissing = refusal { throw refusal! }
        return self
    }

    /// The light changes, or its last keyboard goes.
    func change() {
        var one: UInt64 = 1
        _ = write(descriptor, &one, 8)
    }

    func set(_ on: Bool) throws(LightError) { try note(on ? "1" : "0") }

    func play(_ pattern: Pattern, repeats: Int?) throws(LightError) -> Bool {
        guard let line = pattern.kernelLine(repeats: repeats) else { return false }
        try note(line)
        return true
    }

    func obey(trigger: String) throws(LightError) -> Bool {
        done.append(("trigger \(trigger)", Clocks.monotonic))
        if let triggerRefusal { throw triggerRefusal }
        return true
    }

    func readChange() throws(LightError) -> Bool? {
        var count: UInt64 = 0
        guard read(descriptor, &count, 8) == 8 else { return nil }
        if let refusal { throw refusal }
        return true
    }

    private func note(_ what: String) throws(LightError) {
        done.append((what, Clocks.monotonic))
        if let refusal { throw refusal }
    }
}

/// A desk with one light, `capslock`, and no keyboard but what stands in for one.
final class LitStage {
    let stage: Stage
    let light = NotedLight()
    /// What stands in for sysfs.
    let fake: FakeLights
    let port: LightPort
    let desk: Desk
    private(set) var news: [Reply] = []

    init() throws {
        stage = try Stage()
        fake = try FakeLights()
        let capslock = Light(name: "capslock", node: "/nonexistent")
        let lossPath = LightCatalog(sysfs: fake.sysfs).lossPath(of: capslock)
        port = try LightPort(capslock, lossPath: lossPath, loop: stage.loop, log: stage.log) { [light] () throws(LightError) in try light.hold() }
        desk = try Desk(ports: ["capslock": port], loop: stage.loop, log: stage.log)
        desk.onNews = { [unowned self] in news.append($0) }
    }

    /// Claims the light.
    func claim(_ id: String, _ pattern: String, repeats: Int? = nil, isAwaited: Bool = false) throws {
        let claim = try Claim(
            id: id, source: "test", light: "capslock", effect: Effect(parsing: pattern), lifetime: Claim.Lifetime(repeats: repeats))
        try desk.claim(claim, owner: Arbiter.Owner(connection: 1, user: 1), isAwaited: isAwaited)
    }

    /// The ends that were told, as `id reason`.
    var ends: [String] { news.filter { $0.event == "ended" }.map { "\($0.claim!.id) \($0.reason!)" } }
}
