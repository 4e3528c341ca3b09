import Glibc
import MillpondHTTP
import MillpondIO
import MillpondNet

/// The downloads of one call of the command.
struct GetRun: Sendable {
    let options: Get
    let plans: [GetPlan]
    let fields: HTTPFields
    let proxies: ProxySettings
    let dials = GetDials()
    let progress: GetProgress

    init(_ options: Get, _ proxies: ProxySettings, _ plans: [GetPlan], _ fields: HTTPFields) {
        self.options = options
        self.plans = plans
        self.fields = fields
        self.proxies = proxies
        let isShown = isatty(STDERR_FILENO) == 1 && !options.quiet && !options.json
        progress = GetProgress(count: plans.count, isShown: isShown)
    }

    /// Runs them; the command's exit code.
    func run() async throws -> Int32 {
        let group: ReactorGroup
        do {
            group = try ReactorGroup(count: max(1, min(options.parallel, plans.count, ReactorGroup.availableCores)))
        } catch {
            throw CommandFailure("\(error)")
        }
        let client = makeClient(group)
        var codes = [Int32](repeating: 0, count: plans.count)
        await withTaskGroup(of: (index: Int, code: Int32).self) { tasks in
            for index in plans.indices {
                if index >= options.parallel, let ended = await tasks.next() { codes[ended.index] = ended.code }
                tasks.addTask { (index, await get(plans[index], index, client)) }
            }
            for await ended in tasks { codes[ended.index] = ended.code }
        }
        progress.finish()
        await client.close(within: .seconds(1))
        await group.shutdown()
        return codes.first { $0 != 0 } ?? 0
    }

    private func makeClient(_ group: ReactorGroup) -> HTTPClient {
        var transport = TransportOptions()
        transport.userAgent = "millpond/\(Millpond.version)"
        transport.dialTimeout = .seconds(options.connectTimeout)
        transport.timeouts.connection = .seconds(options.connectTimeout)
        transport.timeouts.firstByte = .seconds(options.stallTimeout)
        transport.timeouts.bodyStall = .seconds(options.stallTimeout)
        transport.timeouts.total = options.timeout.map { .seconds($0) }
        // As many at once as were asked for, also from one server.
        transport.maximumOpenPerHost = max(transport.maximumOpenPerHost, options.parallel)
        transport.maximumOpen = max(transport.maximumOpen, options.parallel)
        var following = HTTPClientOptions()
        following.maximumRedirects = options.maxRedirects
        following.proxies = proxies
        // Cookies that a redirect sets are sent to where it leads.
        following.cookies = CookieJar()
        let dials = self.dials
        return HTTPClient(
            Transport(group: group, options: transport) { try await dials.connect($0, $1) }, options: following)
    }

    // MARK: One download

    /// Downloads, tells of failures, and says which exit code that makes.
    private func get(_ plan: GetPlan, _ index: Int, _ client: HTTPClient) async -> Int32 {
        let start = ContinuousClock.now
        do {
            let download = try await plan.path == "-" ? print(plan, client) : save(plan, index, client)
            progress.ended(index)
            if options.json, let download { report(plan, download, start.duration(to: .now)) }
            return 0
        } catch {
            progress.ended(index)
            let failure = GetFailure(error)
            if options.json { GetReport(plan, error: failure.description, start.duration(to: .now)).print() }
            progress.say("millpond: \(plan.url): \(failure.description)")
            return failure.exitCode
        }
    }

    private func request(_ plan: GetPlan) -> HTTPClientRequest {
        var request = HTTPClientRequest(.get, plan.url)
        // What --user or --header says counts, not the URL.
        if fields.contains(.authorization) { request.fields.remove("Authorization") }
        fields.forEach { name, value in
            request.fields.add(nameBytes: name, value)
        }
        return request
    }

    private func save(_ plan: GetPlan, _ index: Int, _ client: HTTPClient) async throws -> HTTPDownload? {
        var settings = HTTPDownloadOptions()
        settings.resumes = options.resumes
        let progress = self.progress
        settings.progress = { progress.update(index, $0, name: plan.path) }
        return try await client.download(request(plan), to: plan.path, options: settings)
    }

    /// Standard output gets what the file would, decompressed.
    private func print(_ plan: GetPlan, _ client: HTTPClient) async throws -> HTTPDownload? {
        let progress = self.progress
        try await client.withResponse(request(plan)) { response in
            guard response.status == .ok else { throw GetFailure(status: response.status) }
            let total = response.remainingBodyCount
            var writer = BufferedWriter(FileDescriptorSink(STDOUT_FILENO, owned: false))
            try await response.copyBody(to: &writer) { count in
                progress.update(0, HTTPDownloadProgress(length: count, total: total), name: plan.path)
            }
            try await writer.flush()
        }
        return nil
    }

    private func report(_ plan: GetPlan, _ download: HTTPDownload, _ total: Duration) {
        let origin = HTTPOrigin(download.url)
        let proxy = proxies.proxy(for: download.url).map {
            HTTPProxy(HTTPOrigin($0), authorization: $0.credentials?.fieldValue)
        }
        let key = HTTPConnectionKey(origin: origin, proxy: proxy)
        let dial = download.isReused ? GetDials.Times() : dials.take(key)
        GetReport(plan, download, dial, total).print()
    }
}
