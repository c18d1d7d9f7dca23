import ChildProcess
import DeviceAccess
@testable import E1000
import Glibc
import TestSupport
import Testing

@Suite("Packets")
struct PacketTests {
    @Test("a packet that is dropped traps")
    func leak() async {
        await #expect(processExitsWith: .failure) {
            let fake = FakeMemory()
            var arena = DMAArena(fake.memory)
            var pool = try PacketPool(count: 4, in: &arena)
            let packet = pool.get()
            _ = consume packet
        }
        // The same without the drop ends well: it is the drop that traps.
        await #expect(processExitsWith: .success) {
            let fake = FakeMemory()
            var arena = DMAArena(fake.memory)
            var pool = try PacketPool(count: 4, in: &arena)
            if let packet = pool.get() { pool.put(packet) }
        }
    }

    @Test("a packet of another pool traps")
    func foreign() async {
        await #expect(processExitsWith: .failure) {
            let fake = FakeMemory()
            var arena = DMAArena(fake.memory)
            var pool = try PacketPool(count: 4, in: &arena)
            var other = try PacketPool(count: 4, in: &arena)
            if let packet = other.get() { pool.put(packet) }
        }
    }

    @Test("use after send does not compile")
    func useAfterSend() throws {
        let good = "func f(_ card: inout Controller, _ packet: consuming Packet) { card.put(packet) }"
        let bad = "func f(_ card: inout Controller, _ packet: consuming Packet) { card.put(packet); print(packet.length) }"
        let twice = "func f(_ card: inout Controller, _ packet: consuming Packet) { card.put(packet); card.put(packet) }"
        let fine = try compile(good)
        #expect(fine.status == 0, "\(fine.errors)")
        let late = try compile(bad)
        #expect(late.status == 1 && late.errors.contains("'packet' used after consume"), "\(late.errors)")
        let again = try compile(twice)
        #expect(again.status == 1 && again.errors.contains("'packet' consumed more than once"), "\(again.errors)")
    }

    @Test("the README's example compiles")
    func readme() throws {
        let text = try #require(fileText("\(packageFolder)/README.md"))
        let example = try #require(text.split(separator: "```swift\n").dropFirst().first?.split(separator: "```").first)
        let body = example.replacing("import DeviceAccess\n", with: "").replacing("import E1000\n", with: "")
        let result = try compile("func example() throws {\n\(body)}")
        #expect(result.status == 0, "\(result.errors)")
    }

    @Test("the tutorial shows the example program, and that is at most 65 lines long")
    func tutorial() throws {
        let program = try #require(fileText("\(packageFolder)/Examples/forwarder/main.swift"))
        let article = try #require(fileText("\(packageFolder)/Sources/E1000/E1000.docc/Forwarder.md"))
        #expect(article.contains("```swift\n\(program)```\n"))
        #expect(program.split(separator: "\n").count <= 65)
    }

    private func fileText(_ path: String) -> String? {
        let file = open(path, O_RDONLY)
        guard file >= 0 else { return nil }
        defer { close(file) }
        return String(decoding: contents(of: file), as: UTF8.self)
    }

    /// Compiles a source that imports the driver as a user would, without output.
    private func compile(_ source: String) throws -> ToolResult {
        let compiler = try #require(ChildProcess.find("swiftc"))
        let maps = ["CVolatile", "CLinux", "CRinglight", "CVFIO"].flatMap {
            ["-Xcc", "-fmodule-map-file=\(productFolder)/\($0).build/module.modulemap"]
        }
        // Emitting SIL runs the checks of ownership, which come after the types'.
        return try runTool(
            compiler, ["-swift-version", "6", "-I", "\(productFolder)/Modules"] + maps + ["-emit-sil", "-o", "/dev/null", "-"],
            environment: ["HOME": "/tmp"], input: Array("import DeviceAccess\nimport E1000\n\(source)\n".utf8))
    }
}
