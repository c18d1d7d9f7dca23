// Who may touch the buffers of the driver's pool. The card's accesses to those that are not its own fail, as outside of its window.
// Where AddressSanitizer runs, whatever the program touches beside its own buffers ends the process, a buffer's neighbour as well:
// unless that is the program's too, or the overrun jumps over it.
extension MappedMemory {
    /// From now on each of these buffers is touched only by who may; by nobody until `setRights`.
    ///
    /// - Parameters:
    ///   - address: the bus address of the first one, a multiple of 8 as `size` is.
    ///   - size: bytes of each.
    ///   - count: how many there are, one behind the other, in this memory.
    public func watchBuffers(at address: UInt64, size: Int, count: Int) {
        endWatch()
        guard let offset = window.offset(of: address, count: size * count) else { preconditionFailure("buffers beside the memory") }
        buffers = WatchedBuffers(start: offset, size: size, rights: [BufferRights](repeating: [], count: count))
        for buffer in 0..<count { mark(buffer) }
    }

    /// - Parameters:
    ///   - rights: who may do what with it from now on.
    ///   - buffer: its number, from 0.
    public func setRights(_ rights: BufferRights, of buffer: Int) {
        guard let old = buffers?.rights[buffer], old != rights else { return }
        buffers?.rights[buffer] = rights
        if old.contains(.program) != rights.contains(.program) { mark(buffer) }
    }

    /// How many buffers are watched.
    public var watchedBuffers: Int { buffers?.rights.count ?? 0 }

    /// The window alone counts again.
    public func endWatch() {
        if let watched = buffers { unsafe AddressSanitizer.unpoison(base + watched.start, watched.end - watched.start) }
        buffers = nil
    }

    /// Touches bytes as the card does.
    ///
    /// - Returns: `nil`, and nothing is touched, where they are in a buffer that is not the card's, or in more than one.
    func touch<Result>(_ right: BufferRights, _ bytes: Range<Int>, _ body: () -> Result) -> Result? {
        guard let watched = buffers, let buffer = watched.buffer(of: bytes) else { return body() }
        guard watched.allow(right, bytes, in: buffer) else { return nil }
        guard AddressSanitizer.isHere else { return body() }
        unsafe AddressSanitizer.unpoison(base + watched.offset(of: buffer), watched.size)
        defer { mark(buffer) }
        return body()
    }

    /// Tells AddressSanitizer whether the program may touch a buffer.
    private func mark(_ buffer: Int) {
        guard let watched = buffers, AddressSanitizer.isHere else { return }
        let start = unsafe base + watched.offset(of: buffer)
        if watched.rights[buffer].contains(.program) {
            unsafe AddressSanitizer.unpoison(start, watched.size)
        } else {
            unsafe AddressSanitizer.poison(start, watched.size)
        }
    }
}
