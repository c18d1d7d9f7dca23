import Lab
import Testing

/// Boots a guest for one test, pulls its plug afterwards in every case.
///
/// - Parameter kernelMayComplain: false: a warning or bug in the kernel log fails the test.
func withGuest<Result>(
    _ options: Guest.Options = .init(), kernelMayComplain: Bool = false, _ body: (Guest) throws -> Result
) throws -> Result {
    let guest = try Guest(options)
    defer { guest.end() }
    return try CurrentGuest.$guest.withValue(guest) {
        let result = try body(guest)
        if !kernelMayComplain { try guest.checkKernelLog() }
        return result
    }
}

/// The guest that the running test talks to.
enum CurrentGuest {
    @TaskLocal static var guest: Guest?
}

extension Trait where Self == IssueHandlingTrait {
    /// Adds the end of the guest's console to each failure within `withGuest`.
    static var showsConsole: Self {
        .compactMapIssues { issue in
            guard let guest = CurrentGuest.guest else { return issue }
            var issue = issue
            issue.comments.append("the guest's console:\n\(guest.consoleTail)")
            return issue
        }
    }
}
