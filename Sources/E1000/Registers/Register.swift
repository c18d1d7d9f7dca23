/// One 32-bit register (or a run of them) as the manual's chapter 13 lists it. Its access mode is its type: what cannot be read
/// does not compile.
public protocol Register {
    /// Bytes into BAR0; of the first, where there are several.
    static var offset: UInt32 { get }
    /// The manual's title of it, and units.
    static var meaning: String { get }
    /// The manual's section.
    static var section: String { get }
    /// Its bits and bit fields, by the manual's names; each mask is all ones where the field is.
    static var fields: KeyValuePairs<String, UInt32> { get }
    /// Those that only some cards have.
    static var particularFields: [(name: String, mask: UInt32, cards: CardGroup)] { get }
    /// True when a read changes something: clears causes, pops a queue.
    static var readHasEffect: Bool { get }
    /// How many there are of it, one after the other.
    static var count: UInt32 { get }
    /// Bytes from one to the next.
    static var stride: UInt32 { get }
    /// The cards that have it.
    static var cards: CardGroup { get }
}

extension Register {
    public static var fields: KeyValuePairs<String, UInt32> { [:] }
    public static var particularFields: [(name: String, mask: UInt32, cards: CardGroup)] { [] }
    public static var readHasEffect: Bool { false }
    public static var count: UInt32 { 1 }
    public static var stride: UInt32 { 4 }
    public static var cards: CardGroup { .all }

    /// The manual's name of it: the type's.
    public static var name: String { "\(Self.self)" }
    /// Bytes into BAR0 of one of several.
    @inline(__always)
    public static func offset(_ index: UInt32) -> UInt32 { offset + index * stride }
}

/// A register that can be read.
public protocol ReadableRegister: Register {}

/// A register that can be written.
public protocol WritableRegister: Register {}
