import ChildProcess
import Glibc
import LightClaims
import LightClient
import ToolSupport

/// What is wrong with ledd, or with the way to it. A ledd that is not installed is nothing wrong.
struct DaemonExamination {
    private(set) var findings: [Finding] = []
    /// What ledd says of lights and claims, if it can be asked.
    private(set) var reply: Reply?

    /// Does not look.
    init() {}

    init(_ surroundings: Surroundings) {
        do throws(LightDaemonError) {
            var daemon = try LightDaemon()
            reply = try daemon.ask(Request(.list))
        } catch {
            findings += Self.explain(error, surroundings)
        }
        findings += Self.configuration()
    }

    /// What ledd itself says of its lights, unless that is known already.
    func troubles(besides known: [Finding]) -> [Finding] {
        let texts = known.map(\.text)
        let lost = known.filter { $0.kind == .lost }.map(\.about)
        let others = (reply?.lights ?? []).filter { !lost.contains($0.name) }
        return others.compactMap(\.trouble).filter { !texts.contains($0) }.map { Finding(.trouble, $0) }
    }

    static func explain(_ error: LightDaemonError, _ surroundings: Surroundings) -> [Finding] {
        switch error {
        case .absent(let path):
            if access(path, F_OK) == 0 {
                return [Finding(.ledd, path, "nobody listens there any more: ledd or its socket unit has failed",
                    remedy: "run 'systemctl restart ledd.socket' as root, and see 'systemctl status ledd'")]
            }
            if path != LightDaemon.standardPath {
                return [Finding(.ledd, path, "RINGLIGHT_SOCKET leads there, and nobody listens", remedy: "start ledd, or unset RINGLIGHT_SOCKET")]
            }
            guard surroundings.unitFolders.contains(where: { access("\($0)/ledd.socket", F_OK) == 0 }) else { return [] }
            return [Finding(.ledd, path, "ledd is installed, but its socket unit is not active",
                remedy: "run 'systemctl enable --now ledd.socket' as root")]
        case .notPermitted(let path):
            return [Finding(.leddPermission, path, "ledd runs, but this user may not talk to it",
                remedy: "use sudo, or join the group 'ringlight' and log in again")]
        default:
            return [Finding(.leddBroken, error)]
        }
    }

    /// Has ledd itself look at its configuration, where there is a ledd.
    private static func configuration() -> [Finding] {
        let path = (getenv("PATH").map { String(cString: $0) } ?? "") + ":/usr/local/sbin:/usr/sbin"
        let programs: [String] = path.split(separator: ":").map { "\($0)/ledd" }
        guard let program = programs.first(where: { access($0, X_OK) == 0 }) else { return [] }
        let output = ChildProcess.memoryFile("ledd-check")
        defer { close(output) }
        guard output >= 0, let child = try? ChildProcess(path: program, arguments: ["--check"], descriptors: [output, output, output]),
            let status = child.wait(milliseconds: 10_000)
        else { return [Finding(.configuration, program, "'\(program) --check' does not end", remedy: "run it by hand")] }
        guard status != 0 else { return [] }
        var bytes = [UInt8](repeating: 0, count: 8192)
        let count = pread(output, &bytes, bytes.count, 0)
        let faults = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self).split(separator: "\n").map {
            String($0.hasPrefix("ledd: ") ? $0.dropFirst("ledd: ".count) : $0)
        }
        // Half a page of them: 'ledd --check' has the rest.
        return (faults.isEmpty ? ["exit code \(status) and no word"] : Array(faults.prefix(20))).map {
            Finding(.configuration, "ledd --check", $0, remedy: "mend it, then run 'systemctl reload-or-restart ledd' as root")
        }
    }
}
