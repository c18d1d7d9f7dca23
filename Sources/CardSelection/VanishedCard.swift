import Glibc

/// A mapped card that is unplugged or unbound turns each access into SIGBUS.
///
/// Nothing can be unwound from there (the access has no result), so the tool says what happened and ends;
/// the kernel has silenced the card already, and QEMU's and the files' descriptors close with the process.
enum VanishedCard {
    private static let message: StaticString =
        "ringlight: the card is gone: it was unplugged or unbound while in use (see 'e1000-uio list')\n"

    static func reportOnBusError() {
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { _ in
            _ = write(STDERR_FILENO, VanishedCard.message.utf8Start, VanishedCard.message.utf8CodeUnitCount)
            _exit(1)
        }
        // Once: a second SIGBUS inside the handler must end the process.
        action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND))
        _ = message
        sigaction(SIGBUS, &action, nil)
    }
}
