import Glibc
import Lab
import Testing

/// The debug kernel finds mistakes: without this, that it reports nothing would say nothing. Only where `make debug-kernel-test` has
/// set it up.
@Suite(.serialized, .enabled(if: guestHasDebugKernel, "the guest's kernel is not the debug kernel"))
struct DebugKernelTests {
    @Test("A kernel that has nothing to report passes")
    func clean() throws {
        try withGuest(.lights()) { guest in try guest.write("1", to: .capslock) }
    }

    @Test("Each mistake of Lab/guest/broken is reported, and fails a test", arguments: [
        ("use-after-free", "KASAN: use-after-free"), ("out-of-bounds", "KASAN: slab-out-of-bounds"),
        ("sleep", "BUG: sleeping function called from invalid context"), ("deadlock", "WARNING: possible circular locking dependency"),
        ("leak", "unreferenced object"), ("warning", "WARNING: "),
    ])
    func found(mistake: String, report: String) throws {
        let error = try #require(throws: GuestError.self) {
            try withGuest { guest in _ = try guest.output(of: "modprobe broken mistake=\(mistake)") }
        }
        #expect("\(error)".contains(report), "\(error)")
    }
}

private let guestHasDebugKernel = getenv("RINGLIGHT_GUEST").map { access(String(cString: $0) + "/broken.ko", R_OK) == 0 } ?? false
