internal import MillpondNet
internal import MillpondPools

extension ChatServer {
    /// Answers `GET /metrics` in Prometheus's text format.
    ///
    /// - Parameter more: adds the figures of others.
    public func metrics(_ more: (inout MetricsText) -> Void = { _ in }) -> ChatHTTPAnswer {
        var text = MetricsText()
        gateway.counters.write(to: &text)
        text.gauge("chat_accounts_online", "Accounts signed in.", onlineCount)
        writeStore(&text)
        writeReactors(&text)
        writePool(&text)
        more(&text)
        return ChatHTTPAnswer(status: 200, contentType: "text/plain; version=0.0.4; charset=utf-8", body: text.text)
    }

    private func writeStore(_ text: inout MetricsText) {
        let store = storeStatistics
        text.histogram(
            "store_commit_seconds", "Time of a group commit.", bounds: StoreCounters.bounds,
            buckets: store.latencyBuckets, sumNanoseconds: store.commitNanoseconds)
        text.counter("store_commands_total", "Commands committed.", store.commands)
        text.counter("store_failures_total", "Commands that failed.", store.failures)
        text.gauge("store_queue", "Commands that wait for the writer.", store.queued)
    }

    private func writeReactors(_ text: inout MetricsText) {
        let reactors = gateway.reactors.map(\.statistics)
        text.counter("reactor_turns_total", "Turns of all reactors.", reactors.reduce(0) { $0 + $1.turns })
        text.counter(
            "reactor_busy_seconds_total", "Time spent in turns.",
            seconds: reactors.reduce(0) { $0 + $1.busyNanoseconds })
        text.gauge(
            "reactor_longest_turn_nanoseconds", "The longest turn so far.",
            reactors.map(\.longestTurnNanoseconds).max() ?? 0)
        text.gauge("reactor_queued_bytes", "Bytes in outboxes.", reactors.reduce(0) { $0 + $1.queuedBytes })
        text.gauge("reactor_connections", "Connections of all reactors.", reactors.reduce(0) { $0 + $1.connections })
    }

    private func writePool(_ text: inout MetricsText) {
        let pool = BlockPool.shared.statistics()
        text.counter("pool_hits_total", "Blocks taken from idle ones.", pool.hits)
        text.counter("pool_misses_total", "Blocks made.", pool.misses)
        text.gauge("pool_outstanding_bytes", "Bytes of blocks in use.", pool.outstandingBytes)
        text.gauge("pool_idle_bytes", "Bytes of idle blocks.", pool.idleBytes)
        text.gauge("pool_mapped_bytes", "Bytes mapped.", pool.mappedBytes)
        text.counter("pool_refusals_total", "Blocks refused at the budget.", pool.refusals)
    }
}
