/// What a packet asks for.
enum ChatCommand: UInt8, Sendable, CaseIterable {
    case signIn, signOut
    case userTalk, groupTalk, acknowledge
    case offlineIndex, offlineContent
    case groupCreate, groupJoin, groupQuit, groupDetail
    case presenceSubscribe, presence, history, groupList
    /// Anything else; answered with "not implemented".
    case unknown

    /// The name on the wire.
    var name: StaticString {
        switch self {
        case .signIn: "login.signin"
        case .signOut: "login.signout"
        case .userTalk: "chat.user.talk"
        case .groupTalk: "chat.group.talk"
        case .acknowledge: "chat.talk.ack"
        case .offlineIndex: "chat.offline.index"
        case .offlineContent: "chat.offline.content"
        case .groupCreate: "chat.group.create"
        case .groupJoin: "chat.group.join"
        case .groupQuit: "chat.group.quit"
        case .groupDetail: "chat.group.detail"
        case .presenceSubscribe: "millpond.presence.subscribe"
        case .presence: "millpond.presence"
        case .history: "millpond.history"
        case .groupList: "millpond.group.list"
        case .unknown: ""
        }
    }

    init(_ bytes: RawSpan) {
        // The frequent ones first; a name that differs in length costs one comparison.
        for command in ChatCommand.byFrequency where bytes.equals(command.name) {
            self = command
            return
        }
        self = .unknown
    }

    private static let byFrequency: [ChatCommand] = [
        .userTalk, .groupTalk, .acknowledge, .signIn, .offlineIndex, .offlineContent, .groupDetail, .groupJoin,
        .groupCreate, .groupQuit, .signOut, .history, .groupList, .presenceSubscribe,
    ]
}

/// How a request ended, as clients know it.
public struct ChatStatus: Equatable, Hashable, Sendable, RawRepresentable {
    public let rawValue: Int32
    public init(rawValue: Int32) { self.rawValue = rawValue }

    public static let success = ChatStatus(rawValue: 0)
    public static let noDestination = ChatStatus(rawValue: 100)
    public static let invalidBody = ChatStatus(rawValue: 101)
    public static let invalidCommand = ChatStatus(rawValue: 103)
    public static let unauthorized = ChatStatus(rawValue: 105)
    public static let systemException = ChatStatus(rawValue: 300)
    public static let notImplemented = ChatStatus(rawValue: 301)
    public static let sessionNotFound = ChatStatus(rawValue: 404)
}

/// Who speaks in a packet.
enum PacketFlag: UInt8 {
    case request = 0
    case response = 1
    case push = 2
}
