internal import CMillpond
internal import Glibc
internal import MillpondIO

/// A file on its way: how much of it is there, and of which version.
///
/// The version's name, an entity tag or a date, lies in an extended attribute of the file, also when it is complete:
/// whoever resumes then must not append what a longer version has behind its end. Where the file system has no
/// attributes, a resumed download relies on the file not having changed.
struct PartialFile {
    private static let attribute = "user.millpond.validator"

    /// How long it is; 0 when there is none.
    let length: Int
    /// What `If-Range` asks for.
    let validator: String?

    /// Looks at a path.
    init(_ path: String) {
        var status = stat()
        guard unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            (length, validator) = (0, nil)
            return
        }
        length = Int(status.st_size)
        validator = unsafe withUnsafeTemporaryAllocation(byteCount: 512, alignment: 1) { buffer in
            let count = unsafe mp_attribute_get(path, Self.attribute, buffer.baseAddress, buffer.count)
            guard count > 0 else { return nil }
            return unsafe String(validating: buffer[..<count], as: UTF8.self)
        }
    }

    /// Opens a file to be written from `offset` on; from 0 on it is created or emptied.
    static func open(_ path: String, from offset: Int) throws(IOError) -> FileDescriptorSink {
        // A pipe without a reader is refused, instead of waited for on the reactor's thread.
        let flags = O_WRONLY | O_CLOEXEC | O_NONBLOCK | (offset == 0 ? O_CREAT | O_TRUNC : 0)
        let descriptor = unsafe Glibc.open(path, flags, 0o666)
        guard descriptor >= 0 else { throw .system(errno: errno, operation: "open", subject: path) }
        let sink = FileDescriptorSink(descriptor)
        guard isFile(descriptor) else { throw .system(errno: EINVAL, operation: "open", subject: path) }
        guard lseek(descriptor, offset, SEEK_SET) == offset || offset == 0 else {
            throw .system(errno: errno, operation: "lseek", subject: path)
        }
        return sink
    }

    /// A regular file, or a device such as /dev/null: pipes and sockets have readers that may not read.
    private static func isFile(_ descriptor: Int32) -> Bool {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { return false }
        return status.st_mode & S_IFMT == S_IFREG || status.st_mode & S_IFMT == S_IFCHR
    }

    /// Notes the version that is being written; nil forgets the one before.
    static func note(_ validator: String?, on descriptor: Int32) {
        if let validator {
            _ = unsafe mp_attribute_set(descriptor, attribute, validator, validator.utf8.count)
        } else {
            _ = unsafe mp_attribute_remove(descriptor, attribute)
        }
    }

    /// Whether a response says that it is of another version than a validator names.
    static func isOther(_ response: borrowing HTTPClientResponse, than validator: String) -> Bool {
        if validator.utf8.first == UInt8(ascii: "\"") { return response.string(.eTag).map { $0 != validator } ?? false }
        return response.string(.lastModified).map { $0 != validator } ?? false
    }

    /// What tells the version of a response from others byte by byte: a strong entity tag, or a date of change that is
    /// a minute older than the response (RFC 9110, section 8.8.2.2).
    static func validator(of response: borrowing HTTPClientResponse) -> String? {
        if let tag = response.string(.eTag) { return tag.hasPrefix("W/") ? nil : tag }
        guard let changed = response.string(.lastModified), let date = response.string(.date),
            let then = CookieDate.parse(changed), let now = CookieDate.parse(date), now - then >= 60
        else { return nil }
        return changed
    }
}
