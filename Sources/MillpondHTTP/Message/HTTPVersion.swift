/// The versions that this server speaks. A request of a later 1.x counts as 1.1 (RFC 9110, section 2.5).
public enum HTTPVersion: UInt8, Sendable, Comparable {
    case http10 = 0
    case http11 = 1

    @inlinable
    public static func < (left: HTTPVersion, right: HTTPVersion) -> Bool { left.rawValue < right.rawValue }
}
