import ChildProcess
import Glibc
import ToolSupport

/// Programs of this checkout.
public enum BuiltProgram {
    /// One that was built beside this program, else one of the releases.
    /// - Throws: `Problem` when it was built in neither way.
    public static func path(_ name: String) throws(Problem) -> String {
        for folder in ["", "/../../lean/release", "/../release"].map({ OwnProgram.folder + $0 }) where access("\(folder)/\(name)", X_OK) == 0 {
            return "\(folder)/\(name)"
        }
        throw Problem("\(OwnProgram.folder)/\(name)", "not built", remedy: "run 'make bench' or 'make demo', which build what they need")
    }
}
