internal import CMillpond
internal import Glibc
internal import MillpondIO

/// A folder, and the one way to what lies beneath it.
///
/// `openat2` has the kernel itself see that a path stays beneath the root, also while links and folders are being moved
/// about. Where there is none (Linux before 5.6, or a sandbox that refuses it), the path is walked a name at a time and
/// no symbolic link is followed.
final class FolderRoot: Sendable {
    /// What became of an attempt to open something.
    enum Outcome: Equatable {
        case opened(Int32)
        /// It can't be had without waiting for a disk.
        case wouldBlock
        case failed(errno: Int32)
    }

    let descriptor: Int32
    private let links: FileServerOptions.SymbolicLinks
    /// What the kernel can do, asked once: what it says of a single file later is about that file.
    private let hasOpenat2: Bool
    private let hasCachedResolve: Bool

    /// - Parameter mayUseOpenat2: false for tests of what happens without.
    init(_ path: String, _ links: FileServerOptions.SymbolicLinks, mayUseOpenat2: Bool = true) throws(IOError) {
        self.links = links
        descriptor = unsafe millpond_open_folder(AT_FDCWD, path, 1)
        if descriptor < 0 { throw .system(errno: errno, operation: "open", subject: path) }
        let resolve = Self.resolve(links)
        hasOpenat2 = mayUseOpenat2 && Self.knows(resolve, in: descriptor)
        // Linux before 5.12 does not.
        hasCachedResolve = hasOpenat2 && Self.knows(resolve | millpond_resolve_cached, in: descriptor)
    }

    private static func resolve(_ links: FileServerOptions.SymbolicLinks) -> UInt64 {
        switch links {
        case .refuse: millpond_resolve_beneath | millpond_resolve_no_symlinks
        case .withinRoot: millpond_resolve_beneath | millpond_resolve_no_magic_links
        case .anywhere: 0
        }
    }

    /// Whether the kernel has `openat2` with these bits: tried on the folder itself.
    private static func knows(_ resolve: UInt64, in folder: Int32) -> Bool {
        let opened = unsafe millpond_open_beneath(folder, ".", resolve)
        if opened >= 0 {
            _ = Glibc.close(opened)
            return true
        }
        // Not there, unknown bits, or a sandbox. Anything else is about the folder, or passes.
        return ![ENOSYS, EINVAL, E2BIG, EPERM].contains(errno)
    }

    deinit { if descriptor >= 0 { _ = Glibc.close(descriptor) } }

    /// Opens a path beneath the root for reading.
    ///
    /// - Parameters:
    ///   - path: without a slash at its front; empty for the root itself.
    ///   - mayBlock: whether the disk may be waited for.
    func open(_ path: [UInt8], mayBlock: Bool) -> Outcome {
        if !mayBlock, !hasCachedResolve { return .wouldBlock }
        if hasOpenat2 { return unsafe Self.withPath(path) { unsafe openByKernel($0, mayBlock) } }
        let opened =
            links == .anywhere
            ? unsafe Self.withPath(path) { unsafe millpond_open_at(descriptor, $0, 0) } : walk(path)
        return opened >= 0 ? .opened(opened) : .failed(errno: errno)
    }

    /// Shows a path as the system wants it.
    private static func withPath<R>(_ path: some Collection<UInt8>, _ body: (UnsafePointer<CChar>) -> R) -> R {
        let text = path.isEmpty ? [UInt8(ascii: "."), 0] : path + [0]
        return unsafe text.withUnsafeBytes { bytes in
            // Sound: bytes are characters, and a NUL ends them.
            unsafe body(bytes.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: CChar.self))
        }
    }

    private func openByKernel(_ path: UnsafePointer<CChar>, _ mayBlock: Bool) -> Outcome {
        let resolve = Self.resolve(links) | (mayBlock ? 0 : millpond_resolve_cached)
        // A folder that is moved meanwhile may make the kernel unsure that the path stayed beneath: `EAGAIN`.
        for _ in 0..<16 {
            let opened = unsafe millpond_open_beneath(descriptor, path, resolve)
            if opened >= 0 { return .opened(opened) }
            switch errno {
            case EINTR: continue
            case EAGAIN where mayBlock: continue
            case EAGAIN: return .wouldBlock
            case let code: return .failed(errno: code)
            }
        }
        return .failed(errno: EAGAIN)
    }

    /// Opens a name after another, none of which may be a symbolic link.
    private func walk(_ path: [UInt8]) -> Int32 {
        let names = path.split(separator: UInt8(ascii: "/"))
        var folder = descriptor
        for name in names.dropLast() {
            let next = unsafe Self.withPath(name) { unsafe millpond_open_folder(folder, $0, 0) }
            leave(folder)
            if next < 0 { return -1 }
            folder = next
        }
        let opened = unsafe Self.withPath(names.last ?? []) { unsafe millpond_open_at(folder, $0, O_NOFOLLOW) }
        leave(folder)
        return opened
    }

    /// Closes a folder that was passed through; the last error stays.
    private func leave(_ folder: Int32) {
        let code = errno
        if folder != descriptor { _ = Glibc.close(folder) }
        errno = code
    }
}
