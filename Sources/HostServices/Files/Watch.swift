import NIOCore

/// A deadline of a connection that is put off often and met rarely.
///
/// Putting it off costs no new timer: the one that runs looks, when it is due, whether it still is.
final class Watch {
    private let action: () -> Void
    private let loop: any EventLoop
    private var deadline = NIODeadline.distantFuture
    private var timer: Scheduled<Void>?
    private var timerIsAt = NIODeadline.distantFuture

    /// - Parameter action: called on the loop when the time is over, once for each time that it was set.
    init(_ loop: any EventLoop, action: @escaping () -> Void) {
        (self.loop, self.action) = (loop, action)
    }

    func set(in time: TimeAmount) {
        deadline = loop.now + time
        if timer == nil || timerIsAt > deadline { start() }
    }

    func cancel() {
        deadline = .distantFuture
        timer?.cancel()
        timer = nil
    }

    private func start() {
        timer?.cancel()
        timerIsAt = deadline
        timer = loop.assumeIsolated().scheduleTask(deadline: deadline) {
            self.timer = nil
            if self.loop.now >= self.deadline {
                self.deadline = .distantFuture
                self.action()
            } else if self.deadline < .distantFuture {
                self.start()
            }
        }
    }
}
