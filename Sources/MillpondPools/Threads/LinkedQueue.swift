/// An object that can stand in a ``LinkedQueue``, in one at a time. The queue alone changes what is here.
protocol Linked: AnyObject {
    /// The class whose objects stand in the queue together.
    associatedtype Node: Linked where Node.Node == Node

    var previous: Node? { get set }
    var next: Node? { get set }
    /// Whether it is in a queue.
    var isLinked: Bool { get set }
}

/// Objects in the order they came, any of which can leave at any time. Not synchronised.
struct LinkedQueue<Node: Linked> where Node.Node == Node {
    private(set) var first: Node?
    private var last: Node?
    private(set) var count = 0

    var isEmpty: Bool { first == nil }

    mutating func append(_ node: Node) {
        node.previous = last
        last?.next = node
        last = node
        if first == nil { first = node }
        node.isLinked = true
        count += 1
    }

    /// Takes out an object; nothing happens if it has left before.
    mutating func remove(_ node: Node) {
        guard node.isLinked else { return }
        if first === node { first = node.next }
        if last === node { last = node.previous }
        node.previous?.next = node.next
        node.next?.previous = node.previous
        node.previous = nil
        node.next = nil
        node.isLinked = false
        count -= 1
    }
}
