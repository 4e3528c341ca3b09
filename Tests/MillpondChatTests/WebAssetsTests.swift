import MillpondChat
import MillpondPools
import Testing

@Suite(.timeLimit(.minutes(5))) struct WebAssetsTests {
    @Test func thePageIsThere() throws {
        let page = try #require(WebAssets.lookup("/"))
        #expect(page.contentType == "text/html; charset=utf-8")
        #expect(text(page).hasPrefix("<!doctype html>"))
    }

    @Test func everyFileIsWholeAndNamedOnce() {
        #expect(Set(WebAssets.all.map(\.path)).count == WebAssets.all.count)
        #expect(Set(WebAssets.all.map(\.etag)).count == WebAssets.all.count)
        for asset in WebAssets.all {
            #expect(asset.count > 100, "\(asset.path) is empty")
            #expect(text(asset).utf8.count == asset.count, "\(asset.path) is not UTF-8")
        }
    }

    @Test func nothingElseIsThere() {
        for path in ["", "/index.html", "/assets/", "/assets/../assets/app.js", "/assets/app.js?x", "//"] {
            #expect(WebAssets.lookup(path) == nil)
        }
    }

    @Test func aBrowserThatKnowsTheContentIsRecognised() throws {
        let page = try #require(WebAssets.lookup("/"))
        for value in [page.etag, "W/\(page.etag)", "\"a\", \(page.etag) ,\"b\"", "*"] {
            #expect(page.isKnown(to: value), "\(value)")
        }
        for value in ["", "\"other\"", String(page.etag.dropLast()), ","] { #expect(!page.isKnown(to: value)) }
    }

    /// Every file that the page or a module names is carried, and the page names nothing from elsewhere.
    @Test func whatTheFilesNameIsThere() {
        for asset in WebAssets.all {
            let text = text(asset)
            for match in text.matches(of: #/from "\./([a-z-]+\.js)"/#) {
                #expect(WebAssets.lookup("/assets/\(match.1)") != nil, "\(asset.path) imports \(match.1)")
            }
            for match in text.matches(of: #/(?:href|src)="(assets/[^"]+)"/#) {
                #expect(WebAssets.lookup("/\(match.1)") != nil, "\(asset.path) names \(match.1)")
            }
            if asset.path != "/assets/icon.svg" && asset.path != "/assets/dom.js" {
                #expect(!text.contains("http://") && !text.contains("https://"), "\(asset.path) names another origin")
            }
        }
    }

    /// The policy allows neither inline scripts nor inline styles, and text goes in as text only.
    @Test func theFilesKeepToThePolicy() {
        let html = WebAssets.lookup("/").map(text) ?? ""
        #expect(!html.contains("<style") && !html.contains(" style=") && !html.contains(#/\son[a-z]+=/#))
        #expect(!html.contains(#/<script(?![^>]* src=)/#))
        for asset in WebAssets.all where asset.path.hasSuffix(".js") {
            for banned in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"] {
                #expect(!text(asset).contains(banned), "\(asset.path) uses \(banned)")
            }
        }
        #expect(WebAssets.fields.contains { $0.name == "content-security-policy" })
    }

    private func text(_ asset: WebAssets.Asset) -> String {
        let body = asset.body
        let bytes = body.bytes
        return String(
            decoding: (0..<bytes.byteCount).map { bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }, as: UTF8.self)
    }
}
