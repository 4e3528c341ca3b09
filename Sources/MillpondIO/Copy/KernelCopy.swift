internal import MillpondPools

/// Lets the kernel move up to `rest` bytes as far as it can. Returns when it can't, or has moved nothing: reading and
/// writing then find out why, or go on.
@usableFromInline
func copyInKernel<Source: ByteSource & ~Copyable, Sink: ByteSink & ~Copyable>(
    from reader: inout BufferedReader<Source>, to writer: inout BufferedWriter<Sink>,
    _ rest: inout Int, _ total: inout Int
) async throws {
    guard !reader.isEnded, var input = try reader.transferDescriptor() else { return }
    // Before anything is flushed: most writers have no descriptor.
    guard let output = try await writer.transferDescriptor() else { return }
    guard var route = KernelRoute(from: input, to: output) else { return }
    if route == .spliceThroughPipe {
        return try await spliceThroughPipe(from: &reader, to: &writer, &rest, &total)
    }
    var turn = KernelRoute.turn
    var idle = 0
    while rest > 0 {
        switch route.move(from: input, to: output, rest) {
        case .moved(let count):
            rest -= count
            total += count
            turn -= count
            idle = 0
        case .nothing:
            return
        case .unsupported:
            guard let next = route.next else { return }
            route = next
        case .stopped(let end, let errno):
            try await reader.handle(end, errno, route, &idle)
            try writer.handle(end, errno, route, &idle)
        }
        if turn <= 0 {
            turn = KernelRoute.turn
            await Task.yield()
        }
        // Waits for room, and for what others have written to the sink meanwhile. Others may have closed either end,
        // too, and its number may be another connection's by now.
        if rest > 0 {
            guard let now = try await writer.transferDescriptor(), now == output else { return }
            guard let source = try reader.transferDescriptor() else { return }
            input = source
        }
    }
}

/// Socket to pipe to wherever: no call takes from one end and gives to the other, so each can wait by itself.
private func spliceThroughPipe<Source: ByteSource & ~Copyable, Sink: ByteSink & ~Copyable>(
    from reader: inout BufferedReader<Source>, to writer: inout BufferedWriter<Sink>,
    _ rest: inout Int, _ total: inout Int
) async throws {
    guard var pipe = TransferPipe() else { return }
    do {
        try await splice(through: &pipe, from: &reader, to: &writer, &rest, &total)
    } catch {
        try writer.takeBack(&pipe)
        throw error
    }
    try writer.takeBack(&pipe)
}

private func splice<Source: ByteSource & ~Copyable, Sink: ByteSink & ~Copyable>(
    through pipe: inout TransferPipe, from reader: inout BufferedReader<Source>,
    to writer: inout BufferedWriter<Sink>, _ rest: inout Int, _ total: inout Int
) async throws {
    let route = KernelRoute.spliceThroughPipe
    var turn = KernelRoute.turn
    var idle = 0
    while rest > 0 {
        guard let input = try reader.transferDescriptor() else { return }
        switch route.move(from: input, to: pipe.writeEnd, min(rest, TransferPipe.capacity)) {
        case .moved(let count):
            pipe.held = count
            rest -= count
            total += count
            turn -= count
            idle = 0
        case .nothing, .unsupported:
            return
        case .stopped(_, let errno):
            try await reader.handle(.source, errno, route, &idle)
            continue
        }
        while pipe.held > 0 {
            guard let output = try await writer.transferDescriptor() else { return }
            switch route.move(from: pipe.readEnd, to: output, pipe.held) {
            case .moved(let count):
                pipe.held -= count
                idle = 0
            case .nothing, .unsupported: return
            case .stopped(_, let errno): try writer.handle(.sink, errno, route, &idle)
            }
        }
        if turn <= 0 {
            turn = KernelRoute.turn
            await Task.yield()
        }
    }
}
