internal import GRDB

extension ChatStore {
    /// Messages that a conversation's history looks at: the newest in an inbox.
    private static let historyDepth = 20_000

    /// The messages that an account received after one, the oldest first.
    ///
    /// - Parameter messageID: 0 stands for the newest acknowledged one. After one that was deleted for its age, all are
    ///   listed; after any other unknown one, the last day's.
    func offlineIndex(account: String, after messageID: Int64) async throws(StoreError) -> [IndexEntry] {
        let now = StoreWriter.wallClock()
        let oldest = MessageIDs.first(at: now - retention.wholeNanoseconds)
        let lastDay = MessageIDs.first(at: now - 24 * 3600 * 1_000_000_000)
        return try await query { database in
            var start = messageID
            if start == 0 {
                let sql = "SELECT message_id FROM acknowledgements WHERE account = ?"
                start = try Int64.fetchOne(database.cachedStatement(sql: sql), arguments: [account]) ?? 0
            }
            if start != 0 {
                let sql = "SELECT 1 FROM messages WHERE id = ?"
                let isKnown = try Int.fetchOne(database.cachedStatement(sql: sql), arguments: [start]) != nil
                if !isKnown {
                    // The oldest ones are deleted first: after one of those, all that is there is new.
                    let stored = try Int64.fetchOne(database.cachedStatement(sql: "SELECT min(id) FROM messages"))
                    if start >= stored ?? .max { start = lastDay - 1 }
                }
            }
            return try Self.received(database, account, after: max(start, oldest - 1))
        }
    }

    private static func received(_ database: Database, _ account: String, after start: Int64) throws -> [IndexEntry] {
        let limit = ChatLimits.index
        var entries = try Row.fetchAll(
            database.cachedStatement(
                sql: """
                    SELECT i.message_id, m.send_time, i.sender FROM inbox i JOIN messages m ON m.id = i.message_id
                    WHERE i.account = ? AND i.message_id > ? ORDER BY i.message_id LIMIT ?
                    """), arguments: [account, start, limit]
        ).map { IndexEntry(messageID: $0[0], sendTime: $0[1], sender: $0[2], group: "") }
        let direct = entries.count
        for span in try MembershipSpan.all(database, of: account) where span.until > start {
            let rows = try Row.fetchAll(
                database.cachedStatement(
                    sql: """
                        SELECT g.message_id, m.send_time, m.sender FROM group_messages g
                        JOIN messages m ON m.id = g.message_id
                        WHERE g.group_id = ? AND g.message_id > ? AND g.message_id <= ? AND m.sender <> ?
                        ORDER BY g.message_id LIMIT ?
                        """), arguments: [span.group, max(start, span.from), span.until, account, limit])
            for row in rows {
                entries.append(IndexEntry(messageID: row[0], sendTime: row[1], sender: row[2], group: span.group))
            }
        }
        if entries.count > direct { entries.sort { $0.messageID < $1.messageID } }
        return Array(entries.prefix(limit))
    }

    /// The contents of messages in the order asked for. One that is unknown, or none of the account's business, has a
    /// place but no content, since clients pair contents with their request by position. What would make the answer too
    /// long is left out at the end: at least one comes, and a client asks again for the rest.
    func contents(account: String, of ids: [Int64]) async throws(StoreError) -> [MessageContent] {
        try await query { database in
            let message = try database.cachedStatement(
                sql: "SELECT sender, destination, is_group, type, body, extra FROM messages WHERE id = ?")
            func content(_ id: Int64) throws -> MessageContent {
                guard let row = try Row.fetchOne(message, arguments: [id]) else { return MessageContent(messageID: id) }
                let sender: String = row[0]
                let destination: String = row[1]
                let isGroup: Bool = row[2]
                let mayRead =
                    try sender == account
                    || (isGroup
                        ? MembershipSpan.covers(database, account: account, group: destination, id: id)
                        : destination == account)
                if !mayRead { return MessageContent(messageID: id) }
                return MessageContent(messageID: id, type: row[3], body: row[4], extra: row[5])
            }
            var contents: [MessageContent] = []
            var bytes = 0
            for id in ids {
                let next = try content(id)
                bytes += next.maximumBytes
                if bytes > ChatLimits.answer, !contents.isEmpty { break }
                contents.append(next)
            }
            return contents
        }
    }

    /// The newest messages of a conversation with a user before one, the newest last.
    func history(account: String, with other: String, before: Int64, limit: Int) async throws(StoreError)
        -> HistoryPage
    {
        let end = before > 0 ? before : Int64.max
        return try await query { database in
            // Both inboxes, each by its own key; a depth bounds the search for a rare partner.
            let statement = try database.cachedStatement(
                sql: """
                    SELECT m.id, m.type, m.body, m.extra, m.sender, m.send_time, m.destination FROM (
                        SELECT message_id FROM (
                            SELECT message_id, sender FROM inbox WHERE account = ?1 AND message_id < ?3
                            ORDER BY message_id DESC LIMIT ?5) WHERE sender = ?2
                        UNION
                        SELECT message_id FROM (
                            SELECT message_id, sender FROM inbox WHERE account = ?2 AND message_id < ?3
                            ORDER BY message_id DESC LIMIT ?5) WHERE sender = ?1
                        ORDER BY message_id DESC LIMIT ?4
                    ) h JOIN messages m ON m.id = h.message_id ORDER BY m.id DESC
                    """)
            let rows = try Row.fetchCursor(
                statement, arguments: [account, other, end, limit + 1, Self.historyDepth])
            return try HistoryPage(newestFirst: rows, limit: limit)
        }
    }

    /// The newest messages of a group before one, the newest last: of the lobby all, of others those of the account's
    /// membership. Nil for who is no member.
    func history(account: String, group: String, before: Int64, limit: Int) async throws(StoreError)
        -> HistoryPage?
    {
        let end = before > 0 ? before : Int64.max
        return try await query { database in
            var start: Int64 = -1
            if group != StoreSchema.lobby {
                let spans = try MembershipSpan.all(database, of: account)
                guard let span = spans.last(where: { $0.group == group && $0.until == .max }) else { return nil }
                start = span.from
            }
            let statement = try database.cachedStatement(
                sql: """
                    SELECT m.id, m.type, m.body, m.extra, m.sender, m.send_time, m.destination FROM (
                        SELECT message_id FROM group_messages WHERE group_id = ? AND message_id > ? AND message_id < ?
                        ORDER BY message_id DESC LIMIT ?
                    ) h JOIN messages m ON m.id = h.message_id ORDER BY m.id DESC
                    """)
            let rows = try Row.fetchCursor(statement, arguments: [group, start, end, limit + 1])
            return try HistoryPage(newestFirst: rows, limit: limit)
        }
    }

    /// Notes what an account has read.
    func acknowledge(account: String, _ messageID: Int64) async throws(StoreError) {
        try await perform { writer, _ in try writer.acknowledge(account, messageID) }
    }
}

extension HistoryPage {
    /// As many of the newest as there may be, and as one answer holds.
    ///
    /// - Parameter rows: one more than `limit`, if there is one.
    init(newestFirst rows: RowCursor, limit: Int) throws {
        var bytes = 0
        while let row = try rows.next() {
            let message = HistoryMessage(row)
            bytes += message.maximumBytes
            if messages.count == limit || bytes > ChatLimits.answer && !messages.isEmpty {
                hasEarlier = true
                break
            }
            messages.append(message)
        }
        messages.reverse()
    }
}

extension HistoryMessage {
    init(_ row: Row) {
        self.init(
            messageID: row[0], type: row[1], body: row[2], extra: row[3], sender: row[4], sendTime: row[5],
            destination: row[6])
    }
}
