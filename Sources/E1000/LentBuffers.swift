import CVolatile
import DeviceAccess

/// What became of bytes of a lent buffer that were to be sent.
public enum LentTransmitResult: Sendable {
    /// They are on the ring: the card reads them until `Controller.takeLentDone` counts them.
    case queued
    /// The ring is full: try again after a `reclaim` that took something back.
    case full
    /// No such frame can be sent.
    case refused
}

// Buffers of the pool in the hands of a program that knows no packets, as a network stack written in C: it fills them, reads them,
// keeps them, and has parts of them sent. Such a buffer is the borrower's until it gives it back; the card only reads it.
extension Controller {
    /// Lends a packet's buffer: `PacketPool.bufferSize` bytes from the address on, with the frame at their start.
    ///
    /// - Returns: an address to be given to `takeBack` once.
    public mutating func lend(_ packet: consuming Packet) -> UnsafeMutableRawPointer {
        let offset = pool.take(packet)
        return unsafe pool.memory.base + Int(offset)
    }

    /// Ends a loan. No part of the buffer may be on the transmit ring.
    ///
    /// - Parameter address: any address in the buffer; one outside the pool traps.
    public mutating func takeBack(_ address: UnsafeMutableRawPointer) {
        pool.putOffset(unsafe pool.offset(of: UnsafeRawPointer(address)) & ~UInt32(PacketPool.bufferSize - 1))
    }

    /// All buffers lie in these addresses.
    public var bufferAddresses: Range<UInt> {
        let start = UInt(bitPattern: unsafe pool.memory.base)
        return start..<start + UInt(pool.memory.size)
    }

    /// Packets that could be had now, lent ones not counted.
    public var availablePackets: Int { pool.available }
    /// All packets: on the rings, here, lent.
    public var packetCount: Int { pool.count }

    /// Puts a frame that lies in a lent buffer on the transmit ring; the card sees it after `commit`.
    ///
    /// - Parameter frame: bytes of one lent buffer, from the destination address on; others trap.
    public mutating func append(lent frame: UnsafeRawBufferPointer) -> LentTransmitResult {
        unsafe transmitRing.append(lent: frame, from: pool)
    }

    /// Frames of lent buffers that the card has done with since the last call, in the order in which they were appended: sent,
    /// or lost to a recovery. Known after `reclaim`.
    public mutating func takeLentDone() -> UInt32 {
        defer { transmitRing.lentDone = 0 }
        return transmitRing.lentDone
    }
}

extension PacketPool {
    /// Where in the pool's memory an address is; one outside traps.
    func offset(of address: UnsafeRawPointer) -> UInt32 {
        let offset = UInt(bitPattern: address) &- UInt(bitPattern: unsafe memory.base)
        precondition(offset < UInt(bitPattern: memory.size), "a buffer of another pool")
        return UInt32(truncatingIfNeeded: offset)
    }
}

extension TransmitRing {
    /// `Controller.append(lent:)`.
    mutating func append(lent frame: UnsafeRawBufferPointer, from pool: borrowing PacketPool) -> LentTransmitResult {
        guard tail != unused else { return .full }
        guard let start = frame.baseAddress, unsafe FrameLength.isValid(frame.bytes, maximum: maximumFrame) else {
            return .refused
        }
        let offset = unsafe pool.offset(of: start)
        precondition(Int(offset) % PacketPool.bufferSize + frame.count <= PacketPool.bufferSize, "a frame in several buffers")
        let descriptor = unsafe memory.base + Int(tail) &* TransmitDescriptor.size
        unsafe volatile_store_u64(descriptor, pool.busAddress(offset))
        unsafe volatile_store_u64(descriptor + 8, UInt64(UInt32(frame.count) | command))
        unsafe buffers[Int(tail)] = offset
        unsafe marks[Int(tail)] = [.lent]
        lentPending += 1
        isMixed = true
        tail = next(tail)
        return .queued
    }
}
