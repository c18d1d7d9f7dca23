import ToolSupport

/// What callgrind counted: instructions of each function, and who called it (Valgrind's manual, "Callgrind Format Specification").
struct CallgrindProfile {
    struct Function {
        let name: String
        /// The file that it is of: a program, a library.
        let object: String
        /// Instructions of its own.
        var own = 0.0
        /// Instructions that were executed for each of its callers, all that it called included.
        var callers: [Int: Double] = [:]
    }

    private(set) var functions: [Function] = []

    /// - Throws: `Problem` for a file that has no costs.
    init(_ text: some StringProtocol) throws(Problem) {
        var reader = Reader()
        for line in text.split(separator: "\n") { reader.take(line) }
        guard reader.functions.contains(where: { $0.own > 0 }) else { throw Problem("callgrind", "it counted nothing") }
        functions = reader.functions
    }

    /// Lines come in an order that counts: names stand for what follows, until others come.
    private struct Reader {
        private struct Key: Hashable {
            let object: String
            let name: String
        }

        var functions: [Function] = []
        private var numbers: [Key: Int] = [:]
        /// Names that were written out once, by their number: of objects, and of functions.
        private var objects: [Substring: String] = [:]
        private var names: [Substring: String] = [:]
        private var object = ""
        private var calledObject: String?
        private var current: Int?
        private var called: Int?
        /// The next line of costs is that of a call.
        private var isCall = false

        mutating func take(_ line: some StringProtocol) {
            let line = Substring(line)
            guard let first = line.utf8.first else { return }
            switch first {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "*"): count(line)
            default:
                guard let mark = line.firstIndex(of: "=") else { return }
                name(line[..<mark], line[line.index(after: mark)...])
            }
        }

        private mutating func name(_ key: Substring, _ value: Substring) {
            switch key {
            case "ob": object = Self.full(value, &objects)
            case "cob": calledObject = Self.full(value, &objects)
            case "fn": current = number(Self.full(value, &names), object)
            case "cfn":
                called = number(Self.full(value, &names), calledObject ?? object)
                calledObject = nil
            case "calls": isCall = true
            default: break
            }
        }

        /// A place and a number of instructions.
        private mutating func count(_ line: Substring) {
            let words = line.split(separator: " ")
            guard words.count >= 2, let cost = Double(words[1]), let current else { return }
            if isCall, let called, called != current {
                functions[called].callers[current, default: 0] += cost
            } else if !isCall {
                functions[current].own += cost
            }
            isCall = false
        }

        private mutating func number(_ name: String, _ object: String) -> Int {
            let key = Key(object: object, name: name)
            if let number = numbers[key] { return number }
            functions.append(Function(name: name, object: object))
            numbers[key] = functions.count - 1
            return functions.count - 1
        }

        /// `(12) name` the first time, `(12)` from then on.
        private static func full(_ text: Substring, _ known: inout [Substring: String]) -> String {
            guard text.first == "(", let end = text.firstIndex(of: ")") else { return String(text) }
            let number = text[...end]
            let rest = text[text.index(after: end)...].drop { $0 == " " }
            if rest.isEmpty { return known[number] ?? "" }
            known[number] = String(rest)
            return String(rest)
        }
    }

    /// Gives each function's instructions to whoever they were executed for: an owner's own stay his; what nobody owns (the Swift runtime,
    /// the C library) goes to its callers, each by the share of what was executed for him, until an owner is found.
    ///
    /// - Returns: instructions by owner; `nil`: of nobody, as what a thread begins with.
    func charged<Owner: Hashable>(_ owner: (Function) -> Owner?) -> [Owner?: Double] {
        let owners = functions.map(owner)
        var result: [Owner?: Double] = [:]
        // What is on its way, by the function that it has come to.
        var moving: [Int: Double] = [:]
        for (number, function) in functions.enumerated() where function.own > 0 { moving[number] = function.own }
        // Functions that call each other in a circle let less through each time.
        for _ in 0..<1000 where !moving.isEmpty {
            var next: [Int: Double] = [:]
            for (number, amount) in moving {
                let callers = functions[number].callers
                let all = callers.values.reduce(0, +)
                if let owner = owners[number] {
                    result[owner, default: 0] += amount
                } else if all > 0, amount >= 1e-3 {
                    for (caller, cost) in callers where cost > 0 { next[caller, default: 0] += amount * cost / all }
                } else {
                    result[nil, default: 0] += amount
                }
            }
            moving = next
        }
        for amount in moving.values { result[nil, default: 0] += amount }
        return result
    }
}
