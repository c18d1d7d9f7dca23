import CSystemd
import Clocks
import Glibc
import Logging
import Systemd

/// Files that appear in a directory: made there, or moved in (inotify(7)).
///
/// What is kept is whether there is one, not which: a directory may hold millions.
final class FileSource: EventSource {
    /// From one look through the directory to the next.
    private static let pause: Int64 = 100_000_000
    /// Until a directory that cannot be watched is tried again.
    private static let retry: Int64 = 10_000_000_000

    private let rule: FileRule
    private let claim: RuleClaim
    private let loop: EventLoop
    private var inotify: Int32 = -1
    private var watch: EventWatch?
    private var timer: EventWatch?
    /// The watch of the directory, or while it does not exist of one above it, where `awaited` has to appear.
    private var descriptor: Int32 = -1
    private var awaited: String?
    private var nextLook: Int64 = 0
    private var isPresent = false
    private var hasComplained = false

    init(_ rule: FileRule, claim: RuleClaim, loop: EventLoop) {
        (self.rule, self.claim, self.loop) = (rule, claim, loop)
    }

    func start() {
        do {
            timer = try loop.timer(at: nil) { [weak self] in self?.wake() }
        } catch {
            claim.log.error("rule \(claim.rule.name): \(error) (restart ledd)")
            return
        }
        arm(isStart: true)
    }

    func stop() {
        disarm()
        timer = nil
        claim.end()
    }

    // MARK: Watching

    private func disarm() {
        watch = nil
        if inotify >= 0 { close(inotify) }
        (inotify, descriptor, awaited) = (-1, -1, nil)
    }

    /// Watches the directory, or the nearest one above it that exists.
    private func arm(isStart: Bool = false) {
        disarm()
        inotify = inotify_init1(Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC))
        guard inotify >= 0 else { return complain("inotify", errno, "raise fs.inotify.max_user_instances") }
        do {
            watch = try loop.watch(inotify, for: UInt32(EPOLLIN.rawValue)) { [weak self] _ in self?.read() }
        } catch {
            return complain("\(error)")
        }
        // The directory may come while the one above it is looked for; whoever plays with it must not hold this thread.
        for _ in 0..<8 {
            if add(rule.directory, IN_CREATE | IN_MOVED_TO | IN_DELETE | IN_MOVED_FROM | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR) {
                awaited = nil
                if hasComplained { claim.log.notice("rule \(claim.rule.name): \(rule.directory) is watched now") }
                hasComplained = false
                // Files that are there: also those that came before the watch did.
                if rule.countsPresent || !isStart { look(isNews: true) }
                return
            }
            guard errno == ENOENT || errno == ENOTDIR else {
                return complain(rule.directory, errno, "check its permissions, and fs.inotify.max_user_watches")
            }
            if waitAbove() { return }
        }
        again(in: Self.pause)
    }

    /// Watches the nearest directory that exists above one that does not.
    /// - Returns: false when it exists by now.
    private func waitAbove() -> Bool {
        var path = rule.directory
        while path.count > 1 {
            let parts = path.split(separator: "/")
            guard let name = parts.last else { return false }
            path = "/" + parts.dropLast().joined(separator: "/")
            guard add(path, IN_CREATE | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR) else {
                if errno == ENOENT || errno == ENOTDIR { continue }
                complain(path, errno, "check its permissions")
                return true
            }
            awaited = String(name)
            var status = stat()
            let isThere = lstat("\(path)/\(name)", &status) == 0
            if isThere && status.st_mode & S_IFMT == S_IFDIR {
                inotify_rm_watch(inotify, descriptor)
                return false
            }
            if isThere {
                // A file, or a link that leads nowhere: its end is not told.
                again(in: Self.retry)
            }
            return true
        }
        return false
    }

    private func add(_ path: String, _ events: Int32) -> Bool {
        descriptor = inotify_add_watch(inotify, path, UInt32(bitPattern: events))
        return descriptor >= 0
    }

    private func complain(_ what: String, _ number: Int32, _ remedy: String) {
        complain("\(what): cannot be watched: \(String(cString: strerror(number))) (\(remedy))")
    }

    /// Once, until it works; tried again.
    private func complain(_ sentence: String) {
        if !hasComplained { claim.log.warning("rule \(claim.rule.name): \(sentence)") }
        hasComplained = true
        disarm()
        again(in: Self.retry)
    }

    private func again(in time: Int64) { timer?.fire(at: Clocks.monotonic + time) }

    // MARK: Events

    private func wake() {
        if awaited != nil || descriptor < 0 { arm() } else { look(isNews: rule.countsPresent) }
    }

    private func read() {
        // One buffer a wake-up; what is left wakes again.
        var wantsLook = false
        var wantsArm = false
        var newest: String?
        withUnsafeTemporaryAllocation(byteCount: 16384, alignment: 8) { buffer in
            let count = Glibc.read(inotify, buffer.baseAddress!, buffer.count)
            var offset = 0
            while offset + MemoryLayout<inotify_event>.size <= count {
                let event = buffer.loadUnaligned(fromByteOffset: offset, as: inotify_event.self)
                let start = offset + MemoryLayout<inotify_event>.size
                let name = String(decoding: buffer[start..<start + Int(event.len)].prefix { $0 != 0 }, as: UTF8.self)
                offset = start + Int(event.len)
                if event.mask & UInt32(IN_Q_OVERFLOW) != 0 { (wantsLook, wantsArm) = (true, wantsArm || awaited != nil) }
                guard event.wd == descriptor else { continue }
                if event.mask & UInt32(bitPattern: IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED) != 0 {
                    wantsArm = true
                } else if let awaited {
                    if name == awaited { wantsArm = true }
                } else if matches(name) {
                    if event.mask & UInt32(IN_CREATE | IN_MOVED_TO) != 0 { newest = name } else { wantsLook = true }
                }
            }
        }
        if let newest {
            isPresent = true
            claim.raise("\(rule.directory)/\(newest)")
        }
        if wantsArm {
            if awaited == nil { setPresent(nil) }
            arm()
        } else if wantsLook {
            timer?.fire(at: max(nextLook, Clocks.monotonic))
        }
    }

    private func matches(_ name: String) -> Bool { fnmatch(rule.glob, name, Int32(FNM_PERIOD)) == 0 }

    /// Whether there is a file; ends with the first one.
    ///
    /// - Parameter isNews: whether one that was not known begins the claim; otherwise this can only end it.
    private func look(isNews: Bool) {
        nextLook = Clocks.monotonic + Self.pause
        guard let stream = opendir(rule.directory) else {
            setPresent(nil)
            disarm()
            return again(in: Self.pause)
        }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." && matches(name) { return isNews || isPresent ? setPresent(name) : () }
        }
        setPresent(nil)
    }

    private func setPresent(_ name: String?) {
        let was = isPresent
        isPresent = name != nil
        if let name, !was { claim.raise("\(rule.directory)/\(name)") }
        if name == nil && was { claim.lower() }
    }
}
