import ArgumentParser
import Clocks
import Glibc
import LightClaims
import LightClient
import ToolSupport

extension Notification {
    /// Makes it a claim of ledd's for each light, of one name; with `wait`, returns when all of them have ended.
    func hand(to daemon: consuming LightDaemon, lights: [String], wait: Bool) throws {
        var daemon = daemon
        var id: String?
        for light in lights {
            do {
                // The first claim's name is the others' as well: it is one notification.
                id = try daemon.ask(request(light: light, id: id, wait: wait)).id ?? id
            } catch {
                // All of it, or nothing.
                if light != lights.first, let id { Self.release(id, of: lights, &daemon) }
                throw error
            }
        }
        printMessage()
        if wait, let id { try waitForEnd(of: id, on: Set(lights), &daemon) }
    }

    private func waitForEnd(of id: String, on lights: Set<String>, _ daemon: inout LightDaemon) throws {
        var left = lights
        var wasReplaced = false
        while !left.isEmpty {
            guard let news = try nextNews(&daemon) else {
                Self.release(id, of: left.sorted(), &daemon)
                if isEndless { return }
                throw ExitCode(130)
            }
            guard news.event == "ended", let claim = news.claim, claim.id == id, left.remove(claim.light) != nil else { continue }
            // Others are told apart by the code alone: played, expired and released are what was wanted.
            guard news.reason == Arbiter.EndReason.replaced.rawValue else { continue }
            Output.note("ledctl: \(claim.light): another claim took the place of '\(id)' ('ledctl list' shows the claims there are)")
            wasReplaced = true
        }
        if wasReplaced { throw ExitCode.failure }
    }

    /// - Returns: `nil` when the user or the system asks this program to stop.
    private func nextNews(_ daemon: inout LightDaemon) throws -> Reply? {
        while !Interruption.requested {
            if let news = try daemon.nextNews(until: 0) { return news }
            var pollers = [daemon.descriptor, Interruption.descriptor].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            _ = poll(&pollers, 2, -1)
        }
        return nil
    }

    /// So that the lights are back when this program has ended. That ledd fails meanwhile is no matter: the claims end with the
    /// connection.
    private static func release(_ id: String, of lights: [String], _ daemon: inout LightDaemon) {
        for light in lights {
            var request = Request(.release)
            (request.id, request.light) = (id, light)
            _ = try? daemon.ask(request)
        }
    }
}
