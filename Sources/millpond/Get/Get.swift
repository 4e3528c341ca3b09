import ArgumentParser
import Foundation
import MillpondHTTP
import MillpondNet

/// `millpond get`: files from HTTP servers.
struct Get: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Download files.",
        discussion: """
            Each URL becomes a file named after the last part of its path, or what --output says. Redirects are \
            followed. Proxies are those of http_proxy and no_proxy.

            Ends with 0 when all went well, otherwise with what the first failure was: 3 no connection, 4 timed out, \
            5 a response that broke off or makes no sense, 8 an error status, 1 anything else; 64 for a mistake in the \
            arguments.
            """)

    @Argument(help: "What to download: http://host[:port]/path.")
    var urls: [String]
    @Option(
        name: .shortAndLong,
        help: "The file to write, - for standard output, or for several URLs the folder. By default the current folder."
    )
    var output: String?
    @Flag(name: .customLong("continue"), help: "Go on with files of which a part is there.")
    var resumes = false
    @Option(help: "How many downloads go on at once.")
    var parallel = 4
    @Option(name: [.customShort("H"), .long], help: "A header field, 'Name: value'; may be repeated.")
    var header: [String] = []
    @Option(name: .shortAndLong, help: "Name and password for the server, 'name:password'.")
    var user: String?
    @Option(help: "How many redirects are followed.")
    var maxRedirects = 10
    @Option(help: "Seconds for a connection to be there.")
    var connectTimeout: Double = 10
    @Option(help: "Seconds without a byte after which a download fails.")
    var stallTimeout: Double = 60
    @Option(help: "Seconds for a whole download. By default it may take as long as it likes.")
    var timeout: Double?
    @Flag(help: "Use no proxy, whatever the environment says.")
    var direct = false
    @Flag(name: .shortAndLong, help: "Show no progress.")
    var quiet = false
    @Flag(help: "Print one line of JSON for each download, with the times of its phases in seconds.")
    var json = false

    func validate() throws {
        if urls.isEmpty { throw ValidationError("no URL") }
        if parallel < 1 || parallel > 1000 { throw ValidationError("--parallel must be between 1 and 1000") }
        if maxRedirects < 0 || maxRedirects > 1000 {
            throw ValidationError("--max-redirects must be between 0 and 1000")
        }
        for (name, value) in [
            ("--connect-timeout", connectTimeout), ("--stall-timeout", stallTimeout), ("--timeout", timeout ?? 1),
        ] where !(value > 0 && value <= 10_000_000) {
            throw ValidationError("\(name) must be more than 0 and at most 10000000 seconds, not \(value.short)")
        }
        if output == "-", resumes || json || urls.count > 1 {
            throw ValidationError("-o - takes one URL, and neither --continue nor --json")
        }
        if let problem = try fields().problem { throw ValidationError("a header's \(problem) can't be sent") }
        _ = try plans()
    }

    func run() async throws {
        do {
            let settings = try settings()
            let code = try await GetRun(self, settings, try plans(), try fields()).run()
            if code != 0 { throw ExitCode(code) }
        } catch let failure as CommandFailure {
            throw failure.report()
        }
    }

    // MARK: What the arguments mean

    private func settings() throws -> ProxySettings {
        if direct { return ProxySettings() }
        do { return try ProxySettings.fromEnvironment() } catch { throw CommandFailure(error.description) }
    }

    private func fields() throws -> HTTPFields {
        var fields = HTTPFields()
        for text in header {
            guard let colon = text.firstIndex(of: ":") else {
                throw ValidationError("a header is 'Name: value', not '\(text)'")
            }
            let value = text[text.index(after: colon)...].trimmingCharacters(in: .whitespaces)
            let name = String(text[..<colon])
            if Self.ownFields.contains(name.lowercased()) { throw ValidationError("\(name) can't be set") }
            fields.add(name, value)
        }
        if let user {
            let parts = user.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let credentials = HTTPCredentials.basic(user: parts[0], password: parts.count > 1 ? parts[1] : "")
            guard let value = credentials.fieldValue else { throw ValidationError("--user has a control character") }
            fields.set(.authorization, value)
        }
        return fields
    }

    /// Fields that say how the message goes on. In lower case.
    private static let ownFields: Set<String> = [
        "connection", "content-length", "expect", "transfer-encoding", "upgrade",
    ]

    /// What each URL is to become.
    private func plans() throws -> [GetPlan] {
        var isFolder: ObjCBool = false
        let isThere = output.map { FileManager.default.fileExists(atPath: $0, isDirectory: &isFolder) } ?? false
        if urls.count > 1, let output, !isThere || !isFolder.boolValue {
            throw ValidationError("\(output) is no folder, and there are several URLs")
        }
        var taken: [String: String] = [:]
        return try urls.map { text in
            let url: HTTPURL
            do throws(HTTPURLError) {
                url = try HTTPURL(text)
            } catch {
                throw ValidationError(error.description)
            }
            if url.scheme == .https { throw ValidationError("https is not supported yet: \(url)") }
            let name = GetPlan.fileName(of: url)
            let path: String
            if let output {
                path = isFolder.boolValue ? "\(output)/\(name)" : output
            } else {
                // Only --output means standard output by a dash.
                path = name == "-" ? "./-" : name
            }
            if let other = taken.updateValue("\(url)", forKey: path) {
                throw ValidationError("\(other) and \(url) would be the same file, \(path)")
            }
            return GetPlan(url: url, path: path)
        }
    }
}
