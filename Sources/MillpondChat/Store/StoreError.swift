/// Why the store could not do what it was asked.
public struct StoreError: Error, Sendable, CustomStringConvertible {
    enum Code: Equatable {
        case folder, inUse, newerSchema, diskFull, overloaded, closed, cancelled, database
    }

    let code: Code
    /// What happened, with the path or SQLite's own words.
    public let detail: String

    init(_ code: Code, _ detail: String = "") {
        self.code = code
        self.detail = detail
    }

    /// A short text with few distinct values, for logs and metrics.
    public var reason: String {
        switch code {
        case .folder: "the data folder can't be used"
        case .inUse: "the data folder is used by another process"
        case .newerSchema: "the data was written by a newer version"
        case .diskFull: "the disk is full"
        case .overloaded: "the store is overloaded"
        case .closed: "the store is closed"
        case .cancelled: "the request was cancelled"
        case .database: "the database failed"
        }
    }

    public var description: String { detail.isEmpty ? reason : "\(reason): \(detail)" }

    public var isDiskFull: Bool { code == .diskFull }
    public var isOverloaded: Bool { code == .overloaded }
    public var isFromNewerVersion: Bool { code == .newerSchema }
}
