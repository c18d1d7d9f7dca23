import Glibc

/// Users and groups of this machine, as `/etc/passwd` and `/etc/group` have them.
///
/// Read by hand, and not through the name service: that loads libraries at run time, which a static program must not count on,
/// and the group that may use lights is made on this machine.
public enum Accounts {
    public struct Group: Sendable, Equatable {
        public let id: UInt32
        public let name: String
        /// Those whom the group itself names; others may have it as their first.
        public let members: [String]

        public init(id: UInt32, name: String, members: [String]) { (self.id, self.name, self.members) = (id, name, members) }
    }

    public static func group(_ id: UInt32, file: String = "/etc/group") -> Group? {
        fields(file).first { $0.count >= 4 && UInt32($0[2]) == id }.map {
            Group(id: id, name: String($0[0]), members: $0[3].split(separator: ",").map(String.init))
        }
    }

    /// A user's name and first group.
    public static func user(_ id: UInt32, file: String = "/etc/passwd") -> (name: String, group: UInt32)? {
        fields(file).first { $0.count >= 4 && UInt32($0[2]) == id }.flatMap { fields in UInt32(fields[3]).map { (String(fields[0]), $0) } }
    }

    private static func fields(_ file: String) -> [[Substring]] {
        (textFile(file) ?? "").split(separator: "\n").map { $0.split(separator: ":", omittingEmptySubsequences: false) }
    }
}
