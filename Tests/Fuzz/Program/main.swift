import CFuzzer
import Glibc

// fuzz --list | fuzz --seeds NAME FOLDER | fuzz NAME [ARGUMENT OF libFuzzer'S …]

let arguments = CommandLine.arguments
switch arguments.count > 1 ? arguments[1] : "" {
case "--list":
    for target in Target.all { print(target.name) }
case "--seeds" where arguments.count == 4 && Target.named(arguments[2]) != nil:
    for (number, seed) in Target.named(arguments[2])!.seeds().enumerated() { write(seed, to: "\(arguments[3])/seed-\(number)") }
case let name where Target.named(name) != nil:
    Target.chosen = Target.named(name)
    var count = CommandLine.argc - 1
    var rest: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv + 1
    exit(
        LLVMFuzzerRunDriver(&count, &rest) { data, size in
            Target.chosen!.run(Array(UnsafeBufferPointer(start: data, count: size)))
            return 0
        })
default:
    let usage = "usage: fuzz --list | fuzz --seeds NAME FOLDER | fuzz NAME [libFuzzer's arguments]\n"
    _ = Glibc.write(STDERR_FILENO, usage, usage.utf8.count)
    exit(64)
}
