/// The lines of one event, in an array of their own: the strings that they are made of cost as much.
struct EventText {
    private(set) var bytes: [UInt8] = []

    init(capacity: Int) { bytes.reserveCapacity(capacity) }

    mutating func append(_ name: StaticString, _ value: String) {
        append(name)
        bytes.append(contentsOf: value.utf8)
        bytes.append(0x0A)
    }

    /// A line for each line of `text`; one for empty text.
    mutating func append(lines text: String, prefix: StaticString) {
        append(prefix)
        var isAfterReturn = false
        for byte in text.utf8 {
            defer { isAfterReturn = byte == 0x0D }
            if byte == 0x0A, isAfterReturn { continue }
            bytes.append(byte == 0x0D ? 0x0A : byte)
            if byte == 0x0A || byte == 0x0D { append(prefix) }
        }
        bytes.append(0x0A)
    }

    /// The empty line that ends an event.
    mutating func finish() { bytes.append(0x0A) }

    private mutating func append(_ literal: StaticString) {
        // Sound: literals live for ever.
        unsafe bytes.append(
            contentsOf: UnsafeBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
    }
}
