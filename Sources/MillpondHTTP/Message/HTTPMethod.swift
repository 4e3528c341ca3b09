/// A request method. One byte; a method that is not among the named ones is `other`, and its letters are in the
/// request.
public struct HTTPMethod: Hashable, Sendable {
    @usableFromInline let code: UInt8

    @inlinable
    init(code: UInt8) { self.code = code }

    @inlinable public static var get: HTTPMethod { HTTPMethod(code: 0) }
    @inlinable public static var head: HTTPMethod { HTTPMethod(code: 1) }
    @inlinable public static var post: HTTPMethod { HTTPMethod(code: 2) }
    @inlinable public static var put: HTTPMethod { HTTPMethod(code: 3) }
    @inlinable public static var delete: HTTPMethod { HTTPMethod(code: 4) }
    @inlinable public static var options: HTTPMethod { HTTPMethod(code: 5) }
    @inlinable public static var patch: HTTPMethod { HTTPMethod(code: 6) }
    @inlinable public static var connect: HTTPMethod { HTTPMethod(code: 7) }
    @inlinable public static var trace: HTTPMethod { HTTPMethod(code: 8) }
    /// Any other token.
    @inlinable public static var other: HTTPMethod { HTTPMethod(code: 255) }

    /// The method whose letters are in `word`, first letter in the lowest byte, with zeros behind. Methods are compared
    /// with regard to case (RFC 9110, section 9.1).
    @inlinable
    init(word: UInt64) {
        switch word {
        case 0x54_4547: self = .get
        case 0x4441_4548: self = .head
        case 0x5453_4F50: self = .post
        case 0x54_5550: self = .put
        case 0x4554_454C_4544: self = .delete
        case 0x53_4E4F_4954_504F: self = .options
        case 0x48_4354_4150: self = .patch
        case 0x54_4345_4E4E_4F43: self = .connect
        case 0x45_4341_5254: self = .trace
        default: self = .other
        }
    }
}

extension HTTPMethod {
    /// Whether the letters are those of a method with a name here.
    static func isNamed(_ letters: String) -> Bool {
        (0...8).contains { letters == HTTPMethod(code: $0).description }
    }
}

extension HTTPMethod: CustomStringConvertible {
    /// The method's letters; `other` for those without a name here.
    public var description: String {
        switch self {
        case .get: "GET"
        case .head: "HEAD"
        case .post: "POST"
        case .put: "PUT"
        case .delete: "DELETE"
        case .options: "OPTIONS"
        case .patch: "PATCH"
        case .connect: "CONNECT"
        case .trace: "TRACE"
        default: "other"
        }
    }
}
