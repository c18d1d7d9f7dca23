import DeviceAccess
import E1000

// Each verb of the packet path alone, as it lands in a user's module: for fast-path-test.sh to look at.

@inline(never)
public func packetVerb(_ card: inout Controller) -> Packet? { card.packet() }

@inline(never)
public func putVerb(_ card: inout Controller, _ packet: consuming Packet) { card.put(packet) }

@inline(never)
public func receiveVerb(_ card: inout Controller) -> Packet? { card.receive() }

@inline(never)
public func appendVerb(_ card: inout Controller, _ packet: consuming Packet) -> TransmitResult { card.append(packet) }

@inline(never)
public func commitVerb(_ card: inout Controller) throws(DeviceError) { try card.commit() }

@inline(never)
public func reclaimVerb(_ card: inout Controller) -> UInt32 { card.reclaim() }
