internal import Glibc

/// The folder that the store lives in, held by one process at a time.
final class DataFolder: Sendable {
    let path: String
    private let lock: Int32

    /// Makes the folder if need be, and takes it.
    init(_ path: String) throws(StoreError) {
        self.path = path
        guard Self.make(path[...]) else { throw StoreError(.folder, "\(path): \(Self.text(errno))") }
        let file = path + "/lock"
        lock = unsafe open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard lock >= 0 else { throw StoreError(.folder, "\(file): \(Self.text(errno))") }
        // The kernel lets go of it when the process ends, however that happens.
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            Glibc.close(lock)
            throw code == EWOULDBLOCK ? StoreError(.inUse, path) : StoreError(.folder, "\(file): \(Self.text(code))")
        }
    }

    deinit { Glibc.close(lock) }

    /// Makes a folder, and those that it lies in; false with `errno` when that can't be done.
    private static func make(_ path: Substring) -> Bool {
        if unsafe mkdir(String(path), 0o700) == 0 || errno == EEXIST { return true }
        guard errno == ENOENT, let slash = path.dropLast().lastIndex(of: "/"), slash > path.startIndex,
            make(path[..<slash])
        else { return false }
        return unsafe mkdir(String(path), 0o700) == 0 || errno == EEXIST
    }

    /// Lets another process have the folder.
    func release() {
        _ = flock(lock, LOCK_UN)
    }

    var database: String { path + "/chat.sqlite" }

    static func text(_ code: Int32) -> String {
        unsafe strerror(code).map { unsafe String(cString: $0) } ?? "errno \(code)"
    }
}
