/// What a host's card gets done, for whoever looks after it.
struct CardProgress {
    private var done: UInt64 = 0
    private var sent: UInt64 = 0
    private var received: UInt64 = 0

    /// - Parameters:
    ///   - sent: frames that it has reported sent so far.
    ///   - received: frames that it has received so far.
    ///   - isSending: it has frames to send.
    /// - Returns: frames done so far: sent, and received while there was nothing to send. A card that has stopped sending goes on
    ///   receiving what others say.
    mutating func update(sent: UInt64, received: UInt64, isSending: Bool) -> UInt64 {
        done &+= sent &- self.sent
        if !isSending { done &+= received &- self.received }
        (self.sent, self.received) = (sent, received)
        return done
    }
}
