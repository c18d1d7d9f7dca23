import Glibc
import Lab
import Testing

/// ringlight.ko comes and goes.
@Suite(.serialized, .showsConsole)
struct LightModuleTests {
    @Test("Loaded and unloaded again and again, with nodes open and lights held")
    func loops() throws {
        try withGuest { guest in
            let script = """
                set -e
                for round in $(seq 10); do
                    modprobe ringlight
                    echo 1 > /dev/ringlight/capslock
                    guest-probe /dev/ringlight/numlock open claim write:1 pause > /tmp/holder &
                    holder=$!
                    until grep -q pause /tmp/holder; do sleep 0.01; done
                    if modprobe -r ringlight 2>/dev/null; then echo "unloaded with a node open"; exit 1; fi
                    [ -e /dev/ringlight/numlock ]
                    kill -9 $holder
                    wait $holder || true
                    rm /tmp/holder
                    if modprobe -r ringlight 2>/dev/null; then echo "unloaded with a lasting claim"; exit 1; fi
                    grep -qF '[ringlight-capslock]' /sys/class/leds/*::capslock/trigger
                    echo release > /dev/ringlight/capslock
                    modprobe -r ringlight
                    [ ! -e /dev/ringlight ]
                    grep -qF '[kbd-capslock]' /sys/class/leds/*::capslock/trigger
                    grep -qF '[kbd-numlock]' /sys/class/leds/*::numlock/trigger
                done
                echo done
                """
            let output = try guest.output(of: script, within: .seconds(120))
            #expect(output.hasSuffix("done"))
            try guest.waitFor(.capslock, on: false)
            // Each round was seen.
            #expect(guest.lights.transitions(of: .capslock).filter(\.isOn).count == 10)
            #expect(guest.lights.transitions(of: .numlock).filter(\.isOn).count == 10)
            #expect(try guest.run("grep ^ringlight /proc/modules").status == 1)
        }
    }

    @Test("Loading and unloading races with openers, writers, readers and a keyboard that comes and goes")
    func races() throws {
        var options = Guest.Options()
        options.processors = 2
        try withGuest(options) { guest in
            let script = """
                work() { for i in $(seq 40); do eval "$1" 2>/dev/null; done; }
                work 'echo 1 > /dev/ringlight/capslock' &
                work 'guest-probe /dev/ringlight/capslock open:nonblock claim write:0 read poll:1 close' > /dev/null &
                work 'echo trigger timer delay_on=20 > /dev/ringlight/capslock; cat /sys/class/misc/ringlight-capslock/*' > /dev/null &
                work 'echo pattern 1 20 > /dev/ringlight/numlock' &
                work 'ledctl list' > /dev/null &
                (for i in $(seq 5); do
                    echo -n serio0 > /sys/bus/serio/drivers/atkbd/unbind; echo -n serio0 > /sys/bus/serio/drivers/atkbd/bind
                done) &
                release() { [ ! -c /dev/ringlight/capslock ] || echo release > /dev/ringlight/capslock; }
                for i in $(seq 12); do modprobe ringlight; release; modprobe -r ringlight 2>/dev/null; done
                wait
                release
                # The last pattern is over then, and given back.
                sleep 1
                modprobe -r ringlight 2>/dev/null
                [ ! -e /dev/ringlight ] && grep -qF '[kbd-capslock]' /sys/class/leds/*::capslock/trigger && echo done
                """
            let output = try guest.output(of: script, within: .seconds(240))
            #expect(output.hasSuffix("done"))
        }
    }

    @Test("Without the module, and with its lights switched off, ledctl says what to do")
    func missing() throws {
        try withGuest { guest in
            let set = try guest.run("ledctl set capslock on")
            #expect(set.status == 1)
            #expect(
                set.errors == "ledctl: /dev/ringlight: no light nodes: the kernel module is not loaded (run 'modprobe ringlight' as root)\n")
            // The lights are there to see.
            let list = try guest.output(of: "ledctl list 2>/dev/null")
            // A heading, and they.
            #expect(list.split(separator: "\n").count == 4)
            #expect(try guest.output(of: "ledctl get capslock") == "off")
            try guest.output(of: "modprobe ringlight lights=0")
            let off = try guest.run("ledctl set capslock on")
            #expect(off.status == 1)
            #expect(off.errors.contains("its lights are switched off (run 'modprobe -r ringlight; modprobe ringlight lights=1' as root)"))
            try guest.output(of: "modprobe -r ringlight; modprobe ringlight lights=1; ledctl set capslock on")
            try guest.waitFor(.capslock, on: true)
        }
    }
}
