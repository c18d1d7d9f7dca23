import Systemd

/// What is known of systemd's units: which are failed, and how often each was restarted.
///
/// No bus: its messages come in, and what happened comes out, so that a test can replay any.
struct UnitStates {
    enum Change: Equatable {
        case failed(String)
        /// No longer failed: started, stopped, reset, or gone.
        case mended(String)
        case restarted(String)
    }

    static let unitInterface = "org.freedesktop.systemd1.Unit"
    static let serviceInterface = "org.freedesktop.systemd1.Service"
    static let unitPath = "/org/freedesktop/systemd1/unit"

    private(set) var failed: Set<String> = []
    /// By unit. What is loaded later begins with 0.
    private var restarts: [String: Int64] = [:]
    /// Services whose count has been asked for and is not here yet; `nil`: it is not known yet which these are.
    private var asked: Set<String>?

    /// `ListUnitsFiltered(["failed"])`: all that are.
    mutating func listedFailed(_ message: BusMessage) -> [Change] {
        let now = Set((message.arguments.first?.elements ?? []).compactMap { $0.elements.first?.text })
        let changes = failed.subtracting(now).sorted().map(Change.mended) + now.subtracting(failed).sorted().map(Change.failed)
        failed = now
        return changes
    }

    /// Counts are going to be asked for: until they are here, one that is heard of first is where counting begins.
    mutating func beginCounting() { asked = nil }

    /// These counts have been asked for.
    mutating func isAsking(for units: Set<String>) { asked = units }

    /// `NRestarts` of a unit; `nil` when it did not tell. A unit that was known before was restarted if it grew.
    mutating func found(_ unit: String, restarts count: Int64?) -> [Change] {
        asked?.remove(unit)
        guard let count else { return [] }
        defer { restarts[unit] = count }
        return restarts[unit].map { $0 < count } ?? false ? [.restarted(unit)] : []
    }

    /// `PropertiesChanged` of a unit.
    mutating func changed(_ message: BusMessage) -> [Change] {
        guard let unit = message.path.flatMap({ Bus.name(of: $0, below: Self.unitPath) }), message.arguments.count >= 2 else { return [] }
        let properties = message.arguments[1]
        var changes: [Change] = []
        switch message.arguments[0].text {
        case Self.unitInterface:
            guard let state = properties["ActiveState"]?.text else { break }
            if state == "failed" {
                if failed.insert(unit).inserted { changes.append(.failed(unit)) }
            } else if failed.remove(unit) != nil {
                changes.append(.mended(unit))
            }
        case Self.serviceInterface:
            guard let count = properties["NRestarts"]?.integer else { break }
            // reset-failed and a start by hand count from 0 again.
            let isBeginning = asked?.contains(unit) ?? true
            if count > restarts[unit] ?? (isBeginning ? count : 0) { changes.append(.restarted(unit)) }
            restarts[unit] = count
        default: break
        }
        return changes
    }

    /// `UnitRemoved(name, path)`: systemd has forgotten it.
    mutating func removed(_ message: BusMessage) -> [Change] {
        guard let unit = message.arguments.first?.text else { return [] }
        restarts[unit] = nil
        return failed.remove(unit) == nil ? [] : [.mended(unit)]
    }
}
