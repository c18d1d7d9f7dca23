extension Guest {
    /// The kernel's log (`dmesg`).
    public func kernelLog() throws(GuestError) -> String { try output(of: "dmesg") }

    /// Passes if the kernel has nothing to complain about.
    /// - Throws: `GuestError.kernelComplained` with the lines of warnings, bugs, lockdep and sanitizer reports.
    public func checkKernelLog() throws(GuestError) {
        let complaints = Self.complaints(in: try kernelLog())
        guard complaints.isEmpty else { throw .kernelComplained(complaints) }
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
