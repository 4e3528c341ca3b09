import { backoff, Client, ConnectionLost, RequestError } from "/assets/client.js";
import { Command, LoginReq, pushes } from "/assets/messages.js";
import { decodePacket, encodeLogic, encodePing, Flag } from "/assets/packet.js";
import { decode, encode } from "/assets/protobuf.js";
import { equal, settle, test } from "./harness.js";

/** A WebSocket whose other end is the test. */
class FakeSocket {
    sent = [];
    closed = false;
    send(bytes) { this.sent.push(decodePacket(bytes)); }
    close() { this.closed = true; }
    receive(bytes) { this.onmessage({ data: bytes.slice().buffer }); }
    answer(command, message = {}, status = 0, request = this.sent.at(-1)) {
        const { sequence, dest } = request.header;
        const type = status === 0 ? command.response : { message: [1, "string"] };
        const header = { command: command.name, sequence, flag: Flag.response, status, dest };
        this.receive(encodeLogic(header, encode(type, message)));
    }
    push(command, message) {
        const header = { command, sequence: 9, flag: Flag.push, dest: "d" };
        this.receive(encodeLogic(header, encode(pushes[command], message)));
    }
}

async function connected() {
    const sockets = [];
    const client = new Client({ url: "ws://test/", token: "tok", makeSocket: () => {
        sockets.push(new FakeSocket());
        return sockets.at(-1);
    } });
    const states = [];
    client.addEventListener("state", () => states.push(client.why ? `${client.state}: ${client.why}` : client.state));
    client.connect();
    sockets[0].onopen();
    return { client, sockets, states, socket: sockets[0] };
}

async function online() {
    const all = await connected();
    all.socket.answer(Command.signIn, { channelId: "c", account: "me" });
    await settle();
    return all;
}

test("client: signs in with its token and is online", async () => {
    const { client, states, socket } = await online();
    equal(socket.sent[0].header.command, "login.signin");
    equal(decode(LoginReq, socket.sent[0].body).token, "tok");
    equal(states, ["connecting", "online"]);
    client.stop();
});

test("client: answers find their requests in any order", async () => {
    const { client, socket } = await online();
    const first = client.request(Command.userTalk, { type: 1, body: "a" }, "bob");
    const second = client.request(Command.groupTalk, { type: 1, body: "b" }, "lobby");
    const [one, two] = socket.sent.slice(-2);
    socket.answer(Command.groupTalk, { messageId: 2n, sendTime: 20n }, 0, two);
    socket.answer(Command.userTalk, { messageId: 1n, sendTime: 10n }, 0, one);
    equal(await first, { messageId: 1n, sendTime: 10n });
    equal(await second, { messageId: 2n, sendTime: 20n });
    client.stop();
});

test("client: a failure is an error with its status and text", async () => {
    const { client, socket } = await online();
    const request = client.request(Command.groupJoin, { account: "me", groupId: "nowhere" });
    socket.answer(Command.groupJoin, { message: "no such group" }, 100);
    const error = await request.catch((thrown) => thrown);
    equal([error instanceof RequestError, error.status, error.message], [true, 100, "no such group"]);
    client.stop();
});

test("client: a refused token ends it", async () => {
    const { states, socket } = await connected();
    socket.answer(Command.signIn, {}, 105);
    await settle();
    equal(states, ["connecting", "stopped: unauthorized"]);
    equal(socket.closed, true);
});

test("client: when the account logs in elsewhere it ends, and does not come back", async () => {
    const { client, states, socket } = await online();
    socket.push("login.signin", { channelId: "c" });
    equal(states.at(-1), "stopped: taken-over");
    client.check();
    equal(client.state, "stopped");
});

test("client: pushes are told, pings answered", async () => {
    const { client, socket } = await online();
    const told = [];
    client.addEventListener("push", ({ detail }) => told.push(detail));
    socket.push("chat.user.talk", { messageId: 5n, body: "hey", sender: "bob" });
    socket.push("millpond.presence", { account: "bob", online: true });
    equal(told.map(({ command }) => command), ["chat.user.talk", "millpond.presence"]);
    equal(told[0].message.messageId, 5n);
    socket.receive(encodePing());
    equal(socket.sent.at(-1).kind, "pong");
    client.stop();
});

test("client: a lost connection fails what was asked, and a new one is made", async () => {
    const { client, sockets, states, socket } = await online();
    const request = client.request(Command.userTalk, { body: "x" }, "bob");
    socket.onclose({ code: 1001 });
    const error = await request.catch((thrown) => thrown);
    equal(error instanceof ConnectionLost, true);
    equal(states.at(-1), "waiting: restarting");
    equal(client.retryAt > Date.now(), true);
    client.check();
    equal([client.state, sockets.length], ["connecting", 2]);
    sockets[1].onclose({ code: 1006 });
    equal(states.at(-1), "waiting: unreachable");
    client.stop();
});

test("client: bytes that are no packet end the connection", async () => {
    const { client, states, socket } = await online();
    const log = console.error;
    console.error = () => {};
    socket.receive(new Uint8Array(16));
    console.error = log;
    equal(states.at(-1), "waiting: garbled");
    client.stop();
});

test("client: waits longer each time, up to a bound, and never all alike", () => {
    equal([0, 1, 2, 3, 20, 2000].map((attempt) => backoff(attempt, () => 1)), [500, 1000, 2000, 4000, 30000, 30000]);
    equal([0, 1, 20].map((attempt) => backoff(attempt, () => 0)), [250, 500, 15000]);
});
