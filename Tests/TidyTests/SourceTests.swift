import Testing

/// The checks on the project's own sources.
@Suite(.timeLimit(.minutes(5))) struct SourceTests {
    private static let sources = Tree.swiftSources()

    private func expectNone(_ found: [Finding]) {
        for finding in found { Issue.record(Comment(rawValue: finding.description)) }
    }

    @Test func sourcesAreFound() {
        #expect(Self.sources.count > 20)
    }

    @Test func nothingBannedIsCalled() {
        expectNone(Self.sources.flatMap(Rules.bannedCalls))
    }

    @Test func nothingIsLeftOver() {
        // The rules themselves name the words.
        expectNone(Self.sources.filter { !$0.path.hasPrefix("Tests/TidyTests/") }.flatMap(Rules.leftovers))
    }

    @Test func linesAndFilesAreShort() {
        expectNone(Self.sources.flatMap(Rules.shape))
    }

    @Test func layersImportOnlyThoseAboveThem() {
        expectNone(Self.sources.flatMap(Rules.imports))
    }

    @Test func promisesAreExplained() {
        expectNone(Self.sources.flatMap(Rules.unexplainedPromises))
    }

    @Test func suitesHaveALimit() {
        expectNone(Self.sources.flatMap(Rules.unlimitedSuites))
    }
}
