import Glibc

/// How often something is repeated: as an environment variable says, else as often as there is time for in every run.
public func asked(times variable: String, else usual: Int) -> Int {
    getenv(variable).flatMap { Int(String(cString: $0)) } ?? usual
}
