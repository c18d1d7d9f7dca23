import Dispatch
import NIOCore
import Synchronization

/// A test waited for something that did not come.
struct TimedOut: Error, CustomStringConvertible {
    let description: String
}

/// Longer than anything here takes, on a busy machine and under a sanitizer as well.
let patience = 60.0

extension EventLoopFuture where Value: Sendable {
    /// Waits on a thread that is no loop's.
    func result(within seconds: Double = patience, _ what: String = #function, line: Int = #line) throws -> Value {
        let box = Box<Value>()
        whenComplete { box.set($0) }
        guard box.done.wait(timeout: .now() + seconds) == .success else {
            throw TimedOut(description: "no result after \(seconds) s (\(what), line \(line))")
        }
        return try box.get()
    }

    /// The error it ends with, `nil`: none.
    func error(within seconds: Double = patience, line: Int = #line) -> (any Error)? {
        do {
            _ = try result(within: seconds, line: line)
            return nil
        } catch {
            return error
        }
    }
}

private final class Box<Value: Sendable>: Sendable {
    let done = DispatchSemaphore(value: 0)
    private let value = Mutex<Result<Value, any Error>?>(nil)
    func set(_ new: Result<Value, any Error>) {
        value.withLock { $0 = new }
        done.signal()
    }
    func get() throws -> Value { try value.withLock { $0! }.get() }
}

/// What happened, in order; threads wait for it.
final class Events: Sendable {
    private struct State {
        var lines: [String] = []
        var waiting: [(condition: @Sendable ([String]) -> Bool, signal: DispatchSemaphore)] = []
    }
    private let state = Mutex(State())

    var all: [String] { state.withLock { $0.lines } }

    func add(_ line: String) {
        state.withLock { state in
            state.lines.append(line)
            for (condition, signal) in state.waiting where condition(state.lines) { signal.signal() }
        }
    }

    func wait(within seconds: Double = patience, line: Int = #line, _ condition: @escaping @Sendable ([String]) -> Bool) throws {
        let signal = DispatchSemaphore(value: 0)
        let isThere = state.withLock { state in
            if condition(state.lines) { return true }
            state.waiting.append((condition, signal))
            return false
        }
        guard !isThere, signal.wait(timeout: .now() + seconds) != .success else { return }
        throw TimedOut(description: "waited in line \(line); had \(all.suffix(20))")
    }

    func wait(for text: String, line: Int = #line) throws { try wait(line: line) { $0.contains(text) } }
}

/// Where two rows of bytes differ; `nil`: nowhere. (What `==` shows of a million bytes helps nobody.)
func difference(_ a: [UInt8], _ b: [UInt8]) -> String? {
    guard a != b else { return nil }
    let place = zip(a, b).enumerated().first { $1.0 != $1.1 }?.offset
    return "\(a.count) and \(b.count) bytes, different from \(place ?? min(a.count, b.count)) on"
}
