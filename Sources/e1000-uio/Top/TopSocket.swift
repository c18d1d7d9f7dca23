import CardBridge
import CardSelection
import ToolSupport

/// The socket of the program that drives a card.
struct TopSocket {
    let path: String
    /// The user named it.
    let isExplicit: Bool

    /// - Parameters:
    ///   - path: the user's choice.
    ///   - card: without that, the card whose e1000d is looked for.
    ///   - folder: where sockets of e1000d are.
    /// - Returns: `nil` where nobody tells of that card: it may be had.
    init?(explicit path: String?, card: CardOptions, folder: String = "/run/ringlight") {
        if let path {
            (self.path, isExplicit) = (path, true)
            return
        }
        guard let address = card.address else { return nil }
        let path = MetricsSocket.standardPath(of: "\(address)", folder: folder)
        // One that cannot be asked for another reason is somebody's all the same.
        do { _ = try MetricsConnection(path) } catch where error.isAbsent { return nil } catch {}
        (self.path, isExplicit) = (path, false)
    }

    /// Looks at the card for the first time.
    ///
    /// - Returns: `nil` after an interruption.
    func open(note: @escaping (String) -> Void) throws -> DaemonMonitor? {
        do { return try DaemonMonitor.open(path, note: note) } catch { throw Problem(path, error.why, remedy: error.remedy) }
    }
}
