import DeviceAccess

// Jumbo frames (13.4.22, LPE), both ways: how long, and what they need.
extension Configuration {
    private static var crcLength: UInt32 { 4 }

    /// Bytes of the longest frame with a tag, without the CRC.
    var longestFrame: UInt32 { maximumFrame + FrameLength.tag }
    /// RCTL.LPE.
    var hasLongFrames: Bool { maximumFrame > FrameLength.untagged }

    /// - Throws: `.refused` for frames that are too long for the card, or for the rings and the pool.
    func checkMaximumFrame(_ model: CardModel) throws(DeviceError) {
        let most = model.longestFrame - FrameLength.tag
        guard FrameLength.untagged...most ~= maximumFrame else {
            throw DeviceError(
                .refused, "frames of \(maximumFrame) bytes",
                "the \(model.name) can be set up for \(FrameLength.untagged) to \(most)",
                remedy: "ask for shorter frames")
        }
        guard hasLongFrames else { return }
        let parts = longestFrame / UInt32(PacketPool.bufferSize) + 1
        // Those that wait for a tail write are not the card's.
        guard receiveDescriptors - min(receiveDescriptors / 4, 32) >= parts else {
            throw DeviceError(
                .refused, "receive ring", "\(receiveDescriptors) descriptors are too few for frames of \(maximumFrame) bytes",
                remedy: "use \((parts * 4 / 3 + 8) & ~7) or more")
        }
        guard transmitDescriptors + spareBuffers >= parts else {
            throw DeviceError(
                .refused, "spare buffers", "\(spareBuffers) are too few for frames of \(maximumFrame) bytes",
                remedy: "use \(parts) or more")
        }
    }

    /// KiB of the card's memory for received frames (13.4.16): two frames to send fit in the rest.
    func receiveMemory(_ model: CardModel) -> UInt32 {
        let transmit = (2 * (longestFrame + Self.crcLength + UInt32(TransmitDescriptor.size)) + 1023) / 1024
        return min(model.receiveMemory, model.packetMemory - transmit)
    }
}
