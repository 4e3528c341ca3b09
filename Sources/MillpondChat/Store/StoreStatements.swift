internal import GRDB
internal import GRDBSQLite

/// A message as it is stored: views of where it lies.
struct StoredMessage: ~Escapable {
    let sender: RawSpan
    let destination: RawSpan
    let type: Int32
    let body: RawSpan
    let extra: RawSpan

    @_lifetime(copy sender, copy destination, copy body, copy extra)
    init(sender: RawSpan, destination: RawSpan, type: Int32, body: RawSpan, extra: RawSpan) {
        self.sender = sender
        self.destination = destination
        self.type = type
        self.body = body
        self.extra = extra
    }
}

/// The writer's prepared statements.
final class StoreStatements {
    let begin: SQLiteStatement
    let commit: SQLiteStatement
    let rollback: SQLiteStatement
    private let message: SQLiteStatement
    private let inbox: SQLiteStatement
    private let groupMessage: SQLiteStatement
    private let acknowledgement: SQLiteStatement

    init(_ database: Database) throws {
        guard let connection = unsafe database.sqliteConnection else { throw StoreError(.closed) }
        begin = unsafe try SQLiteStatement(connection, "BEGIN IMMEDIATE")
        commit = unsafe try SQLiteStatement(connection, "COMMIT")
        rollback = unsafe try SQLiteStatement(connection, "ROLLBACK")
        message = unsafe try SQLiteStatement(connection, "INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
        inbox = unsafe try SQLiteStatement(connection, "INSERT INTO inbox VALUES (?, ?, ?)")
        groupMessage = unsafe try SQLiteStatement(connection, "INSERT INTO group_messages VALUES (?, ?)")
        acknowledgement = unsafe try SQLiteStatement(
            connection,
            """
            INSERT INTO acknowledgements VALUES (?, ?)
            ON CONFLICT (account) DO UPDATE SET message_id = max(message_id, excluded.message_id)
            """)
    }

    func insert(_ stored: StoredMessage, id: Int64, isGroup: Bool, sendTime: Int64) throws(StoreError) {
        message.bind(1, id)
        message.bind(2, unretained: stored.sender)
        message.bind(3, unretained: stored.destination)
        message.bind(4, isGroup ? 1 : 0)
        message.bind(5, Int64(stored.type))
        message.bind(6, unretained: stored.body)
        message.bind(7, unretained: stored.extra)
        message.bind(8, sendTime)
        try message.run()
    }

    func insertInbox(_ stored: StoredMessage, id: Int64) throws(StoreError) {
        inbox.bind(1, unretained: stored.destination)
        inbox.bind(2, id)
        inbox.bind(3, unretained: stored.sender)
        try inbox.run()
    }

    func insertGroupMessage(_ stored: StoredMessage, id: Int64) throws(StoreError) {
        groupMessage.bind(1, unretained: stored.destination)
        groupMessage.bind(2, id)
        try groupMessage.run()
    }

    func acknowledge(_ account: String, _ id: Int64) throws {
        var account = account
        try account.withUTF8 { text in
            acknowledgement.bind(1, unretained: unsafe RawSpan(_unsafeBytes: UnsafeRawBufferPointer(text)))
            acknowledgement.bind(2, id)
            try acknowledgement.run()
        }
    }
}
