internal import CMillpond
internal import Glibc

/// What was found under a path.
enum FileLookup: Sendable {
    case file(ServedFile)
    /// A folder, named without a slash behind it.
    case folder
    /// A list of what is in a folder.
    case listing([UInt8])
    /// Nothing that is served.
    case missing
    /// A path that is none.
    case malformed
    /// It is there, and the process may not read it.
    case forbidden
    /// No descriptor or memory can be had.
    case exhausted
    /// It can't be read now: no worker can be had, or the file system fails or is in turmoil.
    case busy
    /// It can't be told without waiting for a disk.
    case wouldBlock

    init(errno code: Int32) {
        switch code {
        case EACCES, EPERM: self = .forbidden
        case EMFILE, ENFILE, ENOMEM: self = .exhausted
        case EAGAIN, EIO, ESTALE: self = .busy
        // No such name, a file in a folder's place, a link that is not followed or leads out, a socket.
        default: self = .missing
        }
    }
}

extension FileServer {
    /// Opens what a decoded path names.
    func open(_ path: [UInt8], mayBlock: Bool) -> FileLookup {
        let found = openOnce(path, mayBlock)
        guard case .exhausted = found, cache.count > 0 else { return found }
        // Out of descriptors, perhaps for what is kept.
        cache.removeAll()
        return openOnce(path, mayBlock)
    }

    private func openOnce(_ path: [UInt8], _ mayBlock: Bool) -> FileLookup {
        guard path.isEmpty || path.last == UInt8(ascii: "/") else {
            return openFile(path, mayBlock, folder: .folder)
        }
        if let index = options.index {
            let found = openFile(path + Array(index.utf8), mayBlock, folder: .missing)
            guard case .missing = found else { return found }
        }
        if !options.listsFolders { return .missing }
        // A folder's names may lie on a disk.
        if !mayBlock { return .wouldBlock }
        switch root.open(path, mayBlock: true) {
        case .opened(let descriptor): return list(descriptor, path)
        case .wouldBlock: return .wouldBlock
        case .failed(let code): return FileLookup(errno: code)
        }
    }

    private func list(_ descriptor: Int32, _ path: [UInt8]) -> FileLookup {
        var status = millpond_file_status()
        guard unsafe millpond_status(descriptor, &status) == 0, status.kind == 2 else {
            Glibc.close(descriptor)
            return .missing
        }
        // `descriptor` goes with the list.
        guard let listing = FolderListing(adopting: descriptor, path, in: root, options) else { return .exhausted }
        return .listing(listing.page(path, options))
    }

    private func openFile(_ path: [UInt8], _ mayBlock: Bool, folder: FileLookup) -> FileLookup {
        switch root.open(path, mayBlock: mayBlock) {
        case .wouldBlock: return .wouldBlock
        case .failed(let code): return FileLookup(errno: code)
        case .opened(let descriptor):
            var status = millpond_file_status()
            // Of kind 0 when its state can't be had.
            _ = unsafe millpond_status(descriptor, &status)
            guard let file = HTTPFile(adopting: descriptor, status) else { return status.kind == 2 ? folder : .missing }
            return dress(file, path, mayBlock)
        }
    }

    /// Composes the fields, and looks for the compressed forms.
    private func dress(_ file: HTTPFile, _ path: [UInt8], _ mayBlock: Bool) -> FileLookup {
        let name = String(decoding: path[(path.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0)...], as: UTF8.self)
        let type = MediaTypes.type(of: name, and: options.mediaTypes)
        var forms: (brotli: ServedFile?, gzip: ServedFile?) = (nil, nil)
        if options.sendsPrecompressed, MediaTypes.isCompressible(type) {
            for (ending, coding) in [(".br", "br"), (".gz", "gzip")] {
                switch openForm(path + Array(ending.utf8), of: file, mayBlock) {
                case .wouldBlock: return .wouldBlock
                case .none: continue
                case .form(let form):
                    let served = ServedFile(
                        form, mediaType: type, coding: coding, cacheControl: options.cacheControl, varies: true)
                    if coding == "br" { forms.brotli = served } else { forms.gzip = served }
                }
            }
        }
        return .file(
            ServedFile(
                file, mediaType: type, cacheControl: options.cacheControl,
                varies: forms.brotli != nil || forms.gzip != nil, brotli: forms.brotli, gzip: forms.gzip))
    }

    private enum Form {
        case form(HTTPFile)
        case none
        case wouldBlock
    }

    private func openForm(_ path: [UInt8], of file: HTTPFile, _ mayBlock: Bool) -> Form {
        switch root.open(path, mayBlock: mayBlock) {
        case .wouldBlock: return .wouldBlock
        case .failed: return .none
        case .opened(let descriptor):
            var status = millpond_file_status()
            _ = unsafe millpond_status(descriptor, &status)
            // One that is older was made from something else.
            guard let form = HTTPFile(adopting: descriptor, status), form.modified >= file.modified else {
                return .none
            }
            return .form(form)
        }
    }
}
