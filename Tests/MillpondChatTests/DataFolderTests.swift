import Foundation
import Testing

@testable import MillpondChat

@Suite(.timeLimit(.minutes(5))) struct DataFolderTests {
    @Test func foldersAroundItAreMade() throws {
        let base = NSTemporaryDirectory() + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: base) }
        for path in [base + "/a/b/c", base + "/a/b/c/", base + "/d"] {
            try DataFolder(path).release()
            var isFolder: ObjCBool = false
            #expect(FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue)
        }
    }

    @Test func whatIsInTheWayIsNamed() throws {
        let base = NSTemporaryDirectory() + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: base) }
        try Data().write(to: URL(fileURLWithPath: base))
        let error = #expect(throws: StoreError.self) { try DataFolder(base + "/a/b") }
        #expect(error.map { "\($0)".contains("Not a directory") } == true, "\(String(describing: error))")
    }
}
