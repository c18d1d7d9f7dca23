import KeyboardLights
import LightClaims
import TOML

extension Target {
    /// Lines on ledd's socket, and what `ledctl` reads there.
    static let requests = Target(
        name: "requests",
        seeds: {
            [
                #"{"v":1,"op":"claim","id":"i","source":"s","light":"numlock","priority":9,"urgency":"low","pattern":"morse:SOS","repeat":3,"#
                    + #""seconds":1.5,"until":"disconnect","replaces":"r","message":"m"}"#,
                #"{"v":1,"op":"release","id":"i"}"#, #"{"v":1,"op":"list"}"#, #"{"v":1,"ok":true,"seq":1,"claims":[],"lights":[]}"#,
            ].map { Array($0.utf8) }
        }
    ) { line in
        if let request = try? Wire.read(Request.self, from: line), let claim = try? request.claim(named: "n", from: "p") {
            require(Claim.priorities.contains(claim.priority) && Light.names.contains(claim.light), "\(claim)")
            let again = try? Wire.read(Request.self, from: Wire.line(Request(claim)).dropLast()).claim(named: "n", from: "p")
            require(again == claim, "\(claim), and then \(again.map { "\($0)" } ?? "nothing")")
        }
        _ = try? Wire.read(Reply.self, from: line)
    }

    /// Patterns: what is taken can be told to the kernel, and is not longer than it takes.
    static let patterns = Target(
        name: "patterns", seeds: { ["blink", "morse:SOS 73", "on:200,off:100,on:20,off:60000", "HEARTBEAT"].map { Array($0.utf8) } }
    ) { bytes in
        let text = String(decoding: bytes, as: UTF8.self)
        do throws(PatternError) {
            let pattern = try Pattern(parsing: text)
            for step in pattern.steps { require(step.milliseconds >= Pattern.shortestStep, "\(text)") }
            _ = pattern.kernelLine(repeats: 3)
        } catch {
            require((1...text.count + 1).contains(error.position), "\(text.debugDescription): \(error)")
        }
    }

    /// ledd's configuration as a text.
    static let toml = Target(
        name: "toml",
        seeds: {
            [
                "[[unit]]\nname = \"a.service\"\nlight = \"numlock\"\n",
                "a.b = [1, 2.5, true, 1979-05-27T07:32:00Z, 'x', \"\"\"y\"\"\"]\n[t]\nc = {d=1}",
            ]
                .map { Array($0.utf8) }
        }
    ) { bytes in
        do throws(SyntaxError) {
            _ = try Value.parse(String(decoding: bytes, as: UTF8.self))
        } catch {
            require(error.position.line >= 1 && error.position.column >= 1 && !error.why.isEmpty, "\(error)")
        }
    }
}
