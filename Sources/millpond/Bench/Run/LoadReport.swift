import Foundation
import Histogram

/// What a run came to, as a text in the manner of KIM's load tool or as JSON.
struct LoadReport {
    let kind: String
    let address: String
    let connections: Int
    let seconds: Double
    let totals: LoadRecorder.Totals

    static let percentiles: [Double] = [10, 50, 75, 90, 99, 99.9]

    var count: Int { Int(totals.latencies.totalCount) }
    private func milliseconds(_ nanoseconds: UInt64) -> Double { Double(nanoseconds) / 1e6 }
    private var average: Double { count == 0 ? 0 : totals.sumNanoseconds / Double(count) / 1e6 }

    /// Whether an answer was a refusal or an error, by the protocol's statuses.
    var hasRefusals: Bool {
        let isChat = kind != "http" && kind != "ws"
        return totals.statuses.keys.contains { isChat ? $0 != 0 : !(200..<400).contains($0) }
    }

    var text: String {
        var lines = ["", "Summary (\(kind), \(connections) connections, \(address)):"]
        func row(_ name: String, _ value: String) {
            lines.append("  " + name.padding(toLength: 16, withPad: " ", startingAt: 0) + value)
        }
        let histogram = totals.latencies
        row("Total:", format(seconds, "s"))
        row("Slowest:", format(milliseconds(count == 0 ? 0 : histogram.max), "ms"))
        row("Fastest:", format(milliseconds(count == 0 ? 0 : histogram.min), "ms"))
        row("Average:", format(average, "ms"))
        row("Requests:", "\(count)")
        row("Requests/sec:", String(format: "%.1f", Double(count) / seconds))
        if totals.deliveries > 0 {
            row("Deliveries:", "\(totals.deliveries)")
            row("Deliveries/sec:", String(format: "%.1f", Double(totals.deliveries) / seconds))
        }
        if count > 0 {
            lines += ["", "Response time histogram:"] + bars(histogram)
            lines += ["", "Latency distribution:"]
            for percentile in Self.percentiles {
                let value = milliseconds(histogram.valueAtPercentile(percentile))
                lines.append(String(format: "  %5.1f %% in %@", percentile, format(value, "ms")))
            }
        }
        lines += ["", "Status code distribution:"]
        for (status, number) in totals.statuses.sorted(by: { $0.key < $1.key }) {
            lines.append("  [\(status)]  \(number) responses")
        }
        if !totals.errors.isEmpty {
            lines += ["", "Error distribution:"]
            for (error, number) in totals.errors.sorted(by: { $0.value > $1.value }) {
                lines.append("  [\(number)]  \(error)")
            }
        }
        return lines.joined(separator: "\n")
    }

    /// Five rows of equal width between the fastest and the slowest.
    private func bars(_ histogram: Histogram<UInt64>) -> [String] {
        let low = histogram.min
        let width = max(1, (histogram.max - low) / 5 + 1)
        var counts = [UInt64](repeating: 0, count: 5)
        for value in histogram.recordedValues() {
            counts[min(4, Int((max(value.value, low) - low) / width))] += value.count
        }
        let most = max(1, counts.max() ?? 1)
        return counts.enumerated().map { index, number in
            let end = milliseconds(low + width * UInt64(index + 1))
            return String(format: "  %10.3f ms [%llu]\t|", end, number)
                + String(repeating: "■", count: Int(number * 40 / most))
        }
    }

    var json: String {
        let histogram = totals.latencies
        var latency: [String: Double] = ["average": average]
        if count > 0 {
            latency["fastest"] = milliseconds(histogram.min)
            latency["slowest"] = milliseconds(histogram.max)
            for percentile in Self.percentiles {
                latency["p\(percentile.formatted())"] = milliseconds(histogram.valueAtPercentile(percentile))
            }
        }
        let object: [String: Any] = [
            "kind": kind, "address": address, "connections": connections, "seconds": seconds, "requests": count,
            "requestsPerSecond": Double(count) / seconds, "deliveries": totals.deliveries,
            "latencyMilliseconds": latency,
            "statuses": Dictionary(uniqueKeysWithValues: totals.statuses.map { ("\($0)", $1) }),
            "errors": totals.errors,
        ]
        guard
            let data = try? JSONSerialization.data(
                withJSONObject: object, options: [.sortedKeys, .withoutEscapingSlashes])
        else { return "{}" }
        return String(decoding: data, as: UTF8.self)
    }

    private func format(_ value: Double, _ unit: String) -> String { String(format: "%.3f %@", value, unit) }
}
