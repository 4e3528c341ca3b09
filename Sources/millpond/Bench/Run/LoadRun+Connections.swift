import MillpondNet

/// The connections of a load: opened and closed on their reactors.
extension LoadRun {
    /// Opens `count` connections, spread over the reactors and at most 64 at a time on each.
    func open<Connection: LoadConnection & Sendable>(
        _ count: Int, _ make: @escaping @Sendable (Int, LoadRecorder) async throws -> Connection
    ) async throws -> [[Connection]] {
        let reactors = group.reactors
        try checkDescriptors(count)
        return try await withThrowingTaskGroup(of: (Int, [Connection]).self) { tasks in
            for (place, reactor) in reactors.enumerated() {
                let recorder = recorders[place]
                for lane in 0..<64 {
                    tasks.addTask(executorPreference: reactor) {
                        var own: [Connection] = []
                        var number = place + lane * reactors.count
                        while number < count {
                            own.append(try await make(number, recorder))
                            number += 64 * reactors.count
                        }
                        return (place, own)
                    }
                }
            }
            var opened = reactors.map { _ in [Connection]() }
            for try await (place, own) in tasks { opened[place] += own }
            return opened
        }
    }

    /// - Throws: when the process can't have so many connections.
    func checkDescriptors(_ count: Int) throws {
        if count > descriptors {
            throw CommandFailure(
                "\(count) connections need as many descriptors, and about \(max(0, descriptors)) are allowed: "
                    + "raise the limit (ulimit -Hn) or use fewer connections")
        }
    }

    /// Closes connections on their reactors.
    func close(_ connections: [[some LoadConnection & Sendable]]) async {
        for (reactor, own) in zip(group.reactors, connections) {
            await reactor.run { for connection in own { connection.close() } }
        }
    }
}
