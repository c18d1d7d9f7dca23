import ChildProcess
import Glibc

/// QEMU as nothing but a device: no guest, no root, no KVM, no file.
///
/// The CPU executes `hlt`, the VM runs, the card works; PCI configuration and registers go through qtest, the
/// guest's RAM is a memory file that both sides map, and interrupts are the I/O APIC's inputs.
/// Everything is an inherited descriptor, so that nothing is left behind, and the child dies with us.
@safe public final class QEMUDevice: DeviceBackend, RemoteRegisters {
    /// Where BAR0 is put: below the I/O APIC, above RAM.
    private static let bar0: UInt32 = 0xfeb0_0000
    private static let bar0Size = 0x20000
    /// DMA memory starts above the first megabytes, where PC hardware has holes in its RAM.
    private static let dmaStart = 16 << 20
    private static let slot: UInt32 = 3
    private static let interruptLine = 11

    private let child: ChildProcess
    private let qtest: QTestConnection
    private let errorFile: Int32
    private let mapping: UnsafeMutableRawPointer
    private let mappingSize: Int

    /// Starts QEMU and makes its card ready for a driver.
    ///
    /// - Throws: `.notFound` without QEMU, `.refused` with QEMU's own words when it does not accept an option,
    ///   `.timeout` when it does not come up within 10 s.
    public static func start(_ options: QEMUOptions) throws(DeviceError) -> Device {
        let backend = try QEMUDevice(options)
        let deviceID = try backend.configureBus()
        let dma = unsafe DMAMemory(
            unsafeBase: backend.mapping, size: backend.mappingSize, busAddress: UInt64(dmaStart))
        return Device(
            name: "qemu", wayIn: "qemu", deviceID: deviceID, isEmulated: true,
            registers: RegisterSpace(remote: backend, size: bar0Size), dma: dma, backend: backend)
    }

    private init(_ options: QEMUOptions) throws(DeviceError) {
        guard let program = ChildProcess.find(options.program) else {
            throw DeviceError(
                .notFound, options.program, "no such program",
                remedy: "install it (Debian: apt install qemu-system-x86) or give its path with --qemu")
        }
        let size = options.dmaSize
        guard size > 0, size.isMultiple(of: 1 << 20), size <= 1 << 30 else {
            throw DeviceError(.refused, "DMA memory", "\(size) bytes is not a multiple of 1 MiB up to 1 GiB")
        }
        let total = Self.dmaStart + size
        let memory = try Self.memoryFile("ringlight-dma", size: total)
        let firmware = try Self.memoryFile("ringlight-halt", size: 65536)
        let errors = try Self.memoryFile("ringlight-errors", size: 0)
        defer {
            Glibc.close(memory)
            Glibc.close(firmware)
        }
        Self.writeHaltingFirmware(to: firmware)

        var pair: [Int32] = [-1, -1]
        guard unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &pair) == 0 else {
            throw DeviceError(.system, "qemu", "socketpair: \(systemReason())")
        }
        let null = unsafe Glibc.open("/dev/null", O_RDWR | O_CLOEXEC)
        defer {
            Glibc.close(pair[1])
            Glibc.close(null)
        }
        qtest = QTestConnection(socket: pair[0])
        errorFile = errors
        do {
            child = try ChildProcess(
                path: program, arguments: Self.arguments(options, memory: total),
                descriptors: [null, errors, errors, memory, firmware, pair[1]] + options.extraDescriptors)
        } catch {
            Glibc.close(errors)
            throw DeviceError(.notFound, "qemu", "\(error)")
        }
        let pointer = unsafe mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, memory, Self.dmaStart)
        guard let pointer = unsafe pointer, unsafe pointer != MAP_FAILED else {
            let reason = systemReason()
            child.end(within: 0)
            Glibc.close(errors)
            throw DeviceError(.system, "DMA memory", "mmap of \(size) bytes: \(reason)")
        }
        unsafe mapping = unsafe pointer
        mappingSize = size
    }

    deinit {
        unsafe munmap(mapping, mappingSize)
        Glibc.close(errorFile)
    }

    /// Descriptors in QEMU: 3 RAM, 4 firmware, 5 qtest.
    private static func arguments(_ options: QEMUOptions, memory: Int) -> [String] {
        var device = "\(options.model),netdev=n0,addr=\(slot)"
        if let address = options.macAddress { device += ",mac=\(quoted(address))" }
        var words = [
            "-nodefaults", "-no-user-config", "-display", "none", "-accel", "tcg",
            "-machine", "pc,memory-backend=m",
            "-object", "memory-backend-file,id=m,share=on,mem-path=/proc/self/fd/3,size=\(memory)",
            "-bios", "/proc/self/fd/4",
            "-chardev", "socket,id=q,fd=5", "-object", "qtest,id=qtest,chardev=q,log=/dev/null",
            "-netdev", "\(options.netdev),id=n0", "-device", device,
        ]
        if let file = options.wireCapture { words += ["-object", "filter-dump,id=wire,netdev=n0,file=\(quoted(file))"] }
        return words + options.extraArguments
    }

    /// A comma in a QEMU option's value is written twice.
    private static func quoted(_ value: String) -> String {
        value.split(separator: ",", omittingEmptySubsequences: false).joined(separator: ",,")
    }

    private static func memoryFile(_ name: String, size: Int) throws(DeviceError) -> Int32 {
        let file = ChildProcess.memoryFile(name)
        guard file >= 0, ftruncate(file, size) == 0 else {
            throw DeviceError(.system, name, "a memory file of \(size) bytes: \(systemReason())")
        }
        return file
    }

    /// 64 KiB of `hlt`; at the reset vector (0xfff0) `cli; hlt; jmp` back to the hlt.
    private static func writeHaltingFirmware(to file: Int32) {
        var image = [UInt8](repeating: 0xf4, count: 65536)
        image.replaceSubrange(0xfff0..<0xfff4, with: [0xfa, 0xf4, 0xeb, 0xfd])
        unsafe pwrite(file, image, image.count, 0)
    }

    // MARK: PCI

    /// What firmware would do: routes the interrupt, places BAR0, enables memory access and bus mastering.
    /// - Returns: the PCI device id.
    private func configureBus() throws(DeviceError) -> UInt16 {
        try explained { () throws(DeviceError) in
            let identity = try readConfiguration(Self.slot, 0x00)
            guard identity & 0xffff == 0x8086 else {
                throw DeviceError(
                    .refused, "qemu", "the model is not an Intel card (\(String(identity, radix: 16)))",
                    remedy: "choose e1000, e1000-82545em, e1000-82544gc or e1000e with --qemu-model")
            }
            // PIIX3 PIRQRC[A:D]: every PCI interrupt to one input of the I/O APIC.
            try writeConfiguration(1, 0x60, UInt32(Self.interruptLine) * 0x0101_0101)
            _ = try qtest.command("irq_intercept_in ioapic")
            try writeConfiguration(Self.slot, 0x10, Self.bar0)
            // Command: memory space, bus master.
            try writeConfiguration(Self.slot, 0x04, 0x0006)
            return UInt16(identity >> 16)
        }
    }

    /// PCI configuration mechanism #1 (PCI Local Bus Specification 3.0, 3.2.2.3.2), bus 0, function 0.
    private func select(_ slot: UInt32, _ register: UInt32) throws(DeviceError) {
        _ = try qtest.command("outl 0xcf8 0x\(String(0x8000_0000 | slot << 11 | register, radix: 16))")
    }

    private func readConfiguration(_ slot: UInt32, _ register: UInt32) throws(DeviceError) -> UInt32 {
        try select(slot, register)
        return UInt32(truncatingIfNeeded: try qtest.number("inl 0xcfc"))
    }

    private func writeConfiguration(_ slot: UInt32, _ register: UInt32, _ value: UInt32) throws(DeviceError) {
        try select(slot, register)
        _ = try qtest.command("outl 0xcfc 0x\(String(value, radix: 16))")
    }

    // MARK: RemoteRegisters

    public func read(_ offset: UInt32) throws(DeviceError) -> UInt32 {
        try explained { () throws(DeviceError) in
            UInt32(truncatingIfNeeded: try qtest.number("readl 0x\(String(Self.bar0 + offset, radix: 16))"))
        }
    }

    public func write(_ offset: UInt32, _ value: UInt32) throws(DeviceError) {
        try explained { () throws(DeviceError) in
            _ = try qtest.command("writel 0x\(String(Self.bar0 + offset, radix: 16)) 0x\(String(value, radix: 16))")
        }
    }

    // MARK: DeviceBackend

    /// Nothing to do: the line is seen as a level, so an unacknowledged cause is not a storm.
    public func enableInterrupt() throws(DeviceError) {}

    public func waitForInterrupt(nanoseconds: Int64, wake: Int32) throws(DeviceError) -> Bool {
        try explained { () throws(DeviceError) in
            try qtest.waitUntilRaised(Self.interruptLine, nanoseconds: nanoseconds, wake: wake)
        }
    }

    public func close() { child.end() }

    // MARK: Errors in QEMU's own words

    /// A lost connection is explained by how QEMU ended and by what it said.
    private func explained<Result>(_ body: () throws(DeviceError) -> Result) throws(DeviceError) -> Result {
        do {
            return try body()
        } catch {
            guard error.kind == .vanished else { throw error }
            // It closes its sockets a moment before it has ended.
            let status = child.wait(milliseconds: 1000)
            let words = ownWords()
            switch status {
            case 1 where !words.isEmpty:
                throw DeviceError(.refused, "qemu", words, remedy: "see the options that were given to QEMU")
            case let status? where status > 128:
                throw DeviceError(.vanished, "qemu", "killed by signal \(status - 128)" + (words.isEmpty ? "" : "; it said: \(words)"))
            case let status?:
                throw DeviceError(.vanished, "qemu", "it ended with status \(status)" + (words.isEmpty ? "" : ": \(words)"))
            case nil:
                throw error
            }
        }
    }

    /// QEMU's last lines of output, without its program name.
    private func ownWords() -> String {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let size = Int(lseek(errorFile, 0, SEEK_END))
        let count = unsafe pread(errorFile, &bytes, bytes.count, max(0, size - bytes.count))
        let lines = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self).split(separator: "\n")
        return lines.suffix(3).map { line in
            let parts = line.split(separator: ": ", maxSplits: 1)
            return parts.count == 2 && parts[0].hasPrefix("qemu-system") ? String(parts[1]) : String(line)
        }.joined(separator: "; ")
    }
}
