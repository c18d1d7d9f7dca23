/// The version of every Ringlight program.
public let ringlightVersion = "0.1.0"
