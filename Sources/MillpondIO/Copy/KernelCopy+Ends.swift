internal import Glibc
internal import MillpondPools

/// What a call that did not get on means to the reader.
extension BufferedReader where Source: ~Copyable {
    mutating func transferDescriptor() throws(IOError) -> Int32? {
        do throws(IOError) {
            return try source.transferDescriptor()
        } catch {
            end.record(error)
            throw error
        }
    }

    /// Waits when nothing is there; remembers and throws an error of the source's.
    mutating func handle(
        _ which: KernelRoute.End, _ code: Int32, _ route: KernelRoute, _ idle: inout Int
    ) async throws {
        guard which == .source else { return }
        source.transferStopped(errno: code)
        if code == EAGAIN { return try await waitForSource(&idle) }
        let error = IOError.system(errno: code, operation: route.operation)
        end.record(error)
        throw error
    }
}

/// What a call that did not get on means to the writer.
extension BufferedWriter where Sink: ~Copyable {
    /// The sink's descriptor once everything that was written before has left.
    mutating func transferDescriptor() async throws -> Int32? {
        if end.isReached { _ = try end.outcome() }
        if !chain.isEmpty { try await flush() }
        return try await sink.transferDescriptor()
    }

    /// Tells the sink; keeps and throws an error of its.
    mutating func handle(
        _ which: KernelRoute.End, _ code: Int32, _ route: KernelRoute, _ idle: inout Int
    ) throws(IOError) {
        guard which == .sink else { return }
        sink.transferStopped(errno: code)
        if code != EAGAIN { throw lost(.system(errno: code, operation: route.operation)) }
        idle += 1
        if idle > 10_000 { throw lost(.noProgress) }
    }

    /// What a pipe still holds goes on through the buffer: nothing that left the source is lost.
    mutating func takeBack(_ pipe: inout TransferPipe) throws {
        guard pipe.held > 0, error == nil else { return }
        do {
            try pipe.drain(into: &chain)
        } catch let error as BlockPoolError {
            throw lost(.bufferUnavailable(error))
        } catch let error as IOError {
            throw lost(error)
        }
    }

    /// Makes `error` the one that sticks, and drops what gathered; the error to throw.
    @usableFromInline
    mutating func lost(_ error: IOError) -> IOError {
        end.record(error)
        chain.removeAll()
        return error
    }
}
