import MillpondPools
import Testing

@testable import MillpondIO

/// MIME headers: what they show, what they refuse.
@Suite(.timeLimit(.minutes(5))) struct MIMEHeaderTests {
    struct Field: Equatable {
        let name: String
        let value: String
    }

    static func read(
        _ text: String, _ options: MIMEHeaderOptions = .init(), sizes: ClosedRange<Int> = 1...7
    ) async throws -> (fields: [Field], rest: String) {
        let pool = BlockPool()
        let source = ChunkingSource(MemorySource(utf8: text), sizes: sizes, seed: 1, stallsOneIn: 5)
        var reader = BufferedReader(source, pool: pool)
        var fields: [Field] = []
        do {
            let count = try await reader.forEachHeaderField(options) { name, value in
                fields.append(
                    Field(
                        name: String(decoding: array(name), as: UTF8.self),
                        value: String(decoding: array(value), as: UTF8.self)))
            }
            #expect(count == fields.count)
        } catch {
            #expect(fields.isEmpty)
            // Nothing was consumed.
            #expect(String(decoding: try await ReaderPropertyTests.rest(of: &reader), as: UTF8.self) == text)
            throw error
        }
        return (fields, String(decoding: try await ReaderPropertyTests.rest(of: &reader), as: UTF8.self))
    }

    @Test func fieldsAreShownWithoutTheBlanksAroundThem() async throws {
        let text = "Content-Type: text/plain\r\nX-Empty:\r\nx-blank:   \t\nA:b:c \r\nTab: a\tb\r\nU: ü\r\n\r\nbody"
        let result = try await Self.read(text)
        #expect(
            result.fields == [
                Field(name: "Content-Type", value: "text/plain"), Field(name: "X-Empty", value: ""),
                Field(name: "x-blank", value: ""), Field(name: "A", value: "b:c"), Field(name: "Tab", value: "a\tb"),
                Field(name: "U", value: "ü"),
            ])
        #expect(result.rest == "body")
    }

    @Test(arguments: ["\r\nbody", "\nbody"])
    func aHeaderMayBeEmpty(text: String) async throws {
        let result = try await Self.read(text)
        #expect(result.fields.isEmpty && result.rest == "body")
    }

    @Test(arguments: [
        ("no colon\r\n\r\n", MIMEHeaderError.Code.missingColon, 1),
        ("A: b\r\nno-colon\r\nC: d\r\n\r\n", .missingColon, 2),
        ("A: b\r\n: v\r\n\r\n", .invalidName, 2),
        ("A : b\r\n\r\n", .invalidName, 1),
        ("A\u{1}: b\r\n\r\n", .invalidName, 1),
        ("A: b\r\nÄ: b\r\n\r\n", .invalidName, 2),
        ("A(b): c\r\n\r\n", .invalidName, 1),
        ("A: b\u{0}\r\n\r\n", .invalidValue, 1),
        ("A: b\rC: d\r\n\r\n", .invalidValue, 1),
        ("A: b\r\r\n\r\n", .invalidValue, 1),
        ("A: \u{7F}\r\n\r\n", .invalidValue, 1),
        ("A: b\r\n c\r\n\r\n", .foldedLine, 2),
        (" A: b\r\n\r\n", .foldedLine, 1),
        ("A: b\nC: d\nE: f\n\n", .tooManyFields, 3),
    ])
    func mistakesNameTheirLine(text: String, code: MIMEHeaderError.Code, line: Int) async throws {
        await #expect(throws: MIMEHeaderError(code, line: line)) {
            _ = try await Self.read(text, MIMEHeaderOptions(maximumFieldCount: 2))
        }
    }

    @Test func foldedLinesBecomeOneValue() async throws {
        let text = "Subject: one\r\n two\r\n\t three \r\nA: \n b\nC: d\r\n \r\nE: f\r\n\r\nrest"
        let result = try await Self.read(text, MIMEHeaderOptions(folding: .unfold))
        #expect(
            result.fields == [
                Field(name: "Subject", value: "one   two  \t three"), Field(name: "A", value: "b"),
                Field(name: "C", value: "d"), Field(name: "E", value: "f"),
            ])
        #expect(result.rest == "rest")
    }

    @Test func aFoldedFirstLineIsRefusedAlways() async throws {
        await #expect(throws: MIMEHeaderError(.foldedLine, line: 1)) {
            _ = try await Self.read(" A: b\r\n\r\n", MIMEHeaderOptions(folding: .unfold))
        }
    }

    @Test func mistakesInFoldedLinesNameTheirLine() async throws {
        await #expect(throws: MIMEHeaderError(.invalidValue, line: 3)) {
            _ = try await Self.read("A: b\r\n c\r\n \u{1}\r\n\r\n", MIMEHeaderOptions(folding: .unfold))
        }
    }

    @Test func theHeaderIsBounded() async throws {
        let header = "A: " + String(repeating: "b", count: 93) + "\r\n\r\n"
        #expect(header.utf8.count == 100)
        #expect(try await Self.read(header, MIMEHeaderOptions(maximumByteCount: 100)).fields.count == 1)
        await #expect(throws: IOError.limitExceeded(limit: 99)) {
            _ = try await Self.read(header, MIMEHeaderOptions(maximumByteCount: 99))
        }
    }

    @Test func anErrorOfTheBodyLeavesTheHeader() async throws {
        var reader = BufferedReader(MemorySource(utf8: "A: b\r\n\r\n"))
        await #expect(throws: NoError.self) {
            try await reader.forEachHeaderField { _, _ throws(NoError) in throw NoError() }
        }
        #expect(try await reader.forEachHeaderField { _, _ in } == 1)
    }

    @Test(arguments: 0..<40 as Range<UInt64>)
    func randomBytesNeverCrash(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let alphabet = Array("Ab:: \t\r\n\n\u{0}".utf8)
        for _ in 0..<50 {
            let bytes = (0..<Int(random.next() % 60)).map { _ in alphabet[Int(random.next() % UInt64(alphabet.count))] }
            let text = String(decoding: bytes, as: UTF8.self) + "\r\n\r\n"
            let folding: MIMEHeaderOptions.Folding = seed % 2 == 0 ? .unfold : .refuse
            do {
                for field in try await Self.read(text, MIMEHeaderOptions(folding: folding)).fields {
                    #expect(!field.name.isEmpty)
                    #expect(!field.value.contains("\n") && field.value == field.value.trimmed)
                }
            } catch is MIMEHeaderError {}
        }
    }
}

extension String {
    fileprivate var trimmed: String {
        var part = self[...]
        while let first = part.first, first == " " || first == "\t" { part = part.dropFirst() }
        while let last = part.last, last == " " || last == "\t" { part = part.dropLast() }
        return String(part)
    }
}
