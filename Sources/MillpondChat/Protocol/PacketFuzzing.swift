/// What a fuzzer calls: parses anything as a packet and its body as every request there is.
///
/// It must return for any bytes. The result tells nothing of use but that all was read.
package enum PacketFuzzing {
    package static func parse(_ bytes: RawSpan) -> Int {
        guard let packet = try? Packet(bytes), case .logic(let logic) = packet else { return 0 }
        guard let body = logic.body else { return 1 }
        var parsed = 2
        if (try? MessageRequest(bytes, body)) != nil { parsed += 1 }
        if (try? LoginRequest(bytes, body)) != nil { parsed += 1 }
        if (try? MessageIDRequest(bytes, body)) != nil { parsed += 1 }
        if (try? MessageContentRequest(bytes, body)) != nil { parsed += 1 }
        if (try? GroupCreateRequest(bytes, body)) != nil { parsed += 1 }
        if (try? GroupMemberRequest(bytes, body)) != nil { parsed += 1 }
        if (try? GroupDetailRequest(bytes, body)) != nil { parsed += 1 }
        if (try? HistoryRequest(bytes, body)) != nil { parsed += 1 }
        return parsed
    }

    /// Reads anything as a login's token. False when base 64 that was decoded, encoded again, is another, or when a
    /// token that nobody signed is believed.
    package static func readToken(_ bytes: RawSpan) -> Bool {
        let text = unsafe bytes.withUnsafeBytes { unsafe Array($0) }
        if let decoded = Base64URL.decode(text[...]), Base64URL.encode(decoded) != text { return false }
        return (try? authority.verify(text, now: 0)) == nil
    }

    private static let authority = TokenAuthority(secret: "a secret that no input knows")

    /// Reads anything as the body of a guest's request, which needs no login. False when what was read, written again,
    /// reads otherwise, or makes an account that nobody may have.
    package static func readGuest(_ bytes: RawSpan) -> Bool {
        guard let members = ClaimsReader.read(unsafe bytes.withUnsafeBytes { unsafe Array($0) }) else { return true }
        var texts = ClaimsReader.Members()
        var written = ""
        for member in members.all {
            guard case .text(let text) = member.value else { continue }
            if !texts.add(member.name, member.value) { return false }
            written += written.isEmpty ? "{" : ","
            written.appendJSON(member.name)
            written += ":"
            written.appendJSON(text)
            let account = GuestDesk.account(for: text) ?? ""
            if account.unicodeScalars.count > ChatLimits.account { return false }
        }
        return texts.all.isEmpty || ClaimsReader.read(Array((written + "}").utf8)) == texts
    }
}
