// expect: 'source' used after consume
import MillpondIO

/// A push source has one consumer: the reader that it was given to.
func readTwice() async throws -> UInt8 {
    let source = PushSource()
    var reader = BufferedReader(source)
    var other = BufferedReader(source)
    return try await reader.readByte() + other.readByte()
}
