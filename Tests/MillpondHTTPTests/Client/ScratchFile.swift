import Glibc
import MillpondIO

/// A file that goes when the test is over.
final class ScratchFile: Sendable {
    let path: String

    init(_ bytes: [UInt8]) throws {
        var template = Array("/tmp/millpond-test-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw IOError.system(errno: errno, operation: "mkstemp") }
        defer { close(descriptor) }
        path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        try replace(bytes)
    }

    deinit { unlink(path) }

    func replace(_ bytes: [UInt8]) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        guard descriptor >= 0, write(descriptor, bytes, bytes.count) == bytes.count else {
            throw IOError.system(errno: errno, operation: "write")
        }
        close(descriptor)
    }

    func remove() { unlink(path) }

    var exists: Bool { access(path, F_OK) == 0 }

    func bytes() throws -> [UInt8] {
        let descriptor = open(path, O_RDONLY)
        guard descriptor >= 0 else { throw IOError.system(errno: errno, operation: "open") }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = read(descriptor, &buffer, buffer.count), count > 0 { bytes += buffer[..<count] }
        return bytes
    }
}
