import Glibc

/// A file descriptor with one owner; closed at the end of its life.
struct OwnedDescriptor: ~Copyable {
    let number: Int32

    init(_ number: Int32) { self.number = number }

    deinit { Glibc.close(number) }
}

/// Mapped memory with one owner; unmapped at the end of its life.
@safe struct OwnedMapping: ~Copyable {
    let base: UnsafeMutableRawPointer
    /// Bytes.
    let size: Int

    /// mmap(2), readable, writable, shared; `nil` and `errno` when it fails.
    init?(size: Int, flags: Int32 = 0, descriptor: Int32 = -1, offset: Int = 0) {
        let pointer = unsafe mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED | flags, descriptor, offset)
        guard let pointer = unsafe pointer, unsafe pointer != MAP_FAILED else { return nil }
        unsafe base = unsafe pointer
        self.size = size
    }

    deinit { unsafe munmap(base, size) }
}
