import Glibc
import Lab
import Testing

/// What every other guest test stands on.
@Suite(.serialized, .showsConsole)
struct LauncherTests {
    @Test("A command's output, errors and exit code come through, byte for byte")
    func commands() throws {
        try withGuest { guest in
            let result = try guest.run("printf 'a\\000b\\n'; echo oops >&2; exit 7")
            #expect(result.status == 7)
            #expect(result.output == [0x61, 0, 0x62, 0x0a])
            #expect(result.errors == "oops\n")
            #expect(try guest.output(of: "uname -s") == "Linux")
            #expect(throws: GuestError.self) { try guest.output(of: "false") }
        }
    }
}
