import ChildProcess
import Glibc
import TestSupport
import Testing

/// What the programs tell the shells of themselves, as the shells read it.
@Suite struct CompletionTests {
    static let programs = [("ledctl", "notify"), ("e1000-uio", "selftest"), ("ledd", "--check"), ("e1000d", "--no-offload")]

    /// Writes a program's completions for a shell where the shell looks for them, and runs a script there.
    private func read(_ program: String, by shell: String, as file: String, _ script: String) throws -> String {
        let path = try #require(ChildProcess.find(shell), "no \(shell); 'make prepare' installs it")
        var template = Array("/tmp/ringlight-completion-XXXXXX".utf8CString)
        let folder = try #require(mkdtemp(&template).map { String(cString: $0) })
        defer { removeTree(folder) }
        let completion = try runTool(program, ["--generate-completion-script", shell])
        try #require(completion.status == 0, "\(completion.errors)")
        try write(completion.output, to: "\(folder)/\(file)")
        let result = try runTool(
            path, ["-c", script],
            environment: ["folder": folder, "file": "\(folder)/\(file)", "HOME": folder, "PATH": "\(productFolder):/usr/bin:/bin"])
        #expect(result.status == 0 && result.errors == "", "\(shell), \(program): \(result.errors)")
        return result.text
    }

    @Test("bash", arguments: programs)
    func bash(program: String, word: String) throws {
        let start = String(word.prefix(word.count - 2))
        let words = try read(
            program, by: "bash", as: program,
            """
            bash -n "$file" && source "$file"
            function=$(complete -p \(program) | sed 's/.* -F \\([^ ]*\\) .*/\\1/')
            COMP_WORDS=(\(program) \(start)) COMP_CWORD=1 COMP_LINE="\(program) \(start)" COMP_POINT=${#COMP_LINE} COMP_TYPE=9 COMP_KEY=9
            "$function" \(program) \(start) \(program)
            printf '%s\\n' "${COMPREPLY[@]}"
            """)
        #expect(words.split(separator: "\n").map { $0.filter { $0 != " " } }.contains(word), "\(words)")
    }

    @Test("zsh", arguments: programs)
    func zsh(program: String, word: String) throws {
        let text = try read(
            program, by: "zsh", as: "_\(program)",
            """
            zsh -n "$file" || exit
            fpath=("$folder" $fpath)
            autoload -Uz compinit && compinit -D -u
            print -r -- "$_comps[\(program)]"
            autoload +X _\(program) && functions _\(program) >/dev/null && cat "$file"
            """)
        #expect(text.hasPrefix("_\(program)\n"))
        #expect(text.contains(word))
    }

    @Test("fish", arguments: programs)
    func fish(program: String, word: String) throws {
        let start = String(word.prefix(word.count - 2))
        let words = try read(
            program, by: "fish", as: "\(program).fish",
            """
            fish --no-execute "$file"; and source "$file"
            complete --do-complete "\(program) \(start)"
            """)
        #expect(words.split(separator: "\n").contains { $0.split(separator: "\t").first.map(String.init) == word }, "\(words)")
    }
}
