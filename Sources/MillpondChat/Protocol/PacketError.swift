/// What is wrong with a packet.
struct PacketError: Error, Equatable, CustomStringConvertible {
    private enum Code: String {
        case truncated = "ends too early"
        case trailingBytes = "bytes behind the packet"
        case unknownMagic = "not a packet"
        case unknownBasicCode = "unknown basic code"
        case headerTooLong = "header too long"
        case varintTooLong = "a number of more than 64 bits"
        case wrongWireType = "a field of the wrong type"
        case invalidFieldNumber = "a field number out of range"
        case invalidUTF8 = "text that is not UTF-8"
        case nulInText = "text with a NUL character"
        case tooManyElements = "too many elements"
    }

    private let code: Code

    private init(_ code: Code) { self.code = code }

    static let truncated = PacketError(.truncated)
    static let trailingBytes = PacketError(.trailingBytes)
    static let unknownMagic = PacketError(.unknownMagic)
    static let unknownBasicCode = PacketError(.unknownBasicCode)
    static let headerTooLong = PacketError(.headerTooLong)
    static let varintTooLong = PacketError(.varintTooLong)
    static let wrongWireType = PacketError(.wrongWireType)
    static let invalidFieldNumber = PacketError(.invalidFieldNumber)
    static let invalidUTF8 = PacketError(.invalidUTF8)
    static let nulInText = PacketError(.nulInText)
    static let tooManyElements = PacketError(.tooManyElements)

    var description: String { code.rawValue }
}
