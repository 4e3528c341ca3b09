// The connection to the server: logs in, sends requests, matches answers, keeps the connection alive, reconnects.

import { Command, ErrorResp, pushes } from "./messages.js";
import { decodePacket, encodeLogic, encodePing, encodePong, Flag, Status } from "./packet.js";
import { decode, encode } from "./protobuf.js";

const HEARTBEAT = 55_000;
const ANSWER_TIMEOUT = 12_000;
const BACKOFF_FIRST = 500, BACKOFF_LAST = 30_000;

/** The server's answer was a failure. */
export class RequestError extends Error {
    name = "RequestError";
    constructor(status, message) {
        super(message || `status ${status}`);
        this.status = status;
    }
}

/** The connection ended before the answer came: whether the server handled the request is not known. */
export class ConnectionLost extends Error {
    name = "ConnectionLost";
}

/** How long to wait before the given attempt (0, 1, …): doubles up to half a minute, and half of it is random. */
export function backoff(attempt, random = Math.random) {
    const ceiling = Math.min(BACKOFF_LAST, BACKOFF_FIRST * 2 ** Math.min(attempt, 16));
    return Math.round(ceiling / 2 + (ceiling / 2) * random());
}

/**
 * States: "connecting", "online", "waiting" (until `retryAt`, because of `why`) and "stopped" (because of `why`:
 * "unauthorized", "taken-over" or "left").
 *
 * Events: "state" after each change, "push" with `detail` { command, header, message }.
 */
export class Client extends EventTarget {
    state = "stopped";
    why = null;
    retryAt = 0;

    #url;
    #token;
    #makeSocket;
    #socket = null;
    #sequence = 1;
    #waiting = new Map();
    #attempt = 0;
    #retryTimer = 0;
    #heartbeatTimer = 0;
    #answerTimer = 0;

    constructor({ url, token, makeSocket = (address) => new WebSocket(address) }) {
        super();
        this.#url = url;
        this.#token = token;
        this.#makeSocket = makeSocket;
    }

    /** Connects, unless a connection is there or under way. Ends a wait before the next attempt. */
    connect() {
        if (this.#socket) return;
        clearTimeout(this.#retryTimer);
        this.#changeState("connecting");
        let opened = false;
        const socket = this.#makeSocket(this.#url);
        this.#socket = socket;
        socket.binaryType = "arraybuffer";
        this.#expectAnswer();
        socket.onopen = () => {
            opened = true;
            this.#signIn(socket);
        };
        socket.onmessage = (event) => {
            if (socket === this.#socket) this.#received(event.data);
        };
        socket.onclose = (event) => {
            if (socket === this.#socket) this.#lost(opened ? reasonOf(event) : "unreachable");
        };
    }

    /** Ends the connection for good. */
    stop(why = "left") {
        clearTimeout(this.#retryTimer);
        this.#drop();
        this.#changeState("stopped", why);
    }

    /** Signs out and ends the connection for good. */
    async leave() {
        try {
            if (this.state === "online") await this.request(Command.signOut);
        } catch {
            // The session ends with the connection anyway.
        }
        this.stop("left");
    }

    /** Looks at once whether the connection still stands: after the machine slept, or the network changed. */
    check() {
        if (this.state === "waiting") this.connect();
        else if (this.state === "online") this.#ping();
    }

    /** Sends a request and returns the body of its answer. Throws RequestError or ConnectionLost. */
    request(command, message = {}, dest = "") {
        if (this.state !== "online") return Promise.reject(new ConnectionLost("not connected"));
        return this.#request(command, message, dest);
    }

    #request(command, message, dest = "") {
        this.#sequence = this.#sequence >= 0xffff ? 1 : this.#sequence + 1;
        const sequence = this.#sequence;
        const header = { command: command.name, sequence, flag: Flag.request, dest };
        return new Promise((resolve, reject) => {
            this.#waiting.set(sequence, { command, resolve, reject });
            this.#expectAnswer();
            this.#socket.send(encodeLogic(header, encode(command.request, message)));
        });
    }

    async #signIn(socket) {
        try {
            await this.#request(Command.signIn, { token: this.#token, isp: "", zone: "", tags: ["web"] });
            this.#attempt = 0;
            this.#changeState("online");
            this.#heartbeatTimer = setInterval(() => this.#ping(), HEARTBEAT);
        } catch (error) {
            if (socket !== this.#socket) return;
            if (error instanceof RequestError && error.status === Status.unauthorized) this.stop("unauthorized");
            else this.#lost("refused");
        }
    }

    #received(data) {
        clearTimeout(this.#answerTimer);
        this.#answerTimer = 0;
        let packet;
        try {
            packet = decodePacket(new Uint8Array(data));
            if (packet.kind === "ping") this.#socket.send(encodePong());
            else if (packet.kind === "logic") this.#handle(packet);
        } catch (error) {
            console.error("a packet that cannot be read:", error);
            this.#lost("garbled");
        }
        if (this.#waiting.size > 0 && !this.#answerTimer) this.#expectAnswer();
    }

    #handle({ header, body }) {
        if (header.flag === Flag.response) {
            const waiting = this.#waiting.get(header.sequence);
            if (!waiting || waiting.command.name !== header.command) return;
            this.#waiting.delete(header.sequence);
            if (header.status === Status.success) waiting.resolve(decode(waiting.command.response, body));
            else waiting.reject(new RequestError(header.status, decode(ErrorResp, body).message));
        } else if (header.flag === Flag.push && pushes[header.command]) {
            const message = decode(pushes[header.command], body);
            if (header.command === Command.signIn.name) this.stop("taken-over");
            else this.dispatchEvent(new CustomEvent("push", { detail: { command: header.command, header, message } }));
        }
    }

    #ping() {
        this.#socket.send(encodePing());
        this.#expectAnswer();
    }

    /** Something must come from the server soon, or the connection is given up. */
    #expectAnswer() {
        if (this.#answerTimer) return;
        this.#answerTimer = setTimeout(() => this.#lost("silent"), ANSWER_TIMEOUT);
    }

    #lost(why) {
        if (this.state === "stopped") return;
        this.#drop();
        const delay = backoff(this.#attempt++);
        this.retryAt = Date.now() + delay;
        this.#retryTimer = setTimeout(() => this.connect(), delay);
        this.#changeState("waiting", why);
    }

    #drop() {
        clearTimeout(this.#answerTimer);
        clearInterval(this.#heartbeatTimer);
        this.#answerTimer = 0;
        const socket = this.#socket;
        this.#socket = null;
        if (socket) socket.close();
        const waiting = [...this.#waiting.values()];
        this.#waiting.clear();
        for (const { reject } of waiting) reject(new ConnectionLost("the connection ended"));
    }

    #changeState(state, why = null) {
        this.state = state;
        this.why = why;
        this.dispatchEvent(new Event("state"));
    }
}

/** Why the server closed, by the close code of RFC 6455. */
function reasonOf({ code }) {
    if (code === 1001 || code === 1012) return "restarting";
    if (code === 1013) return "full";
    return "closed";
}
