// A reader has one owner: two would each consume what the other looks at.
import MillpondIO

func use() async throws -> UInt8 {
    let reader = BufferedReader(MemorySource([1, 2, 3]))
    var owner = reader
    let other = reader  // expect: 'reader' consumed more than once
    return try await owner.readByte()
}
