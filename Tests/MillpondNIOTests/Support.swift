import MillpondIO
import MillpondPools
import NIOCore

/// A pool of its own for each test, so that what is out can be counted.
func testPool(budget: Int = 64 << 20) -> BlockPool { BlockPool(BlockPool.Options(budget: budget)) }

/// Bytes that differ from their neighbours and from those a power of two away.
func pattern(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: (UInt64($0) &+ seed) &* 0x9E37_79B9_7F4A_7C15 >> 32) }
}

func array(_ bytes: borrowing SharedBytes) -> [UInt8] { bytes.withUnsafeBytes { Array($0) } }

func array(_ chain: borrowing ByteChain) -> [UInt8] {
    var all: [UInt8] = []
    chain.forEachSegment { piece in piece.withUnsafeBytes { all.append(contentsOf: $0) } }
    return all
}

func array(_ buffer: ByteBuffer) -> [UInt8] { Array(buffer.readableBytesView) }

func address(_ bytes: borrowing SharedBytes) -> UInt {
    bytes.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
}

func address(_ buffer: ByteBuffer) -> UInt {
    buffer.withUnsafeReadableBytes { UInt(bitPattern: $0.baseAddress) }
}

/// Where the pieces of a chain lie.
func addresses(_ chain: borrowing ByteChain) -> [UInt] {
    var all: [UInt] = []
    chain.forEachSegment { piece in all.append(piece.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) }) }
    return all
}
