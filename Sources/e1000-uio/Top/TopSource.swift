import E1000

/// Where `top` has its card from.
protocol TopSource: ~Copyable {
    /// What the card is, and who drives it.
    var title: String { get }
    var sample: TopSample { get }
    var rings: (transmit: RingOccupancy, receive: RingOccupancy) { get }
    /// What keeps the card from being looked at; `nil`: nothing.
    var trouble: String? { get }

    /// Waits.
    ///
    /// - Parameter wake: a descriptor that ends it when it polls readable.
    mutating func wait(until deadline: Int64, wake: Int32) throws

    /// Takes stock of the interval since the last time.
    ///
    /// - Parameter wake: a descriptor that ends a wait for it when it polls readable.
    mutating func measure(wake: Int32) throws -> TopMeasurement
}

enum TopMeasurement {
    case done
    /// Nothing was learnt; `TopSource.trouble` says why.
    case failed
    /// Something wanted to be seen to first: to be called again.
    case woken
}
