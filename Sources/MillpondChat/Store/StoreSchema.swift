internal import GRDB

/// The tables, and how each version of them becomes the next.
///
/// - `messages`: every message once, in the order of its number, so that storing one appends.
/// - `inbox`: one row for the receiver of a message to a user.
/// - `group_messages`: one row for a message to a group, however many members it has. Who sees it follows from the
///   spans of messages during which an account was a member.
/// - `members`: those spans. `until_id` is null for the one that lasts.
enum StoreSchema {
    static let lobby = "lobby"

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { database in
            try database.execute(
                sql: """
                    CREATE TABLE messages (
                        id INTEGER PRIMARY KEY,
                        sender TEXT NOT NULL,
                        destination TEXT NOT NULL,
                        is_group INTEGER NOT NULL,
                        type INTEGER NOT NULL,
                        body TEXT NOT NULL,
                        extra TEXT NOT NULL,
                        send_time INTEGER NOT NULL
                    );
                    CREATE TABLE inbox (
                        account TEXT NOT NULL,
                        message_id INTEGER NOT NULL,
                        sender TEXT NOT NULL,
                        PRIMARY KEY (account, message_id)
                    ) WITHOUT ROWID;
                    CREATE TABLE group_messages (
                        group_id TEXT NOT NULL,
                        message_id INTEGER NOT NULL,
                        PRIMARY KEY (group_id, message_id)
                    ) WITHOUT ROWID;
                    CREATE TABLE acknowledgements (
                        account TEXT PRIMARY KEY,
                        message_id INTEGER NOT NULL
                    ) WITHOUT ROWID;
                    CREATE TABLE groups (
                        id TEXT PRIMARY KEY,
                        name TEXT NOT NULL,
                        avatar TEXT NOT NULL,
                        introduction TEXT NOT NULL,
                        owner TEXT NOT NULL,
                        created_at INTEGER NOT NULL
                    ) WITHOUT ROWID;
                    CREATE TABLE members (
                        group_id TEXT NOT NULL,
                        account TEXT NOT NULL,
                        from_id INTEGER NOT NULL,
                        until_id INTEGER,
                        join_time INTEGER NOT NULL,
                        PRIMARY KEY (group_id, account, from_id)
                    ) WITHOUT ROWID;
                    CREATE INDEX members_by_account ON members (account, group_id);
                    CREATE TABLE facts (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
                    INSERT INTO groups VALUES ('lobby', 'Lobby', '', 'Open to everyone.', '', 0);
                    """)
        }
        // What retention looks for: spans that have ended.
        migrator.registerMigration("2") { database in
            try database.execute(
                sql: "CREATE INDEX members_ended ON members (until_id) WHERE until_id IS NOT NULL")
        }
        return migrator
    }
}
