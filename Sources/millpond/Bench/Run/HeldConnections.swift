import MillpondNet

/// Connections that only listen: kept from being closed as silent, and watched.
extension LoadRun {
    /// Keeps connections signed in and idle, then closes them. One that the server closes meanwhile has failed.
    func hold(_ connections: [[ChatLoad]], milliseconds: Int) async {
        let count = connections.reduce(0) { $0 + $1.count }
        if milliseconds >= 1000 {
            let seconds = (Double(milliseconds) / 1000).short
            Console.error("millpond: \(count) connections are signed in and held for \(seconds) s\n")
        }
        await watch(connections, until: LoadPlan.now + UInt64(milliseconds) * 1_000_000)
        await close(connections)
    }

    /// Runs the load while others listen, and until the last deliveries to them are here. One of those that the server
    /// closes meanwhile has failed.
    ///
    /// - Returns: the seconds of the load.
    func listening(_ connections: [[ChatLoad]], during load: @escaping @Sendable () async -> Double) async -> Double {
        await withTaskGroup(of: Double?.self) { tasks in
            tasks.addTask {
                await self.watch(connections, until: .max)
                return nil
            }
            tasks.addTask {
                let seconds = await load()
                // The last deliveries are still under way when the last answer is here.
                if connections.contains(where: { !$0.isEmpty }) { await self.settleDeliveries() }
                return seconds
            }
            var seconds = 0.0
            for await ended in tasks {
                guard let ended else { continue }
                seconds = ended
                tasks.cancelAll()
            }
            return seconds
        }
    }

    /// Waits until no delivery has come for a tenth of a second, at most for --timeout.
    private func settleDeliveries() async {
        var last = -1
        let end = LoadPlan.now + UInt64(timeouts.answer * 1e9)
        while deliveryCount != last, LoadPlan.now < end {
            last = deliveryCount
            try? await Task.sleep(for: .milliseconds(100))
        }
    }

    /// Until the time, the task's cancellation, or the end of the last connection.
    private func watch(_ connections: [[ChatLoad]], until end: UInt64) async {
        await withTaskGroup(of: Void.self) { tasks in
            for (reactor, own) in zip(group.reactors, connections) where !own.isEmpty {
                tasks.addTask(executorPreference: reactor) { await Self.watch(own, on: reactor, until: end) }
            }
        }
    }

    private static func watch(_ connections: [ChatLoad], on reactor: Reactor, until end: UInt64) async {
        var open = connections
        var nextPing = LoadPlan.now + pingInterval
        while !open.isEmpty {
            let now = LoadPlan.now
            if now >= end { return }
            let pause = min(end - now, 100_000_000)
            guard (try? await reactor.sleep(for: .nanoseconds(pause))) != nil else { return }
            for connection in open where !connection.isOpen {
                connection.recorder.failed("while held: \(connection.closedText)")
            }
            open.removeAll { !$0.isOpen }
            if LoadPlan.now >= nextPing {
                nextPing = LoadPlan.now + pingInterval
                for connection in open { connection.link?.ping() }
            }
        }
    }

    /// As often as KIM's clients: the server closes a connection that is silent for two minutes.
    private static var pingInterval: UInt64 { 55_000_000_000 }
}
