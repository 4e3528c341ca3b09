import MillpondPools
import TestSupport
import Testing

@Suite("Worker groups", .timeLimit(.minutes(5)))
struct WorkerGroupTests {
    @Test("results in the order of submission, with a queue smaller than the group")
    func ordered() async throws {
        let pool = WorkerPool(.init(maximumWorkers: 3, queueLimit: 2, atLimit: .wait(timeout: .seconds(60))))
        let squares = try await pool.withGroup(of: Int.self) { group in
            for number in 0..<500 { try await group.submitOrWait { number * number } }
            return try await group.results()
        }
        #expect(squares == (0..<500).map { $0 * $0 })
        #expect(await eventually { pool.statistics().running == 0 })
        #expect(pool.statistics().completed == 500)
    }

    @Test("results as completed")
    func asCompleted() async throws {
        let pool = WorkerPool(.init(maximumWorkers: 3))
        let gates = [Gate(), Gate(), Gate()]
        try await pool.withGroup(of: Int.self) { group in
            for (index, gate) in gates.enumerated() {
                try group.submit {
                    gate.pass()
                    return index
                }
            }
            for index in [2, 0, 1] {
                gates[index].open()
                #expect(try await group.next() == index)
            }
            #expect(try await group.next() == nil)
            #expect(try await group.results() == [])
        }
    }

    @Test("leaving the scope waits for all")
    func scopeWaits() async throws {
        let pool = WorkerPool(.init(maximumWorkers: 2))
        let ran = Counter()
        try await pool.withGroup(of: Void.self) { group in
            for _ in 0..<1000 { try group.submit { ran.add() } }
        }
        #expect(ran.value == 1000)
    }

    @Test("the first error cancels what has not begun, and is thrown")
    func firstError() async throws {
        let pool = WorkerPool(.init(maximumWorkers: 1))
        let (gate, ran) = (Gate(), Counter())
        await #expect(throws: Refusal(number: 1)) {
            try await pool.withGroup(of: Int.self) { group in
                try group.submit {
                    gate.pass()
                    throw Refusal(number: 1)
                }
                for _ in 0..<10 {
                    try group.submit {
                        ran.add()
                        return 0
                    }
                }
                gate.open()
                _ = try await group.results()
            }
        }
        #expect(ran.value == 0)
        #expect(pool.statistics().cancelled == 10)
        // Nobody asked for the results, but the error is not lost.
        await #expect(throws: Refusal(number: 2)) {
            try await pool.withGroup(of: Void.self) { group in try group.submit { throw Refusal(number: 2) } }
        }
    }

    @Test("with errors ignored all run, and each error is reported with its job")
    func ignoredErrors() async throws {
        let pool = WorkerPool(.init(maximumWorkers: 2))
        let outcome = try await pool.withGroup(of: Int.self, onError: .ignore) { group in
            for number in 0..<100 {
                try group.submit {
                    if number % 3 == 0 { throw Refusal(number: number) }
                    return number
                }
            }
            var (results, failures) = (Set<Int>(), Set<Int>())
            while true {
                do {
                    guard let result = try await group.next() else { return (results, failures) }
                    results.insert(result)
                } catch let error as Refusal {
                    failures.insert(error.number)
                }
            }
        }
        #expect(outcome.0 == Set((0..<100).filter { $0 % 3 != 0 }))
        #expect(outcome.1 == Set((0..<100).filter { $0 % 3 == 0 }))
    }

    @Test("an error in the scope cancels what has not begun and waits for what has")
    func errorInScope() async throws {
        let pool = WorkerPool(.init(maximumWorkers: 1))
        let (gate, begun, ran) = (Gate(), Counter(), Counter())
        let finished = Counter()
        await #expect(throws: Refusal(number: 9)) {
            try await pool.withGroup(of: Void.self) { group in
                try group.submit {
                    begun.add()
                    gate.pass()
                    finished.add()
                }
                try group.submit { ran.add() }
                #expect(await eventually { begun.value == 1 })
                // Opens only once the other job has been cancelled: the scope is left no earlier.
                onThread {
                    while pool.statistics().cancelled == 0 {}
                    gate.open()
                }
                throw Refusal(number: 9)
            }
        }
        #expect(finished.value == 1 && ran.value == 0)
    }

    @Test("cancelling the task cancels what has not begun")
    func cancellation() async throws {
        let pool = WorkerPool(.init(maximumWorkers: 1))
        let (gate, begun, ran) = (Gate(), Counter(), Counter())
        let task = Task {
            try await pool.withGroup(of: Int.self) { group in
                try group.submit {
                    begun.add()
                    gate.pass()
                    return 1
                }
                for _ in 0..<5 {
                    try group.submit {
                        ran.add()
                        return 2
                    }
                }
                return try await group.results()
            }
        }
        #expect(await eventually { begun.value == 1 && pool.statistics().submitted == 6 })
        task.cancel()
        #expect(await eventually { pool.statistics().cancelled == 5 })
        gate.open()
        await #expect(throws: CancellationError.self) { _ = try await task.value }
        #expect(ran.value == 0)
    }

    @Test("jobs refused at the bound are no part of the group; those dropped for others report it")
    func bound() async throws {
        let gate = Gate()
        let pool = WorkerPool(.init(maximumWorkers: 1, queueLimit: 1))
        try await pool.occupy(gate)
        let results = try await pool.withGroup(of: Int.self) { group in
            try group.submit { 1 }
            #expect(throws: WorkerPoolError.queueFull(limit: 1)) { try group.submit { 2 } }
            gate.open()
            return try await group.results()
        }
        #expect(results == [1])

        let dropping = WorkerPool(.init(maximumWorkers: 1, queueLimit: 1, atLimit: .dropOldest))
        try await dropping.occupy(gate)
        try await dropping.withGroup(of: Int.self, onError: .ignore) { group in
            try group.submit { 1 }
            try group.submit { 2 }
            await #expect(throws: WorkerPoolError.dropped) { _ = try await group.next() }
            gate.open()
            #expect(try await group.next() == 2)
        }
    }
}

/// Runs `body` on a thread of its own.
private func onThread(_ body: @escaping @Sendable () -> Void) {
    let pool = WorkerPool(.init(maximumWorkers: 1))
    _ = try? pool.submit(body)
}
