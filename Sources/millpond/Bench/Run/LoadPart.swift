import MillpondNet

/// One reactor's part of a load. Used on that reactor.
// Sound: made elsewhere and then used by one task on its reactor.
struct LoadPart: @unchecked Sendable {
    let run: LoadRun
    let reactor: Reactor
    let recorder: LoadRecorder
    let connections: [any LoadConnection & Sendable]
    /// Of the whole rate.
    let share: Double

    func load() async {
        if let rate = run.rate {
            await sendByTheClock(perSecond: rate * share)
        } else {
            for _ in 0..<run.plan.inFlight {
                for connection in connections where run.plan.takeRequest() {
                    connection.sendRequest(due: LoadPlan.now)
                }
            }
        }
        await waitForAnswers()
        for connection in connections { fail(connection, connection.closedText) }
    }

    /// Sends what has come due each millisecond, in turn over the connections. What is the turn of a closed one counts
    /// as failed: the others' schedule stays as it is.
    private func sendByTheClock(perSecond: Double) async {
        let start = LoadPlan.now
        let interval = 1e9 / perSecond
        var number = 0
        var isAlive = true
        var nextCheck = start
        while true {
            let now = LoadPlan.now
            while Double(now - start) >= Double(number) * interval {
                guard run.plan.takeRequest() else { return }
                let connection = connections[number % connections.count]
                let due = start + UInt64(Double(number) * interval)
                number += 1
                if connection.isOpen {
                    connection.sendRequest(due: due)
                } else {
                    recorder.failed(connection.closedText)
                }
            }
            if isAlive, !connections.contains(where: \.isOpen) {
                isAlive = false
                run.lostReactor()
            }
            if run.isDead { return }
            giveUpLate(now, &nextCheck)
            guard (try? await reactor.sleep(for: .milliseconds(1))) != nil else { return }
        }
    }

    /// Ends when nothing is under way on an open connection; what is late is given up.
    private func waitForAnswers() async {
        var nextCheck = LoadPlan.now
        while connections.contains(where: { $0.due.count > 0 && $0.isOpen }) {
            guard (try? await reactor.sleep(for: .milliseconds(1))) != nil else { return }
            giveUpLate(LoadPlan.now, &nextCheck)
        }
    }

    /// Closes the connections whose oldest request has waited for longer than --timeout: the answers behind it could
    /// not be told apart from its own.
    private func giveUpLate(_ now: UInt64, _ nextCheck: inout UInt64) {
        guard now >= nextCheck else { return }
        nextCheck = now + 50_000_000
        let timeout = UInt64(run.timeouts.answer * 1e9)
        for connection in connections {
            guard let oldest = connection.due.oldest, oldest + timeout < now, connection.isOpen else { continue }
            fail(connection, "no answer within \(run.timeouts.answer.short) s (--timeout)")
            connection.close()
        }
    }

    private func fail(_ connection: any LoadConnection, _ reason: String) {
        recorder.failed(reason, connection.due.count)
        connection.due.removeAll()
    }
}
