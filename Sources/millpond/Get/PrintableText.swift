extension String {
    /// The same without what makes a terminal do something: control characters, those of C1 included, and marks that
    /// change the direction of what follows. A replacement character stands for each.
    var printable: String {
        func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
            switch scalar.value {
            case 0..<0x20, 0x7F...0x9F, 0x61C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF: false
            default: true
            }
        }
        if unicodeScalars.allSatisfy(isHarmless) { return self }
        return String(String.UnicodeScalarView(unicodeScalars.map { isHarmless($0) ? $0 : "\u{FFFD}" }))
    }
}
