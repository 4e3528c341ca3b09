import { cidOf, Conversation, extraOf, fromServer } from "/assets/conversation.js";
import { equal, test } from "./harness.js";

const stored = (id, cid = "", sender = "bob") => ({
    id: BigInt(id), cid, sender, body: `m${id}`, time: id, state: "stored", error: "",
});
const mine = (cid, state = "queued") => ({ id: 0n, cid, sender: "me", body: cid, time: 1, state, error: "" });
const ids = (conversation) => conversation.messages.map((message) => Number(message.id));

test("conversation: messages are ordered by id whatever order they come in, and are there once", () => {
    const conversation = new Conversation("u", "bob");
    for (const id of [3, 1, 2, 3, 5, 4, 1]) conversation.insert(stored(id));
    equal(ids(conversation), [1, 2, 3, 4, 5]);
});

test("conversation: what is not stored comes last, and takes its place when it is", () => {
    const conversation = new Conversation("u", "bob");
    const message = mine("a");
    conversation.insert(stored(1));
    conversation.append(message);
    conversation.append(mine("b"));
    conversation.insert(stored(5));
    equal(conversation.messages.map((one) => one.body), ["m1", "m5", "a", "b"]);
    conversation.stored(message, 3n, 3);
    equal(conversation.messages.map((one) => one.body), ["m1", "a", "m5", "b"]);
    equal(conversation.pending.map((one) => one.body), ["b"]);
});

test("conversation: a message whose answer was lost is recognised in the history", () => {
    const conversation = new Conversation("u", "bob");
    conversation.append(mine("kept"));
    conversation.append(mine("lost"));
    conversation.mergeNewest([stored(1), stored(2, "kept", "me")], false);
    equal(conversation.pending.map((one) => one.cid), ["lost"]);
    equal(ids(conversation), [1, 2, 0]);
});

test("conversation: another's message with the same mark is another message", () => {
    const conversation = new Conversation("g", "lobby");
    conversation.append(mine("same"));
    conversation.insert(stored(2, "same", "mallory"));
    equal(conversation.pending.length, 1);
});

test("conversation: a short page is the whole history, a full one is not", () => {
    const conversation = new Conversation("u", "bob");
    conversation.mergeNewest([stored(8), stored(9)], true);
    equal([conversation.hasEarlier, conversation.fresh], [true, true]);
    conversation.mergeEarlier([stored(6), stored(7)], true);
    conversation.mergeEarlier([stored(5)], false);
    equal([conversation.hasEarlier, ids(conversation)], [false, [5, 6, 7, 8, 9]]);
});

test("conversation: after a gap only what hangs together stays", () => {
    const conversation = new Conversation("g", "lobby");
    conversation.mergeNewest([stored(1), stored(2)], false);
    conversation.connectionLost();
    conversation.append(mine("waits"));
    conversation.insert(stored(30));
    conversation.mergeNewest([stored(20), stored(29)], true);
    equal([conversation.hasEarlier, ids(conversation)], [true, [20, 29, 30, 0]]);
});

test("conversation: an overlap after reconnecting keeps all", () => {
    const conversation = new Conversation("g", "lobby");
    conversation.mergeNewest([stored(1), stored(2)], false);
    conversation.connectionLost();
    conversation.mergeNewest([stored(2), stored(3)], true);
    equal([conversation.hasEarlier, ids(conversation)], [false, [1, 2, 3]]);
});

test("conversation: unread counts what came since it was read", () => {
    const conversation = new Conversation("u", "bob");
    conversation.insert(stored(4));
    conversation.addUnread(4n);
    conversation.addUnread(4n);
    conversation.addUnread(7n);
    equal(conversation.unread.size, 2);
    equal(conversation.markRead(), true);
    equal([conversation.unread.size, conversation.lastRead], [0, 7n]);
    conversation.addUnread(6n);
    equal(conversation.unread.size, 0);
    equal(conversation.markRead(), false);
});

test("conversation: messages of the server", () => {
    equal(cidOf(extraOf("x1")), "x1");
    equal(cidOf("anything else"), "");
    const message = fromServer({
        messageId: 7n, type: 1, body: "hi", extra: "cid:q", sender: "bob", sendTime: 1732176000123456789n,
    });
    equal(message, { id: 7n, cid: "q", sender: "bob", body: "hi", time: 1732176000123, state: "stored", error: "" });
});
