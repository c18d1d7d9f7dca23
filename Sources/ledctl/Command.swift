import ArgumentParser
import ToolSupport

@main
struct LEDCtl: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledctl",
        abstract: "Set, read and blink the keyboard's lights.",
        discussion: """
            The lights are capslock, numlock and scrolllock; wildcards such as '*lock' choose several. \
            'list' and 'get' work for everyone and without the kernel module; the rest needs ringlight.ko.

            Where ledd runs, it is asked: it knows who wants which light, and shows what matters most. Where it does not \
            run, or with --no-daemon, lights are set through the module's nodes, /dev/ringlight/*.

            Examples:
              ledctl list
              ledctl set capslock on
              ledctl release capslock
              ledctl notify --pattern morse:SOS "disk is full"
              ledctl watch --json
              ledctl doctor

            Environment: RINGLIGHT_SOCKET (instead of /run/ringlight/ledd.sock), RINGLIGHT_LIGHT_DIRECTORY (instead of \
            /dev/ringlight) and RINGLIGHT_SYSFS (instead of /sys) point to other places.

            Exit codes: 0 done, 1 failed, 64 unusable command line, 130 'notify' was interrupted.
            """,
        version: ringlightVersion,
        subcommands: [
            List.self, Get.self, Set.self, Release.self, Notify.self, Watch.self, Save.self, Restore.self, Doctor.self,
        ])

    static func main() { Tool.run(Self.self) }
}
