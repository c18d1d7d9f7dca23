/// A secret that only those know who have read the page: 128 random bits, new with each start.
struct PageToken: Sendable {
    /// 32 hexadecimal digits.
    let text: String

    init() {
        // The standard generator is the kernel's.
        text = PageToken.random()
    }

    static func random() -> String {
        (0..<16).map { _ in UInt8.random(in: 0...255) }.map { $0 < 16 ? "0" + String($0, radix: 16) : String($0, radix: 16) }.joined()
    }

    /// Takes as long for a guess that is nearly right as for any other of its length.
    func matches(_ guess: String) -> Bool {
        let (right, given) = (Array(text.utf8), Array(guess.utf8))
        guard given.count == right.count else { return false }
        var difference: UInt8 = 0
        for index in right.indices { difference |= right[index] ^ given[index] }
        return difference == 0
    }
}
