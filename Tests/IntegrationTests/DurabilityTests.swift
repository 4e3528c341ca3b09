import Foundation
import MillpondPools
import Testing

/// Whatever was answered must survive the death of the process.
@Suite(.serialized, .timeLimit(.minutes(5))) struct DurabilityTests {
    /// What the senders were told.
    final class Answers: Sendable {
        let byText = Guarded<[String: Int64]>([:])
    }

    @Test func nothingAnsweredIsLostInTenKills() throws {
        let folder = try TemporaryFolder()
        let data = folder.path + "/data"
        let answers = Answers()
        var lastOfRound: Int64 = 0
        for round in 0..<10 {
            let server = try ServerProcess(data: data)
            let port = server.streamPort
            let before = answers.byText.withLock { Set($0.values) }
            // Threads of their own: they block, and the test runner's few must not.
            let senders = DispatchGroup()
            for sender in 0..<4 {
                senders.enter()
                Thread.detachNewThread {
                    Self.talkUntilItDies(round: round, sender: sender, port: port, answers)
                    senders.leave()
                }
            }
            // In the middle of the load, at a different point each time.
            Thread.sleep(forTimeInterval: 0.15 + 0.04 * Double(round))
            server.killAtOnce()
            #expect(senders.wait(timeout: .now() + 30) == .success)
            let fresh = answers.byText.withLock { Set($0.values) }.subtracting(before)
            #expect(!fresh.isEmpty, "round \(round) was answered nothing")
            #expect((fresh.min() ?? 0) > lastOfRound, "ids must grow across restarts")
            lastOfRound = fresh.max() ?? lastOfRound
        }
        let answered = answers.byText.withLock { $0 }
        #expect(Set(answered.values).count == answered.count, "ids must be unique")
        let server = try ServerProcess(data: data)
        let stored = try Self.everythingReceived(by: "receiver", port: server.streamPort)
        for (text, id) in answered where stored[id] != text {
            Issue.record("message \(id), answered, is \(stored[id] ?? "not there")")
        }
        #expect(server.stop() == 0)
    }

    /// Keeps eight messages in flight and notes which were answered with success.
    static func talkUntilItDies(round: Int, sender: Int, port: UInt16, _ answers: Answers) {
        var texts: [UInt64: String] = [:]
        do {
            let peer = try KIMPeer.signedIn("sender\(sender)", port: port)
            var number = 0
            func talk() throws {
                let text = "round \(round) sender \(sender) message \(number)"
                number += 1
                let body = KIMPeer.number(1, 1) + KIMPeer.bytes(2, text)
                texts[try peer.send("chat.user.talk", to: "receiver", body: body)] = text
            }
            for _ in 0..<8 { try talk() }
            while true {
                let packet = try peer.receive()
                guard packet.flag == 1, packet.status == 0, let text = texts[packet.sequence] else { continue }
                answers.byText.withLock { $0[text] = Int64(packet.body.numbers[1] ?? 0) }
                try talk()
            }
        } catch {
            // The kill ends the conversation.
        }
    }

    /// Syncs as a client does that was away: the index in pages, then the contents.
    static func everythingReceived(by account: String, port: UInt16) throws -> [Int64: String] {
        let peer = try KIMPeer.signedIn(account, port: port)
        var ids: [UInt64] = []
        while true {
            let request = KIMPeer.number(1, ids.last ?? 0)
            let page = try peer.request("chat.offline.index", body: request).body.messages(1)
            ids += page.map { $0.numbers[1] ?? 0 }
            if page.count < 2000 { break }
        }
        var stored: [Int64: String] = [:]
        for start in stride(from: 0, to: ids.count, by: 200) {
            let wanted = ids[start..<min(ids.count, start + 200)]
            let packed = wanted.flatMap { KIMPeer.varint($0) }
            let body = KIMPeer.varint(1 << 3 | 2) + KIMPeer.varint(UInt64(packed.count)) + packed
            for content in try peer.request("chat.offline.content", body: body).body.messages(1) {
                stored[Int64(content.numbers[1] ?? 0)] = content.text(3)
            }
        }
        return stored
    }
}
