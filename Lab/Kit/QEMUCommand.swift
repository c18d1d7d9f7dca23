/// QEMU's command line for a guest, and the descriptors that it inherits.
struct QEMUCommand {
    /// Descriptors of ours, by their use; QEMU gets them under the numbers below.
    struct Channels {
        var nothing: Int32
        /// Standard output and standard error.
        var words: Int32
        var console: Int32
        var agent: Int32
        var monitor: Int32
        /// One capture file a card.
        var captures: [Int32]
    }

    /// What fits into the descriptors that a child may inherit.
    static let mostCards = 5
    /// The first card's slot on the PCI bus.
    static let firstCardSlot = 3

    let arguments: [String]
    let descriptors: [Int32]

    init(options: Guest.Options, image: GuestImage, channels: Channels) {
        var descriptors = [channels.nothing, channels.words, channels.words]
        /// The number that QEMU will know it by.
        func inherit(_ descriptor: Int32) -> Int {
            descriptors.append(descriptor)
            return descriptors.count - 1
        }
        var words = [
            "-accel", "tcg", "-cpu", "max", "-machine", options.machine, "-m", "\(options.memory)", "-smp",
            "\(options.processors)",
            "-nodefaults", "-no-user-config", "-no-reboot", "-vga", "none", "-display", "none",
            // No listener: the eye for lights is handed over through the monitor.
            "-vnc", "none",
            "-chardev", "socket,id=console,fd=\(inherit(channels.console))", "-serial", "chardev:console",
            "-chardev", "socket,id=monitor,fd=\(inherit(channels.monitor))", "-mon", "chardev=monitor,mode=control",
            "-device", "virtio-serial-pci,id=lab,addr=0x1e",
            "-chardev", "socket,id=agent,fd=\(inherit(channels.agent))", "-device",
            "virtserialport,bus=lab.0,chardev=agent,name=agent",
        ]
        if let disk = image.disk {
            words += [
                "-drive", "file=\(disk.replacing(",", with: ",,")),id=disk,if=none,format=raw,snapshot=on", "-device",
                "virtio-blk-pci,drive=disk,addr=0x1c",
            ]
        }
        var modules = options.modules
        if options.usb {
            words += ["-device", "qemu-xhci,id=usb,addr=0x1d"]
            modules = ["xhci_pci", "usbhid", "hid_generic"] + modules
        }
        for (number, card) in options.cards.enumerated() {
            let back: String
            switch card.network {
            case .netdev(let text): back = text
            case .peer(let socket): back = "dgram,local.type=fd,local.str=\(inherit(socket))"
            }
            let mac = card.mac.map { ",mac=\($0)" } ?? ""
            words += [
                "-netdev", "\(back),id=net\(number)",
                // No boot ROM: it costs time, and nobody boots from here.
                "-device",
                "\(card.model),id=card\(number),netdev=net\(number),addr=\(Self.firstCardSlot + number),romfile=\(mac)",
            ]
            if number < channels.captures.count {
                words += [
                    "-object",
                    "filter-dump,id=wire\(number),netdev=net\(number),file=/dev/fd/\(inherit(channels.captures[number]))",
                ]
            }
        }
        var kernel = [
            // Level 5: warnings too, they are what the console is read for.
            "console=ttyS0", "loglevel=5", "panic=-1", "oops=panic", "mitigations=off",
            // An emulated timer is late when the machine is busy; that is no reason to distrust it.
            "tsc=reliable", "no_timer_check",
        ]
        if !modules.isEmpty { kernel.append("lab.modules=" + modules.joined(separator: ",")) }
        words += [
            "-kernel", image.kernel, "-initrd", image.initramfs, "-append",
            (kernel + options.kernelArguments).joined(separator: " "),
        ]
        arguments = words + options.qemuArguments
        self.descriptors = descriptors
    }
}
