/// What a MIME header may be.
public struct MIMEHeaderOptions: Sendable {
    /// What to do with a line that begins with a blank and continues the one before (RFC 5322, section 2.2.3; obsolete
    /// in RFC 9112, section 5.2).
    public enum Folding: Sendable {
        /// An error.
        case refuse
        /// The line break and what follows it become spaces, in place: one value, in one piece.
        case unfold
    }

    /// The header with its empty line is no longer.
    public var maximumByteCount: Int
    /// It has no more fields.
    public var maximumFieldCount: Int
    /// What to do with continued lines.
    public var folding: Folding

    /// 64 KiB, 128 fields and no folding unless told otherwise.
    public init(maximumByteCount: Int = 64 * 1024, maximumFieldCount: Int = 128, folding: Folding = .refuse) {
        self.maximumByteCount = maximumByteCount
        self.maximumFieldCount = maximumFieldCount
        self.folding = folding
    }
}
