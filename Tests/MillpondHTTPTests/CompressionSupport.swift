import Foundation
import MillpondHTTP
import MillpondIO

/// Inputs and shorthands of the tests of compression.
enum Compression {
    static func deflate(
        _ bytes: [UInt8], _ format: CompressionFormat, level: CompressionLevel = .standard
    ) throws -> [UInt8] {
        var chain = ByteChain()
        try Deflater.compress(bytes.span.bytes, format, level: level, into: &chain)
        return chain.allBytes
    }

    static func inflate(
        _ bytes: [UInt8], _ format: CompressionFormat, limits: InflateLimits = InflateLimits()
    ) throws -> [UInt8] {
        var chain = ByteChain()
        try Inflater.decompress(bytes.span.bytes, format, limits: limits, into: &chain)
        return chain.allBytes
    }

    /// The same in pieces of the given lengths, over and over.
    static func inflate(_ bytes: [UInt8], _ format: CompressionFormat, pieces: [Int], limit: Int) throws -> [UInt8] {
        var inflater = try Inflater(format)
        var result: [UInt8] = []
        var offset = 0
        var turn = 0
        while offset < bytes.count || inflater.hasPendingOutput {
            let end = min(offset + pieces[turn % pieces.count], bytes.count)
            turn += 1
            var chain = ByteChain()
            offset += try inflater.read(bytes.span.bytes.extracting(offset..<end), into: &chain, limit: limit)
            if chain.count > limit { throw CompressionTestFailure(reason: "\(chain.count) bytes, limit \(limit)") }
            result += chain.allBytes
        }
        try inflater.finish()
        return result
    }

    /// Text-like bytes: some repetition, some noise.
    static func text(_ count: Int, using random: inout some RandomNumberGenerator) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        while bytes.count < count {
            if bytes.count > 16, Int.random(in: 0..<4, using: &random) > 0 {
                let start = Int.random(in: 0..<bytes.count - 8, using: &random)
                bytes += bytes[start..<min(start + Int.random(in: 4..<40, using: &random), bytes.count)]
            } else {
                bytes.append(UInt8.random(in: .min ... .max, using: &random))
            }
        }
        return Array(bytes.prefix(count))
    }

    /// Runs a command on a file with the given content, and returns what it prints.
    static func run(_ command: [String], on content: [UInt8]) throws -> [UInt8] {
        let file = FileManager.default.temporaryDirectory.appending(path: "millpond-\(UUID().uuidString).gz")
        try Data(content).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = command + [file.path(percentEncoded: false)]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        if process.terminationStatus != 0 {
            throw CompressionTestFailure(reason: "\(command) ended with \(process.terminationStatus)")
        }
        return Array(data)
    }
}

struct CompressionTestFailure: Error {
    let reason: String
}

extension ByteChain {
    /// A copy of all bytes.
    var allBytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        forEachSegment { segment in segment.withUnsafeBytes { bytes += $0 } }
        return bytes
    }
}
