/// What a ``FileServer`` serves, and how. The defaults show nothing that was not meant to be seen.
public struct FileServerOptions: Sendable {
    /// What symbolic links may do.
    public enum SymbolicLinks: Sendable {
        /// None is followed: what lies behind one is not found.
        case refuse
        /// Those are followed that stay within the root at every step. Absolute ones never do.
        case withinRoot
        /// All are followed, wherever they lead.
        case anywhere
    }

    /// Where the root stands in the paths of requests, such as `/static`; other paths are not found. Nil: at what the
    /// pattern of a ``ServeMux`` leaves of the path, and without one at `/`.
    public var mount: String?
    /// The file that stands for its folder; nil for none. `index.html`.
    public var index: String? = "index.html"
    /// Whether a folder without such a file is answered with a list of what is in it. False: it is not found.
    public var listsFolders: Bool = false
    /// The most names in such a list; further ones are left out, and it says so. 5000.
    public var listingLimit: Int = 5000
    /// Whether names that begin with a dot are served. False, but for `.well-known` at the top.
    public var showsDotFiles: Bool = false
    /// What symbolic links may do. Within the root.
    public var symbolicLinks = SymbolicLinks.withinRoot
    /// Whether `name.br` and `name.gz`, where they are not older than `name`, are sent in its place to clients that
    /// want them. For types that are worth compressing only. True.
    public var sendsPrecompressed: Bool = true
    /// The value of `Cache-Control`; nil sends none.
    public var cacheControl: String?
    /// Types by the ends of names, in lower case and without a dot, beside those that are built in and before them.
    public var mediaTypes: [String: String] = [:]
    /// Files that are kept open for further requests, each with its two compressed forms at most. 1024; 0 keeps none.
    public var openFileLimit: Int = 1024
    /// How long a name is taken to mean the file that is open. 1 s. What happens to that file itself (it grows, or is
    /// written anew) is seen at once.
    public var openFileLifetime: Duration = .seconds(1)
    /// How long a file that nobody asks for is kept open. 60 s. Enforced while others are asked for.
    public var openFileIdleTime: Duration = .seconds(60)

    public init() {}
}
