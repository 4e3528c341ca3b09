/// Why a text is not a URL that can be fetched.
public struct HTTPURLError: Error, Hashable, Sendable {
    /// The kind of mistake.
    public enum Code: Hashable, Sendable, CaseIterable {
        case tooLong, controlCharacter, missingScheme, unsupportedScheme, missingHost, invalidHost, internationalHost
        case invalidPort, invalidUserInfo, invalidPercentEncoding
    }

    /// The kind of mistake.
    public let code: Code
    /// The part of the text that is wrong; shortened when long, and without a password.
    public let part: String

    init(_ code: Code, _ part: String = "") {
        self.code = code
        self.part = part.count > 80 ? part.prefix(80) + "…" : part
    }

    init(_ code: Code, _ part: ArraySlice<UInt8>) {
        self.init(code, String(decoding: part, as: UTF8.self))
    }
}

extension HTTPURLError: CustomStringConvertible {
    /// What is wrong and, where it helps, with which part.
    public var description: String {
        let text =
            switch code {
            case .tooLong: "URL longer than \(HTTPURL.maximumLength) bytes"
            case .controlCharacter: "URL with a control character"
            case .missingScheme: "URL without http:// or https://"
            case .unsupportedScheme: "unsupported URL scheme"
            case .missingHost: "URL without a host"
            case .invalidHost: "invalid host in URL"
            case .internationalHost: "host in URL is not ASCII: write it in its xn-- form"
            case .invalidPort: "invalid port in URL"
            case .invalidUserInfo: "invalid user information in URL"
            case .invalidPercentEncoding: "% without two hexadecimal digits in URL"
            }
        return part.isEmpty ? text : "\(text): \(part)"
    }
}
