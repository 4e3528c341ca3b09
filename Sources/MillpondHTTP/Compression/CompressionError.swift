public import MillpondPools

/// Why bytes could not be compressed or decompressed.
public struct CompressionError: Error, Sendable {
    /// The kind of failure, without its numbers.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        enum Kind: UInt8, Sendable, CaseIterable {
            case corrupt, checksumMismatch, truncated, trailingData, needsDictionary
            case outputLimit, ratioLimit, ended, outOfMemory, bufferUnavailable
        }

        let kind: Kind

        init(_ kind: Kind) { self.kind = kind }

        /// The input is not what the format says.
        public static var corrupt: Code { Code(.corrupt) }
        /// The content does not have the checksum, or the length, that stands behind it.
        public static var checksumMismatch: Code { Code(.checksumMismatch) }
        /// The input ended inside a stream.
        public static var truncated: Code { Code(.truncated) }
        /// Something follows the end of the stream.
        public static var trailingData: Code { Code(.trailingData) }
        /// The stream needs a dictionary that it does not carry.
        public static var needsDictionary: Code { Code(.needsDictionary) }
        /// The content is longer than the limit.
        public static var outputLimit: Code { Code(.outputLimit) }
        /// The content is so much longer than its compressed form that it is taken for an attack.
        public static var ratioLimit: Code { Code(.ratioLimit) }
        /// The stream was ended before, by its owner.
        public static var ended: Code { Code(.ended) }
        /// No memory for the compressor's state.
        public static var outOfMemory: Code { Code(.outOfMemory) }
        /// The pool refused a block; the cause says why.
        public static var bufferUnavailable: Code { Code(.bufferUnavailable) }

        /// A few words of low cardinality.
        public var description: String {
            switch kind {
            case .corrupt: "corrupt compressed data"
            case .checksumMismatch: "checksum mismatch"
            case .truncated: "compressed data ends early"
            case .trailingData: "data behind the compressed stream"
            case .needsDictionary: "compressed data needs a dictionary"
            case .outputLimit: "decompressed data too long"
            case .ratioLimit: "compressed data expands too much"
            case .ended: "stream ended before"
            case .outOfMemory: "out of memory"
            case .bufferUnavailable: "buffer unavailable"
            }
        }
    }

    /// The kind of failure.
    public let code: Code
    /// The bound that was passed (`outputLimit`: bytes; `ratioLimit`: bytes for a byte); otherwise 0.
    public let limit: Int
    /// What zlib says of corrupt data; nil otherwise.
    public let detail: String?
    /// Why the pool refused a block (`bufferUnavailable`); nil otherwise.
    public let cause: BlockPoolError?

    init(_ code: Code, limit: Int = 0, detail: String? = nil, cause: BlockPoolError? = nil) {
        self.code = code
        self.limit = limit
        self.detail = detail
        self.cause = cause
    }

    static func bufferUnavailable(_ cause: BlockPoolError) -> CompressionError {
        CompressionError(.bufferUnavailable, cause: cause)
    }
}

extension CompressionError: CustomStringConvertible {
    /// The code in words, with its numbers.
    public var description: String {
        if let detail { return "\(code): \(detail)" }
        if let cause { return "\(code): \(cause)" }
        switch code {
        case .outputLimit: return "\(code): more than \(limit) bytes"
        case .ratioLimit: return "\(code): more than \(limit) times its length"
        default: return code.description
        }
    }
}
