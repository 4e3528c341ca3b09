import TestSupport
import Testing

// For what happens between two steps of a submission.
@testable import MillpondPools

@Suite("Worker groups: errors and what they cancel", .timeLimit(.minutes(5)))
struct WorkerGroupErrorTests {
    @Test("an error that the scope has handled does not come back as the cancellation it caused")
    func handled() async throws {
        let pool = WorkerPool(.init(maximumWorkers: 1))
        let gate = Gate()
        let outcome = try await pool.withGroup(of: Int.self) { group in
            try group.submit {
                gate.pass()
                throw Refusal(number: 1)
            }
            for number in 0..<2 { try group.submit { number } }
            gate.open()
            do {
                while try await group.next() != nil {}
                return 0
            } catch let error as Refusal {
                return error.number
            }
        }
        #expect(outcome == 1)
        #expect(await eventually { pool.statistics().running == 0 })
        #expect(pool.statistics().cancelled == 2)
    }

    @Test("handled by next, the error leaves results with jobs that were not run, and says so")
    func resultsAfterHandling() async throws {
        let pool = WorkerPool(.init(maximumWorkers: 1))
        let gate = Gate()
        try await pool.withGroup(of: Int.self) { group in
            try group.submit {
                gate.pass()
                throw Refusal(number: 1)
            }
            try group.submit { 2 }
            gate.open()
            await #expect(throws: Refusal(number: 1)) { _ = try await group.next() }
            await #expect(throws: CancellationError.self) { _ = try await group.results() }
        }
    }

    @Test("a second error, of a job that ran already, is thrown at the scope's end")
    func second() async throws {
        let pool = WorkerPool(.init(maximumWorkers: 2))
        let (first, second, begun) = (Gate(), Gate(), Counter())
        await #expect(throws: Refusal(number: 2)) {
            try await pool.withGroup(of: Int.self) { group in
                for (number, gate) in [(1, first), (2, second)] {
                    try group.submit {
                        begun.add()
                        gate.pass()
                        throw Refusal(number: number)
                    }
                }
                #expect(await eventually { begun.value == 2 })
                try group.submit { 3 }
                first.open()
                do { _ = try await group.next() } catch let error as Refusal where error.number == 1 {}
                second.open()
            }
        }
    }

    @Test("cancelled by hand, jobs that were not run are reported at the scope's end")
    func byHand() async throws {
        let pool = WorkerPool(.init(maximumWorkers: 1))
        let gate = Gate()
        try await pool.occupy(gate)
        await #expect(throws: CancellationError.self) {
            try await pool.withGroup(of: Int.self) { group in
                try group.submit { 1 }
                group.cancel()
            }
        }
        gate.open()
    }

    @Test("a job on its way into the queue as its group is cancelled does not get in", arguments: [false, true])
    func cancelledMeanwhile(mayWait: Bool) async throws {
        let pool = WorkerPool(.init(maximumWorkers: 1, atLimit: .wait(timeout: .seconds(60))))
        let (gate, ran) = (Gate(), Counter())
        try await pool.occupy(gate)
        let group = WorkerGroupState<Void>(pool.core, .cancelOthers)
        let ticket = try group.admit { ran.add() }
        group.cancel()
        #expect(mayWait == false || pool.core.submitQuickly(ticket) == false)
        guard case .refused(let error) = pool.core.submit(.ticket(ticket), mayWait: mayWait) else {
            Issue.record("the job got in")
            gate.open()
            return
        }
        #expect(error is CancellationError)
        gate.open()
        #expect(await pool.stop(within: .seconds(10)))
        #expect(ran.value == 0 && pool.statistics().refused == 1)
    }
}
