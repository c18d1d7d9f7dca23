import Testing

@testable import Lab

struct ConsoleLogTests {
    @Test(
        "The kernel's last words are recognised",
        arguments: [
            "[    2.0] Kernel panic - not syncing: sysrq triggered crash", "[ 1.0] Oops: 0002 [#1] PREEMPT SMP NOPTI",
            "[ 1.0] kernel BUG at mm/slub.c:1!", "[ 1.0] BUG: unable to handle page fault for address: 0000000000000008",
            "[ 1.0] BUG: KASAN: slab-use-after-free in light_write+0x1/0x2 [ringlight]",
        ])
    func fatal(line: String) {
        var log = ConsoleLog()
        log.append(Array("booting\r\nfine\r\n".utf8))
        #expect(log.lastWords == nil)
        // In two pieces, as a serial line gives it.
        log.append(Array(line.utf8.prefix(12)))
        log.append(Array(line.utf8.dropFirst(12)) + [13, 10] + Array("more\r\nKernel panic - not syncing: second\r\n".utf8))
        #expect(log.lastWords == line)
        #expect(log.tail(2) == "more\nKernel panic - not syncing: second")
    }

    @Test("Warnings and a program's faults are not the kernel's end")
    func harmless() {
        var log = ConsoleLog()
        log.append(Array("WARNING: CPU: 0\r\ntraps: x[1] general protection fault ip:0\r\nBUG: workqueue lockup\r\n".utf8))
        #expect(log.lastWords == nil)
    }

    @Test("A console without end stays bounded, and keeps the latest")
    func bounded() {
        var log = ConsoleLog()
        let line = [UInt8](repeating: 0x2e, count: 65535) + [0x0a]
        for _ in 0..<100 { log.append(line) }
        log.append(Array("Kernel panic - not syncing: at last\n".utf8))
        #expect(log.text.utf8.count <= 4 << 20)
        #expect(log.lastWords == "Kernel panic - not syncing: at last")
        #expect(log.tail(1) == "Kernel panic - not syncing: at last")
    }

    @Test("Complaints in a kernel log are found, ordinary lines are not")
    func complaints() {
        let log = """
            [    0.0] Linux version 6.1
            [    1.0] ringlight: loading out-of-tree module taints kernel.
            [    2.0] WARNING: CPU: 0 PID: 1 at kernel/x.c:1
            [    2.0] BUG: sleeping function called from invalid context
            [    2.0] irq 11: nobody cared (try booting with the "irqpoll" option)
            [    3.0] random: crng init done
            """
        #expect(Guest.complaints(in: log).count == 3)
    }
}
