import MillpondHTTP
import Synchronization

/// Something to do.
struct Todo: Codable {
    let id: Int
    var title: String
    var isDone: Bool
}

/// What a client says of one.
struct TodoChange: Codable {
    var title: String?
    var isDone: Bool?
}

/// Why the list refuses a request; the server answers with its status.
enum TodoError: HTTPRespondingError {
    case unknown, untitled, full

    var status: HTTPStatus {
        switch self {
        case .unknown: .notFound
        case .untitled: HTTPStatus(422)
        case .full: .serviceUnavailable
        }
    }
}

/// All of them, for handlers on any thread.
final class TodoList: Sendable {
    private let state = Mutex<(last: Int, todos: [Int: Todo])>((0, [:]))

    func all(isDone: Bool?) -> [Todo] {
        let todos = state.withLock { $0.todos }
        return todos.values.filter { isDone == nil || $0.isDone == isDone }.sorted { $0.id < $1.id }
    }

    func find(_ id: String?) throws(TodoError) -> Todo {
        guard let number = id.flatMap({ Int($0) }), let todo = state.withLock({ $0.todos[number] }) else {
            throw .unknown
        }
        return todo
    }

    func add(_ change: TodoChange) throws(TodoError) -> Todo {
        guard let title = change.title, !title.isEmpty else { throw .untitled }
        return try state.withLock { (state) throws(TodoError) in
            guard state.todos.count < 10_000 else { throw .full }
            state.last += 1
            let todo = Todo(id: state.last, title: title, isDone: change.isDone ?? false)
            state.todos[todo.id] = todo
            return todo
        }
    }

    func update(_ id: String?, _ change: TodoChange) throws(TodoError) -> Todo {
        if change.title == "" { throw .untitled }
        let number = try find(id).id
        return try state.withLock { (state) throws(TodoError) in
            guard var todo = state.todos[number] else { throw .unknown }
            todo.title = change.title ?? todo.title
            todo.isDone = change.isDone ?? todo.isDone
            state.todos[number] = todo
            return todo
        }
    }

    func remove(_ id: String?) throws(TodoError) {
        let number = try find(id).id
        guard state.withLock({ $0.todos.removeValue(forKey: number) }) != nil else { throw .unknown }
    }
}
