extension Guest {
    /// The kernel's log (`dmesg`).
    public func kernelLog() throws(GuestError) -> String { try output(of: "dmesg") }

    /// Passes if the kernel has nothing to complain about.
    ///
    /// Takes some 10 seconds in a kernel that looks for lost memory (kmemleak), for it looks then.
    /// - Throws: `GuestError.kernelComplained` with the lines of warnings, bugs, lockdep and sanitizer reports.
    public func checkKernelLog() throws(GuestError) {
        let leaks = try lostMemory().split(separator: "\n").map(String.init)
        let complaints = Self.complaints(in: try kernelLog()) + leaks.prefix(60)
        guard complaints.isEmpty else { throw .kernelComplained(complaints) }
    }

    /// kmemleak's reports; empty also where the kernel has no kmemleak.
    private func lostMemory() throws(GuestError) -> String {
        // What is younger than five seconds is not looked at, and what has changed since the last look is not told.
        let script = """
            file=/sys/kernel/debug/kmemleak
            [ -w $file ] || exit 0
            sleep 6
            echo scan > $file && echo scan > $file && cat $file
            """
        return try output(of: script, within: .seconds(120))
    }

    /// Lines that begin a report of trouble. The words are the kernel's own: `lib/bug.c`, `kernel/panic.c`, lockdep, KASAN,
    /// DMA-API.
    static func complaints(in log: String) -> [String] {
        let marks = [
            "WARNING: ", "BUG: ", "kernel BUG at", "Oops: ", "INFO: task ", "INFO: possible", "INFO: trying to register",
            "INFO: rcu_", "general protection fault, ", "Call Trace:", "DMA-API: ", "UBSAN: ", "refcount_t: ",
            "unreferenced object", "nobody cared",
        ]
        return log.split(separator: "\n").map(String.init).filter { line in marks.contains(where: line.contains) }
    }
}
