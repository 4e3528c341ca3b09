internal import GRDBSQLite

/// A prepared statement of the writer's hot path, by SQLite's own calls: binding costs no allocation and no boxing.
@safe
final class SQLiteStatement {
    private let handle: OpaquePointer
    private let connection: OpaquePointer

    init(_ connection: OpaquePointer, _ sql: StaticString) throws(StoreError) {
        var handle: OpaquePointer?
        let code = sql.withUTF8Buffer { text in
            unsafe text.withMemoryRebound(to: CChar.self) { text in
                unsafe sqlite3_prepare_v3(
                    connection, text.baseAddress, Int32(text.count), UInt32(SQLITE_PREPARE_PERSISTENT), &handle, nil)
            }
        }
        guard code == SQLITE_OK, let handle = unsafe handle else { throw unsafe Self.error(connection, code) }
        unsafe self.handle = unsafe handle
        unsafe self.connection = unsafe connection
    }

    deinit { unsafe sqlite3_finalize(handle) }

    func bind(_ index: Int32, _ value: Int64) {
        unsafe sqlite3_bind_int64(handle, index, value)
    }

    /// Binds text where it lies: it must stay there until `run` has returned.
    func bind(_ index: Int32, unretained text: RawSpan) {
        unsafe text.withUnsafeBytes { bytes in
            // Without an address SQLite would take it for NULL.
            let start = unsafe bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
            if let start = unsafe start, bytes.count > 0 {
                unsafe sqlite3_bind_text(handle, index, start, Int32(bytes.count), nil)
            } else {
                let empty = "" as StaticString
                empty.withUTF8Buffer { buffer in
                    unsafe buffer.withMemoryRebound(to: CChar.self) { buffer in
                        _ = unsafe sqlite3_bind_text(handle, index, buffer.baseAddress, 0, nil)
                    }
                }
            }
        }
    }

    /// Executes a statement that returns nothing.
    func run() throws(StoreError) {
        let code = unsafe sqlite3_step(handle)
        // Says again what the step said.
        unsafe sqlite3_reset(handle)
        guard code == SQLITE_DONE else { throw unsafe Self.error(connection, code) }
    }

    private static func error(_ connection: OpaquePointer, _ code: Int32) -> StoreError {
        let text = unsafe sqlite3_errmsg(connection).map { unsafe String(cString: $0) } ?? "code \(code)"
        return StoreError(code & 0xFF == SQLITE_FULL ? .diskFull : .database, text)
    }
}
