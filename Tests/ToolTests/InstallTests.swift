import Glibc
import TestSupport
import Testing

/// packaging/install.sh, below a folder of its own, with stand-ins for the programs.
@Suite struct InstallTests {
    private let folder: String

    init() throws {
        var template = Array("/tmp/ringlight-install-XXXXXX".utf8CString)
        folder = try #require(mkdtemp(&template).map { String(cString: $0) })
    }

    private func shell(_ script: String, _ environment: [String: String] = [:]) throws -> ToolResult {
        try runTool("/bin/sh", ["-euc", script], environment: environment, bound: 60_000)
    }

    /// Programs that tell a completion, and pages.
    private func build() throws {
        let result = try shell(
            """
            mkdir -p '\(folder)/built' '\(folder)/manual'
            for name in ledctl e1000-uio ledd e1000d; do
                printf '#!/bin/sh\\necho "complete $0 $*"\\n' > '\(folder)/built'/$name && chmod 755 '\(folder)/built'/$name
            done
            for page in ledctl.1 e1000-uio.8 ledd.8 e1000d.8 ledd.toml.5 ringlight.4; do echo ".Dd today" > '\(folder)/manual'/$page; done
            """)
        #expect(result.status == 0, "\(result.errors)")
    }

    private func install(_ words: String..., prefix: String? = nil) throws -> ToolResult {
        var environment = ["DESTDIR": "\(folder)/root", "PROGRAMS": "\(folder)/built", "MANUAL": "\(folder)/manual", "STRIP": "true"]
        environment["PREFIX"] = prefix
        return try runTool("\(packageFolder)/packaging/install.sh", words, environment: environment, bound: 60_000)
    }

    private func files() throws -> [String] {
        try shell("cd '\(folder)/root' && find . ! -type d | sort").text.split(separator: "\n").map { String($0.dropFirst()) }
    }

    private func end() { _ = try? shell("rm -rf '\(folder)'") }

    @Test("Everything is installed below PREFIX, units name the programs there, and uninstall leaves nothing")
    func thereAndBack() throws {
        defer { end() }
        try build()
        for prefix in [nil, "/opt/ringlight"] {
            let place = prefix ?? "/usr/local"
            let result = try install("install", "programs", "module", prefix: prefix)
            #expect(result.status == 0, "\(result.errors)")
            let files = try files()
            for path in [
                "bin/ledctl", "bin/e1000-uio", "sbin/ledd", "sbin/e1000d", "lib/systemd/system/ledd.service", "lib/systemd/system/ledd.socket",
                "lib/udev/rules.d/60-ringlight.rules", "lib/sysusers.d/ringlight.conf", "lib/tmpfiles.d/ringlight.conf",
                "lib/modules-load.d/ringlight.conf", "share/man/man1/ledctl.1.gz", "share/man/man4/ringlight.4.gz", "share/man/man5/ledd.toml.5.gz",
                "share/man/man8/ledd.8.gz", "share/bash-completion/completions/ledctl", "share/zsh/site-functions/_ledctl",
                "share/fish/vendor_completions.d/e1000-uio.fish",
            ] {
                #expect(files.contains("\(place)/\(path)"), "\(path)")
            }
            #expect(files.contains("/etc/ringlight/ledd.toml"))
            #expect(files.contains { $0.hasSuffix("/dkms.conf") } && files.contains { $0.hasSuffix("/ringlight.h") })
            let unit = try shell("grep ^ExecStart= '\(folder)/root\(place)/lib/systemd/system/ledd.service'").text
            #expect(unit == "ExecStart=\(place)/sbin/ledd\n")
            // Again over itself, as an upgrade does.
            #expect(try install("install", prefix: prefix).status == 0)

            let removal = try install("uninstall", "programs", "module", prefix: prefix)
            #expect(removal.status == 0 && removal.errors == "", "\(removal.errors)")
            #expect(try self.files() == [])
            #expect(try shell("find '\(folder)/root' -type d -name '*ringlight*' ! -path '*/opt/ringlight*'").text == "")
        }
    }

    @Test("A configuration that was changed survives an installation and a removal")
    func configuration() throws {
        defer { end() }
        try build()
        #expect(try install("install").status == 0)
        #expect(try shell("echo '# mine' > '\(folder)/root/etc/ringlight/ledd.toml'").status == 0)
        #expect(try install("install").status == 0)
        let removal = try install("uninstall")
        #expect(removal.status == 0 && removal.errors.contains("ledd.toml was changed, and stays"))
        #expect(try files() == ["/etc/ringlight/ledd.toml"])
        #expect(try shell("cat '\(folder)/root/etc/ringlight/ledd.toml'").text == "# mine\n")
    }

    @Test("What is not built, an unknown part and an unknown action are refused")
    func refusals() throws {
        defer { end() }
        let missing = try install("install")
        #expect(missing.status == 1 && missing.errors.contains("make tools man"), "\(missing.errors)")
        #expect(try install("install", "everything").status == 64)
        #expect(try install("upgrade").status == 64)
    }
}
