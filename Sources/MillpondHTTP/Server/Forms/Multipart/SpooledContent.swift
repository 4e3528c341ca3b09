public import MillpondIO
internal import MillpondPools

/// Content that was read whole: in memory while it is short, else in a temporary file, which is gone when this is.
public enum SpooledContent: ~Copyable {
    /// Short enough.
    case memory(ByteChain)
    /// Longer than the bound.
    case file(TemporaryFile)

    /// How many bytes there are.
    public var count: Int {
        switch self {
        case .memory(let chain): chain.count
        case .file(let file): file.count
        }
    }

    /// Whether it is in a file.
    public var isFile: Bool {
        switch self {
        case .memory: false
        case .file: true
        }
    }
}

/// The disk refused content that was to be spooled. Not the client's fault: answered with 500.
public struct SpoolError: Error {
    /// What the system said.
    public let cause: IOError
}

extension MultipartReader {
    /// Content is handed to the disk in pieces of this size.
    private static var batchSize: Int { 256 << 10 }

    /// Threads for files, since a disk may take its time.
    private static let workers = WorkerPool(
        WorkerPool.Options(name: "spool", maximumWorkers: 4, queueLimit: 1024))

    /// Reads all that is left of the part; into a temporary file once it is longer than `memoryLimit`. The file is
    /// written by other threads, one batch at a time: a slow disk slows down the sender, and nobody else.
    ///
    /// - Parameters:
    ///   - limit: the most bytes.
    ///   - memoryLimit: the most bytes in memory.
    ///   - folder: where the file goes.
    /// - Throws: ``HTTPFormError/partTooLarge`` beyond the limit; ``SpoolError``; `WorkerPoolError` when too many wait
    ///   for the disk; otherwise as ``nextPart()``. The file is gone then.
    public mutating func spool(
        limit: Int, memoryLimit: Int = 256 << 10, in folder: String = "/tmp"
    ) async throws -> SpooledContent {
        var content = ByteChain()
        while try await appendContent(to: &content, limit: limit) {
            if content.count > memoryLimit {
                return .file(try await spool(content, limit: limit, in: folder))
            }
        }
        return .memory(content)
    }

    private mutating func spool(
        _ beginning: consuming ByteChain, limit: Int, in folder: String
    ) async throws -> TemporaryFile {
        let job = SpoolJob(beginning)
        try await Self.workers.run { try job.write(in: folder) }
        var written = job.count
        var hasMore = true
        while hasMore {
            var batch = ByteChain()
            while hasMore, batch.count < Self.batchSize {
                hasMore = try await appendContent(to: &batch, limit: limit - written)
            }
            written += batch.count
            job.content = batch
            try await Self.workers.run { try job.write(in: folder) }
        }
        guard let file = job.file.take() else { throw HTTPFormError.truncated }
        return file
    }
}

/// A file on its way between the reader and a worker.
// Sound: the reader waits while the worker has it, so it has one owner at any time.
private final class SpoolJob: @unchecked Sendable {
    var content: ByteChain
    var file: TemporaryFile?

    init(_ content: consuming ByteChain) { self.content = content }

    var count: Int { file?.count ?? 0 }

    func write(in folder: String) throws {
        do throws(IOError) {
            if file == nil { file = try TemporaryFile(in: folder) }
            try file?.append(&content)
        } catch {
            throw SpoolError(cause: error)
        }
    }
}
