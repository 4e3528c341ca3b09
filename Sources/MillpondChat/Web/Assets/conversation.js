// One conversation's messages. No I/O.
//
// A message: { id, cid, sender, body, time, state, error }.
//   id     BigInt given by the server, 0n until then; ids are ordered by time
//   cid    chosen by the sending page, carried in the packet's `extra`: tells whether a message whose answer was lost
//          was stored, so that it is neither lost nor sent twice
//   time   milliseconds since 1970
//   state  "stored", "sending", "queued" (waits for the connection) or "failed" (with `error`)

import { nameOf } from "./names.js";

const CID_PREFIX = "cid:";

export const extraOf = (cid) => CID_PREFIX + cid;

export function cidOf(extra) {
    return extra.startsWith(CID_PREFIX) ? extra.slice(CID_PREFIX.length) : "";
}

/** A message of the server (a push or a history entry) as a conversation holds it. */
export function fromServer({ messageId, type, body, extra, sender, sendTime }) {
    const label = type < 2 ? "" : `[${["image", "voice", "video"][type - 2] ?? "attachment"}] `;
    return {
        id: messageId,
        cid: cidOf(extra),
        sender,
        body: label + body,
        time: Number(sendTime / 1_000_000n),
        state: "stored",
        error: "",
    };
}

export const keyOf = (kind, id) => `${kind}:${id}`;

export class Conversation {
    messages = [];
    unread = new Set();
    lastRead = 0n;
    /** Whether the newest messages were loaded since the connection was made. */
    fresh = false;
    /** Whether there may be messages older than the first one here. */
    hasEarlier = true;
    /** What the list shows when no message is loaded: { sender, body, time }. */
    summary = null;
    /** Whether the account takes part: true for talks with a user. */
    joined = true;
    memberCount = 0;

    /** The newest id seen when the connection was last lost: whatever is older is here without a gap. */
    #knownTo = 0n;

    /** kind: "u" for a user, "g" for a group. */
    constructor(kind, id, title = kind === "u" ? nameOf(id) : id) {
        this.kind = kind;
        this.id = id;
        this.title = title;
    }

    get key() {
        return keyOf(this.kind, this.id);
    }

    get isGroup() {
        return this.kind === "g";
    }

    get newest() {
        return this.messages.length > 0 ? this.messages[this.messages.length - 1] : null;
    }

    get newestId() {
        return this.messages.findLast((message) => message.state === "stored")?.id ?? 0n;
    }

    get oldestId() {
        return this.messages.find((message) => message.state === "stored")?.id ?? 0n;
    }

    /** When something last happened here, in milliseconds; 0 when nothing did. */
    get lastActivity() {
        return this.newest?.time ?? this.summary?.time ?? 0;
    }

    get pending() {
        return this.messages.filter((message) => message.state === "queued");
    }

    /** Adds a stored message, or brings the one it is up to date. Returns whether it is new here. */
    insert(message) {
        const known = this.messages.findIndex(
            (other) => (other.id !== 0n && other.id === message.id)
                || (message.cid !== "" && other.cid === message.cid && other.sender === message.sender));
        const existing = known >= 0 ? this.messages[known] : null;
        if (existing) {
            if (existing.state === "stored") return false;
            this.messages.splice(known, 1);
            Object.assign(existing, message);
        }
        const stored = existing ?? message;
        let index = this.messages.length;
        while (index > 0 && comesAfter(this.messages[index - 1], stored)) index -= 1;
        this.messages.splice(index, 0, stored);
        return !existing;
    }

    /** Adds one's own message before the server has it. */
    append(message) {
        this.messages.push(message);
    }

    remove(message) {
        this.messages = this.messages.filter((other) => other !== message);
    }

    /** The server stored the message. */
    stored(message, id, time) {
        this.insert({ ...message, id, time, state: "stored", error: "" });
    }

    /** The connection is lost: messages may be missed from here on. */
    connectionLost() {
        if (this.fresh) this.#knownTo = this.newestId;
        this.fresh = false;
    }

    /** The newest page of history, oldest first. `hasEarlier`: there are messages before it. */
    mergeNewest(page, hasEarlier) {
        if (hasEarlier && page[0].id > this.#knownTo) {
            // Between what was here and this page there may be more: keep what hangs together, load the rest on demand.
            this.messages = this.messages.filter((message) => message.state !== "stored" || message.id >= page[0].id);
            this.hasEarlier = true;
        } else if (!hasEarlier) {
            this.hasEarlier = false;
        }
        for (const message of page) this.insert(message);
        this.fresh = true;
    }

    /** A page of history before the oldest message here. */
    mergeEarlier(page, hasEarlier) {
        for (const message of page) this.insert(message);
        this.hasEarlier = hasEarlier;
    }

    /** Forgets all but the newest messages; the others can be loaded again. */
    trim(count) {
        const pending = this.messages.filter((message) => message.state !== "stored");
        this.messages = [...this.messages.filter((message) => message.state === "stored").slice(-count), ...pending];
        this.hasEarlier = true;
    }

    /** A message came that was not read yet. */
    addUnread(id) {
        if (id > this.lastRead) this.unread.add(id);
    }

    /** Everything here is read. Returns whether that changes anything. */
    markRead() {
        const changed = this.unread.size > 0 || this.newestId > this.lastRead;
        for (const id of this.unread) if (id > this.lastRead) this.lastRead = id;
        if (this.newestId > this.lastRead) this.lastRead = this.newestId;
        this.unread.clear();
        return changed;
    }
}

/** Whether `message` belongs after `other`, a stored message: what is not stored yet comes last. */
function comesAfter(message, other) {
    return message.state !== "stored" || message.id > other.id;
}
