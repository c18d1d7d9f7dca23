import ArgumentParser

/// A kernel driver that gives cards to user space.
public enum UserSpaceDriver: String, ExpressibleByArgument, CaseIterable {
    case ringlight
    case vfio = "vfio-pci"
}
