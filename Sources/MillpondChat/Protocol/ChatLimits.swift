/// Lengths in characters that KIM's storage has, and counts of our own.
enum ChatLimits {
    static let account = 60
    static let groupID = 30
    static let groupName = 50
    static let introduction = 300
    static let avatar = 200
    static let body = 5000
    static let extra = 500
    /// Entries of one offline index.
    static let index = 2000
    /// Bytes of a packet, which must fit a block with its frame: that of a group's creation with its members is the
    /// longest.
    static let packet = 1_000_000
    /// Bytes of the notices of a new group, all together, that name its members; those of a larger one do not.
    static let notices = 1_000_000
    /// Members that a group's detail names at most.
    static let detail = 50_000
    /// Bytes of an answer's body, as long as one entry fits: well below what an outbox holds, so that asking for much
    /// does not end the connection. Longer lists are cut.
    static let answer = 1_000_000
}
