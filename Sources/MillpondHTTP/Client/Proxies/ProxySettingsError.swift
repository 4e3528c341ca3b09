/// An environment variable that names no proxy that can be used.
public struct ProxySettingsError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The variable.
    public let variable: String
    /// What is wrong with its value.
    public let cause: HTTPURLError

    /// The variable and what is wrong with it.
    public var description: String { "\(variable): \(cause)" }
}
