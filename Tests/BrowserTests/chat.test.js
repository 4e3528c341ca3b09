import { Chat } from "/assets/chat.js";
import { ConnectionLost, RequestError } from "/assets/client.js";
import { extraOf } from "/assets/conversation.js";
import { equal, settle, test } from "./harness.js";

/** A server in a few lines, reached through what looks like a Client. */
class FakeClient extends EventTarget {
    state = "stopped";
    asked = [];
    history = [];
    pageLimit = Infinity;
    unread = [];
    groups = [{ id: "lobby", name: "", memberCount: 2 }];
    nextId = 100n;
    /** What to do with the next talks: "store", "store and lose the answer", "lose" or "refuse". */
    talks = [];

    change(state, why = null) {
        this.state = state;
        this.why = why;
        this.dispatchEvent(new Event("state"));
    }

    push(command, message, dest = "") {
        this.dispatchEvent(new CustomEvent("push", { detail: { command, message, header: { dest } } }));
    }

    async request({ name }, message, dest) {
        this.asked.push(name);
        switch (name) {
            case "millpond.presence.subscribe": return { accounts: ["me", "bob"] };
            case "millpond.group.list": return { groups: this.groups };
            case "chat.offline.index": return { indexes: this.unread };
            case "millpond.history":
                if (this.brokenHistory) throw new RequestError(300, "");
                return this.page(message);
            case "chat.user.talk":
            case "chat.group.talk": return this.talk(message, dest);
            default: return {};
        }
    }

    /** At most as many as asked for, and as this server puts into one answer. */
    page({ dest, beforeId, limit }) {
        const found = this.history.filter((one) => one.dest === dest && (!beforeId || one.messageId < beforeId));
        const messages = found.slice(-Math.min(limit, this.pageLimit));
        return { messages, hasEarlier: messages.length < found.length };
    }

    talk(message, dest) {
        const fate = this.talks.shift() ?? "store";
        if (fate === "refuse") throw new RequestError(300, "The disk is full");
        if (fate === "lose") throw new ConnectionLost();
        const stored = { ...message, messageId: this.nextId, sendTime: this.nextId * 1_000_000n, sender: "me", dest };
        this.nextId += 1n;
        this.history.push(stored);
        if (fate === "store and lose the answer") throw new ConnectionLost();
        return stored;
    }
}

class FakeStorage {
    constructor() { Object.defineProperty(this, "items", { value: new Map() }); }
    getItem(key) { return this.items.get(key) ?? null; }
    setItem(key, value) { this.items.set(key, value); }
    removeItem(key) { this.items.delete(key); }
}

async function started({ client = new FakeClient(), storage = new FakeStorage() } = {}) {
    const chat = new Chat({ account: "me", client, storage, isVisible: () => true });
    client.change("online");
    await quiet();
    return { chat, client, storage };
}

const quiet = async () => {
    for (let turn = 0; turn < 5; turn += 1) await settle();
};
const bodies = (conversation) => conversation.messages.map(({ body, state }) => `${body} ${state}`);

test("chat: after the login it knows who is here, the groups and what is unread", async () => {
    const client = new FakeClient();
    client.unread = [
        { messageId: 5n, direction: 0, account: "bob", group: "" },
        { messageId: 6n, direction: 0, account: "bob", group: "lobby" },
        { messageId: 7n, direction: 1, account: "bob", group: "" },
    ];
    const { chat } = await started({ client });
    equal([...chat.online], ["me", "bob"]);
    const sizes = [chat.conversation("u", "bob"), chat.conversation("g", "lobby")].map((one) => one.unread.size);
    equal([sizes, chat.unreadCount], [[1, 1], 2]);
    equal(chat.synced, true);
});

test("chat: the lobby is joined at each login, before the groups are listed", async () => {
    const { client } = await started();
    const [joined, listed] = ["chat.group.join", "millpond.group.list"].map((name) => client.asked.indexOf(name));
    equal(joined >= 0 && joined < listed, true);
});

test("chat: messages are sent in order and stored", async () => {
    const { chat } = await started();
    const bob = chat.conversation("u", "bob");
    chat.send(bob, "one");
    chat.send(bob, "two");
    equal(bodies(bob), ["one sending", "two sending"]);
    await quiet();
    equal(bodies(bob), ["one stored", "two stored"]);
});

test("chat: a page that the server cut is not the whole history", async () => {
    const client = new FakeClient();
    for (const messageId of [1n, 2n, 3n, 4n, 5n]) {
        const [body, sender] = [`${messageId}`, "bob"];
        client.history.push({ messageId, type: 1, body, extra: "", sender, sendTime: messageId, dest: "lobby" });
    }
    client.pageLimit = 2;
    const { chat } = await started({ client });
    const lobby = chat.conversation("g", "lobby");
    await chat.open(lobby);
    await quiet();
    equal([bodies(lobby), lobby.hasEarlier], [["4 stored", "5 stored"], true]);
    await chat.loadEarlier(lobby);
    equal([lobby.messages.length, lobby.hasEarlier], [4, true]);
    await chat.loadEarlier(lobby);
    equal([lobby.messages.length, lobby.hasEarlier], [5, false]);
});

test("chat: a refused message says why, and is sent again on demand", async () => {
    const { chat, client } = await started();
    const bob = chat.conversation("u", "bob");
    client.talks = ["refuse"];
    chat.send(bob, "one");
    await quiet();
    equal([bodies(bob), bob.messages[0].error], [["one failed"], "The disk is full"]);
    chat.retry(bob, bob.messages[0]);
    await quiet();
    equal(bodies(bob), ["one stored"]);
});

test("chat: answers lost with the connection: what was stored is not sent again, the rest is", async () => {
    const { chat, client } = await started();
    const bob = chat.conversation("u", "bob");
    client.talks = ["store and lose the answer", "lose"];
    chat.send(bob, "stored");
    chat.send(bob, "lost");
    await quiet();
    client.change("waiting");
    chat.send(bob, "written offline");
    equal(bodies(bob), ["stored queued", "lost queued", "written offline queued"]);
    client.change("online");
    await quiet();
    equal(bodies(bob), ["stored stored", "lost stored", "written offline stored"]);
    equal(client.history.map(({ body }) => body), ["stored", "lost", "written offline"]);
});

test("chat: what is not sent survives a reload, and is sent once", async () => {
    const { chat, client, storage } = await started();
    const bob = chat.conversation("u", "bob");
    client.talks = ["store and lose the answer", "lose"];
    chat.send(bob, "stored");
    chat.send(bob, "lost");
    await quiet();
    client.change("waiting");
    chat.save();
    const again = new FakeClient();
    Object.assign(again, { history: client.history, nextId: client.nextId });
    const { chat: reloaded } = await started({ client: again, storage });
    equal(bodies(reloaded.conversation("u", "bob")), ["stored stored", "lost stored"]);
    equal(client.history.map(({ body }) => body), ["stored", "lost"]);
});

test("chat: when the server can't tell whether a message was stored, the user is asked", async () => {
    const { chat, client } = await started();
    const bob = chat.conversation("u", "bob");
    client.talks = ["lose"];
    chat.send(bob, "doubtful");
    await quiet();
    client.change("waiting");
    client.brokenHistory = true;
    client.change("online");
    await quiet();
    equal(bodies(bob), ["doubtful failed"]);
});

test("chat: a push in view is read, elsewhere it is unread, twice it is there once", async () => {
    const { chat, client } = await started();
    const bob = chat.conversation("u", "bob");
    const push = (messageId) => ({
        messageId, type: 1, body: `m${messageId}`, extra: extraOf(`c${messageId}`), sender: "bob", sendTime: 0n,
    });
    client.push("chat.user.talk", push(5n));
    client.push("chat.user.talk", push(5n));
    equal([bob.unread.size, bob.messages.length], [1, 1]);
    await chat.open(bob);
    client.push("chat.user.talk", push(6n));
    equal([bob.unread.size, bob.lastRead], [0, 6n]);
    client.push("chat.group.talk", push(7n), "lobby");
    equal(chat.conversation("g", "lobby").unread.size, 1);
});

test("chat: presence follows the pushes", async () => {
    const { chat, client } = await started();
    client.push("millpond.presence", { account: "chloe", online: true });
    client.push("millpond.presence", { account: "bob", online: false });
    equal([...chat.online], ["me", "chloe"]);
});
