internal import MillpondPools

/// A response's head and first content, in one block, until it is known whether that is all of it.
struct GatheredResponse: ~Copyable {
    /// The head without its framing and empty line, then content.
    var block: Block
    let status: HTTPStatus
    let headCount: Int
    var count: Int
    /// False for HEAD: the content is only counted.
    let sendsBody: Bool

    static var blockSize: Int { 4096 }

    func hasRoom(_ more: Int) -> Bool { more <= block.capacity - count }

    /// False when there is no room for it.
    mutating func append(_ piece: RawSpan) -> Bool {
        guard hasRoom(piece.byteCount) else { return false }
        block.copy(piece, at: count)
        count += piece.byteCount
        return true
    }
}
