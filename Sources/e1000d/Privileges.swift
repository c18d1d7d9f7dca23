import CLinux
import Glibc
import ToolSupport

/// What this process may do.
enum Privileges {
    /// CAP_KILL: a signal for another user's process (linux/capability.h).
    static let kill = 5

    /// Gives up every capability but these, and the way to get others.
    static func keep(_ capabilities: [Int]) throws {
        let result = ringlight_keep_capabilities(capabilities.reduce(0) { $0 | 1 << UInt64($1) })
        guard result == 0 else { throw failed(-result) }
    }

    /// Gives up everything: becomes the user, in the group that may talk to ledd, and without capabilities.
    ///
    /// An ordinary user stays who he is.
    static func drop(to user: String?) throws {
        if geteuid() == 0 {
            let (number, group) = try find(user)
            if number != 0 {
                let groups = getgrnam("ringlight").map { [$0.pointee.gr_gid] } ?? []
                let result = ringlight_become(number, group, groups, Int32(groups.count))
                guard result == 0 else { throw failed(-result) }
            }
        }
        try keep([])
    }

    /// The name may be a number, without an entry in the list of users.
    private static func find(_ user: String?) throws -> (uid_t, gid_t) {
        for name in user.map({ [$0] }) ?? ["e1000d", "nobody"] {
            if let entry = getpwnam(name) { return (entry.pointee.pw_uid, entry.pointee.pw_gid) }
            if let number = uid_t(name) { return (number, number) }
        }
        throw Problem("--user", "there is no user '\(user ?? "e1000d")'", remedy: "name one that there is; packages make 'e1000d'")
    }

    private static func failed(_ number: Int32) -> Problem {
        Problem("privileges", "they cannot be given up: \(String(cString: strerror(number)))", remedy: "where users are restricted, try '--user 0'")
    }
}
