/// Lines of a description: headers, and fields two blanks further in.
struct Outline {
    private(set) var lines: [String] = []
    /// What is quoted by an error stands further in than the error.
    private var indentation = ""
    /// Bytes of data that are shown.
    private static let mostData = 32

    mutating func header(_ text: String) { lines.append(indentation + text) }

    mutating func field(_ name: String, _ value: some CustomStringConvertible) { lines.append("\(indentation)  \(name): \(value)") }

    /// Names of the flags that are set; a dash for none.
    mutating func flags(_ name: String, _ flags: [(Bool, String)]) {
        let set = flags.filter(\.0).map(\.1)
        field(name, set.isEmpty ? "-" : set.joined(separator: ", "))
    }

    mutating func fault(_ fault: HeaderFault) { lines.append("\(indentation)  [\(fault)]") }

    mutating func checksum(_ value: UInt16, isGood: Bool?) {
        let judgement = isGood.map { $0 ? "good" : "bad" } ?? "not checked: the packet is not whole"
        field("checksum", "0x\(hex(value, digits: 4)) (\(judgement))")
    }

    mutating func data(_ bytes: RawSpan) {
        guard bytes.byteCount > 0 else { return }
        let start = bytes.copy(0..<min(bytes.byteCount, Self.mostData)).map { hex($0, digits: 2) }.joined(separator: " ")
        lines.append("\(indentation)Data, \(bytes.byteCount) bytes")
        lines.append("\(indentation)  \(start)\(bytes.byteCount > Self.mostData ? " …" : "")")
    }

    mutating func padding(_ count: Int) {
        if count > 0 { lines.append("\(indentation)Padding, \(count) bytes") }
    }

    /// What is said in there stands further in.
    mutating func quote(_ say: (inout Outline) -> Void) {
        let outer = indentation
        indentation += "  "
        say(&self)
        indentation = outer
    }
}
