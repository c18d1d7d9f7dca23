import Glibc
import HostServices
import NIOCore
import TestSupport

/// What the web server serves; below the current folder.
enum Site {
    static let root: FileRoot = {
        do {
            let here = getcwd(nil, 0).map { pointer in
                defer { free(pointer) }
                return String(cString: pointer)
            }
            try makeFolders("\(here ?? "")/site/f")
            try TestSupport.write("aaa", to: "site/a.txt")
            try TestSupport.write("<p>", to: "site/f/index.html")
            return try FileRoot("site")
        } catch {
            fatalError("\(error)")
        }
    }()

    static let configuration: FileServerConfiguration = {
        var configuration = FileServerConfiguration()
        configuration.reader = FileReader(threads: nil)
        configuration.listsFolders = true
        let lights = StatusPage.Lights(names: ["capslock"]) { _, loop in loop.makeSucceededVoidFuture() }
        configuration.routes = [StatusPage(lights: lights) { snapshot }.route]
        return configuration
    }()

    private static let snapshot = StatusSnapshot(
        device: "fuzz", mac: "52:54:00:12:34:56", link: .init(isUp: true), addresses: [], uptime: 1,
        transmitRing: .init(count: 8, head: 0, cardOwned: 0), receiveRing: .init(count: 8, head: 0, cardOwned: 7),
        transmitted: .init(frames: 0, bytes: 0), received: .init(frames: 0, bytes: 0))
}
