/// Marks an error as the handler's own: the input is as good as before.
struct HandlerError: Error {
    let error: any Error
}
