import Glibc

// What libFuzzer, whose main function is this program's, calls (llvm.org/docs/LibFuzzer.html, "Fuzz Target", "Startup initialization").

private let usage = "usage: fuzz --list | fuzz --seeds NAME FOLDER | fuzz NAME [libFuzzer's arguments]\n"

/// The first word is ours; libFuzzer gets the others.
@_cdecl("LLVMFuzzerInitialize")
public func initialize(
    _ count: UnsafeMutablePointer<CInt>, _ words: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>
) -> CInt {
    let arguments = CommandLine.arguments
    switch arguments.count > 1 ? arguments[1] : "" {
    case "--list":
        for target in Target.all { print(target.name) }
        exit(0)
    case "--seeds" where arguments.count == 4 && Target.named(arguments[2]) != nil:
        for (number, seed) in Target.named(arguments[2])!.seeds().enumerated() { write(seed, to: "\(arguments[3])/seed-\(number)") }
        exit(0)
    case let name where Target.named(name) != nil:
        Target.chosen = Target.named(name)
        // Its own name stays the first word.
        for index in 1..<Int(count.pointee) { words.pointee[index] = words.pointee[index + 1] }
        count.pointee -= 1
        Target.chosen!.check()
        return 0
    default:
        _ = Glibc.write(STDERR_FILENO, usage, usage.utf8.count)
        exit(64)
    }
}

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    Target.chosen!.run(Array(UnsafeBufferPointer(start: data, count: size)))
    return 0
}
