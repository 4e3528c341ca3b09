/// The fields behind a chunked body.
extension HTTPRequest {
    /// The request's trailers; empty until its content was read to the end, and for content with a length.
    ///
    /// Malformed ones, and fields that a trailer must not have, make the read of the content throw.
    public var trailers: HTTPTrailers { driver.trailers }
}
