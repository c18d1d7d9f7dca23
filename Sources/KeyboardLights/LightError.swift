import Glibc

/// Why a light cannot be seen or set.
public enum LightError: Error, Equatable, CustomStringConvertible {
    /// There are no light nodes, and the module is not loaded. The directory.
    case moduleMissing(String)
    /// The module is loaded, without light nodes. The directory.
    case lightsSwitchedOff(String)
    /// A name or wildcard that no light matches, and the lights there are.
    case unknownLight(String, known: [String])
    /// A node that this user may not open, and the group that may, if one is known.
    case notPermitted(String, group: String?)
    /// No keyboard that is plugged in has the light of that name.
    case noKeyboard(String)
    /// A node that plays no patterns, or obeys no triggers. The light's name.
    case moduleTooOld(String)
    /// A trigger that the kernel does not have, or that does not take such a setting. The trigger and its settings.
    case unknownTrigger(String)
    /// A trigger, or a time for it, that only root may choose. The trigger and its settings.
    case triggerNotPermitted(String)
    /// A node that does not answer as a light does. The path.
    case notALight(String)
    /// The system refused. The path, what was tried, the error number.
    case system(String, String, Int32)

    public var description: String {
        switch self {
        case .moduleMissing(let directory):
            "\(directory): no light nodes: the kernel module is not loaded (run 'modprobe ringlight' as root)"
        case .lightsSwitchedOff(let directory):
            "\(directory): no light nodes, though the kernel module is loaded: its lights are switched off "
                + "(run 'modprobe -r ringlight; modprobe ringlight lights=1' as root)"
        case .unknownLight(let name, let known):
            known.isEmpty
                ? "\(name): there is no light at all (plug in a keyboard with lights, or run 'modprobe ringlight' as root)"
                : "\(name): no such light (there are: \(known.joined(separator: ", ")))"
        case .notPermitted(let path, let group):
            if let group {
                "\(path): permission denied (use sudo, or join the group '\(group)' and log in again)"
            } else {
                "\(path): permission denied (use sudo, or install Ringlight's udev rules)"
            }
        case .noKeyboard(let name):
            "\(name): no keyboard has this light (plug one in; 'ledctl list' shows what there is)"
        case .moduleTooOld(let name):
            "\(name): the kernel module that is loaded is too old for this (build and load the one that came with this program)"
        case .unknownTrigger(let trigger):
            "trigger '\(trigger)': the kernel has no such trigger, or it does not take such a setting "
                + "('cat /sys/class/leds/*/trigger' shows what is loaded; the settings of one are files beside it while it drives a light)"
        case .triggerNotPermitted(let trigger):
            "trigger '\(trigger)': only root may choose this one, or such a time (disk-*, netdev, cpu, heartbeat, timer and others are everybody's, "
                + "with times of 20 ms to an hour; see ringlight(4))"
        case .notALight(let path):
            "\(path): this is not a light's node (check what created it; ringlight.ko makes /dev/ringlight/*)"
        case .system(let path, let action, let number):
            "\(path): cannot \(action): \(String(cString: strerror(number))) (the kernel's log may say more: dmesg)"
        }
    }
}
