internal import Glibc
public import MillpondPools

/// What went wrong while bytes were read or written.
///
/// An error is a code, the numbers that belong to it, and a cause where another layer's error led to it. Codes are
/// few and descriptions short, so that both can be counted in a metric; the numbers are for the log.
public struct IOError: Error, Sendable {
    /// The kind of failure, without its numbers.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        @usableFromInline
        enum Kind: UInt8, Sendable {
            case endOfStream, unexpectedEnd, limitExceeded, system, timedOut, closed, backlogExceeded
            case noProgress, bufferUnavailable, abandoned
        }

        @usableFromInline let kind: Kind

        @inlinable
        init(_ kind: Kind) { self.kind = kind }

        /// The stream ended between two values: nothing was lost.
        public static var endOfStream: Code { Code(.endOfStream) }
        /// The stream ended inside a value.
        public static var unexpectedEnd: Code { Code(.unexpectedEnd) }
        /// A value is longer than the caller allows.
        public static var limitExceeded: Code { Code(.limitExceeded) }
        /// A system call failed.
        public static var system: Code { Code(.system) }
        /// A deadline passed while waiting.
        public static var timedOut: Code { Code(.timedOut) }
        /// This end was closed, by us.
        public static var closed: Code { Code(.closed) }
        /// More bytes wait to leave than the bound allows.
        public static var backlogExceeded: Code { Code(.backlogExceeded) }
        /// A source or sink reported success many times in a row without moving a byte.
        public static var noProgress: Code { Code(.noProgress) }
        /// The pool refused a block; the cause says why.
        public static var bufferUnavailable: Code { Code(.bufferUnavailable) }

        /// The other side went away without ending the stream: a push's consumer, or its last producer.
        public static var abandoned: Code { Code(.abandoned) }

        /// A few words of low cardinality.
        public var description: String {
            switch kind {
            case .endOfStream: "end of stream"
            case .unexpectedEnd: "unexpected end"
            case .limitExceeded: "limit exceeded"
            case .system: "system error"
            case .timedOut: "timed out"
            case .closed: "closed"
            case .backlogExceeded: "backlog exceeded"
            case .noProgress: "no progress"
            case .bufferUnavailable: "buffer unavailable"
            case .abandoned: "abandoned"
            }
        }
    }

    /// The kind of failure.
    public let code: Code
    /// How many bytes the value needed (`unexpectedEnd`) or may have (`limitExceeded`, `backlogExceeded`); otherwise 0.
    public let needed: Int
    /// How many of the needed bytes there were (`unexpectedEnd`); otherwise 0. They can still be read.
    public let got: Int
    /// The system's error number (`system`); otherwise 0.
    public let errno: Int32
    /// The error of the layer below, where there is one.
    public let cause: (any Error)?
    private let name: StaticString?
    /// What the system call was about, such as an address or a path (`system`).
    public let subject: String?

    private init(
        _ code: Code, needed: Int = 0, got: Int = 0, errno: Int32 = 0, name: StaticString? = nil,
        subject: String? = nil, cause: (any Error)? = nil
    ) {
        self.code = code
        self.needed = needed
        self.got = got
        self.errno = errno
        self.name = name
        self.subject = subject
        self.cause = cause
    }

    /// The system call that failed (`system`).
    public var operation: String? { name.map { String(describing: $0) } }

    /// The stream ended between two values.
    public static var endOfStream: IOError { IOError(.endOfStream) }

    /// The stream ended inside a value of which `got` bytes had come.
    public static func unexpectedEnd(needed: Int, got: Int) -> IOError {
        IOError(.unexpectedEnd, needed: needed, got: got)
    }

    /// A value is longer than `limit` bytes.
    public static func limitExceeded(limit: Int) -> IOError { IOError(.limitExceeded, needed: limit) }

    /// A system call failed with `errno`; `subject` names what it was about.
    public static func system(
        errno: Int32, operation: StaticString, subject: String? = nil, cause: (any Error)? = nil
    ) -> IOError {
        IOError(.system, errno: errno, name: operation, subject: subject, cause: cause)
    }

    /// A deadline passed.
    public static var timedOut: IOError { IOError(.timedOut) }

    /// This end was closed by its owner.
    public static var closed: IOError { IOError(.closed) }

    /// More than `limit` bytes would wait to leave.
    public static func backlogExceeded(limit: Int) -> IOError { IOError(.backlogExceeded, needed: limit) }

    /// A source or sink does not get on.
    public static var noProgress: IOError { IOError(.noProgress) }

    /// The other side of a push went away without ending the stream.
    public static var abandoned: IOError { IOError(.abandoned) }

    /// The pool refused a block.
    public static func bufferUnavailable(_ cause: BlockPoolError) -> IOError {
        IOError(.bufferUnavailable, cause: cause)
    }
}

extension IOError: Equatable {
    /// Compares code and numbers; the cause is left out, since errors in general cannot be compared.
    public static func == (left: IOError, right: IOError) -> Bool {
        left.code == right.code && left.needed == right.needed && left.got == right.got && left.errno == right.errno
            && left.operation == right.operation
    }
}

extension IOError: CustomStringConvertible {
    /// The code in words, with its numbers.
    public var description: String {
        switch code {
        case .unexpectedEnd: "unexpected end: \(got) of \(needed) bytes"
        case .limitExceeded: "limit exceeded: more than \(needed) bytes"
        case .backlogExceeded: "backlog exceeded: more than \(needed) bytes"
        case .system: systemDescription
        case .bufferUnavailable: "buffer unavailable: \(cause.map { String(describing: $0) } ?? "no cause")"
        default: code.description
        }
    }

    /// `bind 127.0.0.1:80: Address already in use (errno 98)`.
    private var systemDescription: String {
        let about = subject.map { " \($0)" } ?? ""
        // Sound: the text is static, or the thread's own until its next call.
        let text = unsafe strerror(errno).map { unsafe String(cString: $0) } ?? "error"
        return "\(operation ?? "system call")\(about): \(text) (errno \(errno))"
    }
}
