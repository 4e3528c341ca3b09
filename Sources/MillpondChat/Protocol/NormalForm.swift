internal import Foundation

// Swift takes two spellings of an accented letter for equal, SQLite does not. With one spelling of each account, both
// agree on who somebody is.

extension String {
    /// Whether the text is in Unicode's normal form C.
    var isInNormalForm: Bool {
        utf8.allSatisfy(\.isInNormalFormAnyway) || utf8.elementsEqual(inNormalForm.utf8)
    }

    /// The same text in Unicode's normal form C.
    var inNormalForm: String { precomposedStringWithCanonicalMapping }
}

extension RawSpan {
    /// Whether the bytes, which are UTF-8, are in Unicode's normal form C.
    func isInNormalForm(_ range: ByteRange) -> Bool {
        for offset in range.range where !byte(offset).isInNormalFormAnyway { return string(range).isInNormalForm }
        return true
    }
}

extension UInt8 {
    /// Whether no character that UTF-8 begins with this byte, or continues with it, can be normalised or joined with
    /// others: those below U+0300, and the blocks of Chinese characters from U+4000 to U+9FFF.
    fileprivate var isInNormalFormAnyway: Bool { self < 0xCC || (0xE4...0xE9).contains(self) }
}
