import Glibc
import KeyboardLights

/// Why this process may not write to a node.
struct NodePermission {
    let path: String
    let mode: mode_t
    /// The node's; `nil` for root's, or one without a name.
    let group: Accounts.Group?
    let user: String
    /// Those that this process has, which are from the time that its session began.
    let ownGroups: [gid_t]

    init(path: String, mode: mode_t, group: Accounts.Group?, user: String, ownGroups: [gid_t]) {
        (self.path, self.mode, self.group, self.user, self.ownGroups) = (path, mode, group, user, ownGroups)
    }

    /// Looks.
    init(of path: String) {
        var status = stat()
        _ = stat(path, &status)
        var group = status.st_gid == 0 ? nil : Accounts.group(status.st_gid)
        let account = Accounts.user(geteuid())
        let user = account?.name ?? "\(geteuid())"
        if let entry = group, account?.group == entry.id {
            group = Accounts.Group(id: entry.id, name: entry.name, members: entry.members + [user])
        }
        var groups = [gid_t](repeating: 0, count: 1024)
        let count = getgroups(Int32(groups.count), &groups)
        self.init(
            path: path, mode: status.st_mode, group: group, user: user,
            ownGroups: Array(groups.prefix(Int(max(0, count)))) + [getegid()])
    }

    var finding: Finding {
        guard let group, mode & 0o020 != 0 else {
            return Finding(.permission, path, "permission denied, and no group may write to it",
                remedy: "install Ringlight's udev rules and load the module anew, or use sudo")
        }
        if group.members.contains(user), !ownGroups.contains(group.id) {
            return Finding(.session, path, "permission denied: \(user) has joined the group '\(group.name)' after this session began",
                remedy: "log out and in again, or run 'newgrp \(group.name)'")
        }
        return Finding(.permission, path, "permission denied: only the group '\(group.name)' may write to it",
            remedy: "run 'usermod -aG \(group.name) \(user)' as root and log in again, or use sudo")
    }
}
