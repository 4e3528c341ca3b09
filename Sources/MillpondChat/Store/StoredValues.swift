/// A line of the offline index.
public struct IndexEntry: Equatable, Sendable {
    public let messageID: Int64
    public let sendTime: Int64
    public let sender: String
    /// Empty for a message to a user.
    public let group: String
}

/// What was said.
public struct MessageContent: Equatable, Sendable {
    public let messageID: Int64
    public var type: Int32 = 0
    public var body = ""
    public var extra = ""

    /// No encoding of it is longer: numbers and lengths are far below 64 bytes.
    var maximumBytes: Int { 64 + body.utf8.count + extra.utf8.count }
}

/// A message of a conversation's history.
public struct HistoryMessage: Equatable, Sendable {
    public let messageID: Int64
    public let type: Int32
    public let body: String
    public let extra: String
    public let sender: String
    public let sendTime: Int64
    public let destination: String

    /// No encoding of it is longer.
    var maximumBytes: Int {
        64 + body.utf8.count + extra.utf8.count + sender.utf8.count + destination.utf8.count
    }
}

/// A part of a conversation's history.
public struct HistoryPage: Equatable, Sendable {
    /// The newest last.
    public var messages: [HistoryMessage] = []
    /// Before the first one there are more.
    public var hasEarlier = false
}

/// A group and who is in it.
public struct GroupDetail: Equatable, Sendable {
    public struct Member: Equatable, Sendable {
        public let account: String
        public let joinTime: Int64
    }

    public let id: String
    public let name: String
    public let avatar: String
    public let introduction: String
    public let owner: String
    public let createdAt: Int64
    /// The first of them by name, where there are very many.
    public let members: [Member]
    /// Whether the account that asks is one of them.
    public let isMember: Bool
}

/// A line of the list of groups.
public struct GroupSummary: Equatable, Sendable {
    public let id: String
    public let name: String
    public let memberCount: Int
}
