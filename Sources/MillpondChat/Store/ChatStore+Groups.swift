internal import GRDB

/// The messages of a group during which an account was a member: those after `from`, up to `until`.
struct MembershipSpan {
    let group: String
    let from: Int64
    let until: Int64

    static func all(_ database: Database, of account: String) throws -> [MembershipSpan] {
        let statement = try database.cachedStatement(
            sql: "SELECT group_id, from_id, until_id FROM members WHERE account = ? ORDER BY group_id, from_id")
        return try Row.fetchAll(statement, arguments: [account])
            .map { MembershipSpan(group: $0[0], from: $0[1], until: $0[2] ?? .max) }
    }

    static func covers(_ database: Database, account: String, group: String, id: Int64) throws -> Bool {
        let statement = try database.cachedStatement(
            sql: """
                SELECT 1 FROM members WHERE group_id = ?2 AND account = ?1 AND from_id < ?3
                AND (until_id IS NULL OR until_id >= ?3)
                """)
        return try Int.fetchOne(statement, arguments: [account, group, id]) != nil
    }
}

extension ChatStore {
    /// Groups that one list names.
    private static let groupListLimit = 1000

    /// Makes a group. Returns its id.
    ///
    /// - Parameter bytes: what the request keeps in memory.
    func createGroup(
        _ request: GroupCreateRequest, bytes: Int = 0, onCommit: @escaping (String) -> Void = { _ in }
    ) async throws(StoreError) -> String {
        try await perform(bytes: bytes, onCommit: onCommit) { writer, database in
            let number = writer.nextID()
            // No message has it: it must not come again after a restart all the same.
            try StoreWriter.keep(number, database)
            let id = String(number, radix: 36)
            try database.cachedStatement(sql: "INSERT INTO groups VALUES (?, ?, ?, ?, ?, ?)").execute(
                arguments: [id, request.name, request.avatar, request.introduction, request.owner, writer.now])
            for account in request.members { try Self.addMember(writer, database, account, to: id) }
            return id
        }
    }

    /// Adds an account to a group; false when there is no such group.
    func join(account: String, group: String, onCommit: @escaping (Bool) -> Void = { _ in })
        async throws(StoreError) -> Bool
    {
        try await perform(onCommit: onCommit) { writer, database in
            guard try Self.exists(database, group) else { return false }
            try Self.addMember(writer, database, account, to: group)
            return true
        }
    }

    /// Removes an account from a group; false when there is no such group.
    func quit(account: String, group: String, onCommit: @escaping (Bool) -> Void = { _ in })
        async throws(StoreError) -> Bool
    {
        try await perform(onCommit: onCommit) { writer, database in
            guard try Self.exists(database, group) else { return false }
            try database.cachedStatement(
                sql: "UPDATE members SET until_id = ? WHERE group_id = ? AND account = ? AND until_id IS NULL"
            ).execute(arguments: [writer.lastID, group, account])
            return true
        }
    }

    /// The members of a group as the writer sees them, in order with what it stores; nil when there is no such group.
    ///
    /// - Parameter onCommit: gets them on the writer's thread.
    func loadMembers(of group: String, onCommit: @escaping ([String]?) -> Void) async throws(StoreError) {
        _ = try await perform(onCommit: onCommit) { _, database in
            try Self.exists(database, group) ? try Self.members(database, group).map(\.account) : nil
        }
    }

    func groupDetail(_ group: String, for account: String) async throws(StoreError) -> GroupDetail? {
        try await query { database in
            let statement = try database.cachedStatement(
                sql: "SELECT id, name, avatar, introduction, owner, created_at FROM groups WHERE id = ?")
            guard let row = try Row.fetchOne(statement, arguments: [group]) else { return nil }
            return GroupDetail(
                id: row[0], name: row[1], avatar: row[2], introduction: row[3], owner: row[4], createdAt: row[5],
                members: try Self.members(database, group, limit: ChatLimits.detail),
                isMember: try Self.isMember(database, account, of: group))
        }
    }

    /// The lobby, and the groups that an account is in.
    func groups(of account: String) async throws(StoreError) -> [GroupSummary] {
        try await query { database in
            let statement = try database.cachedStatement(
                sql: """
                    SELECT g.id, g.name,
                        (SELECT count(*) FROM members n WHERE n.group_id = g.id AND n.until_id IS NULL)
                    FROM groups g WHERE g.id = ?2 OR g.id IN
                        (SELECT group_id FROM members WHERE account = ?1 AND until_id IS NULL)
                    ORDER BY g.id <> ?2, g.name, g.id LIMIT ?3
                    """)
            return try Row.fetchAll(statement, arguments: [account, StoreSchema.lobby, Self.groupListLimit])
                .map { GroupSummary(id: $0[0], name: $0[1], memberCount: $0[2]) }
        }
    }

    private static func exists(_ database: Database, _ group: String) throws -> Bool {
        try Int.fetchOne(
            database.cachedStatement(sql: "SELECT 1 FROM groups WHERE id = ?"), arguments: [group]) != nil
    }

    /// - Parameter limit: how many at most, the first by name; -1 for all.
    private static func members(
        _ database: Database, _ group: String, limit: Int = -1
    ) throws -> [GroupDetail.Member] {
        let sql =
            "SELECT account, join_time FROM members WHERE group_id = ? AND until_id IS NULL ORDER BY account LIMIT ?"
        return try Row.fetchAll(try database.cachedStatement(sql: sql), arguments: [group, limit])
            .map { GroupDetail.Member(account: $0[0], joinTime: $0[1]) }
    }

    private static func isMember(_ database: Database, _ account: String, of group: String) throws -> Bool {
        let sql = "SELECT 1 FROM members WHERE group_id = ? AND account = ? AND until_id IS NULL"
        return try Int.fetchOne(try database.cachedStatement(sql: sql), arguments: [group, account]) != nil
    }

    /// A new span, unless one lasts. One that ended at this very message goes on.
    private static func addMember(
        _ writer: StoreWriter, _ database: Database, _ account: String, to group: String
    ) throws {
        if try isMember(database, account, of: group) { return }
        try database.cachedStatement(
            sql: """
                INSERT INTO members VALUES (?, ?, ?, NULL, ?)
                ON CONFLICT (group_id, account, from_id) DO UPDATE SET until_id = NULL
                """
        ).execute(arguments: [group, account, writer.lastID, writer.now / 1_000_000_000])
    }
}
