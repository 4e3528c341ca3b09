import MillpondHTTP
import MillpondNet

/// `http-client.md`: requests.
enum ClientSample {
    static func run(_ group: ReactorGroup, consume: @Sendable (RawSpan) -> Void) async throws {
        let client = HTTPClient(group: group)
        let page = try await client.get("http://example.org/", limit: 1 << 20)  // status, fields, body, trailers

        var request = try HTTPClientRequest(.put, "http://example.org/items/1")
        request.fields.set(.contentType, "application/json")
        request.body = .file(path: "item.json")
        let status = try await client.withResponse(request) { response in
            while try await response.readChunk({ bytes in consume(bytes) }) != nil {}
            return response.status
        }
        await client.close()  // before the reactors are shut down
        print(page.status, status)
    }
}

/// `http-following.md`: cookies and proxies.
enum FollowingSample {
    static func run(_ group: ReactorGroup) async throws {
        var options = HTTPClientOptions()
        options.cookies = CookieJar()
        options.proxies = try ProxySettings.fromEnvironment()
        let client = HTTPClient(group: group, options: options)
        let page = try await client.get("http://example.org/")
        print(page.status)
    }
}
