// A push source has one consumer: the reader that it was given to.
import MillpondIO

func use() async throws -> UInt8 {
    let source = PushSource()
    var reader = BufferedReader(source)
    _ = BufferedReader(source)  // expect: 'source' consumed more than once
    return try await reader.readByte()
}
