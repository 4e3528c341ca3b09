// What a page remembers of an account across reloads: which conversations there are, what was read, what is not sent.
// Messages themselves come from the server.

import { Conversation } from "./conversation.js";

const PREFIX = "millpond.state.";
const KEPT_CONVERSATIONS = 200;
const DAYS_KEPT = 30;

export class Memory {
    #storage;
    #key;
    #timer = 0;
    #cleared = false;

    constructor(storage, account) {
        this.#storage = storage;
        this.#key = PREFIX + account;
    }

    /** The conversations of the last visit, with the messages that are still to be sent. */
    load() {
        this.#forgetOldOnes();
        let saved;
        try {
            saved = JSON.parse(this.#storage.getItem(this.#key));
        } catch {
            // Unreadable or forbidden: start afresh.
        }
        if (!Array.isArray(saved?.conversations)) return [];
        return saved.conversations.map(revive).filter((conversation) => conversation !== null);
    }

    /** Saves soon: many changes in a row are written once. */
    save(chat) {
        if (this.#timer || this.#cleared) return;
        this.#timer = setTimeout(() => {
            this.#timer = 0;
            this.saveNow(chat);
        }, 100);
    }

    saveNow(chat) {
        if (this.#cleared) return;
        const conversations = [...chat.conversations.values()]
            .filter((one) => one.joined && (one.isGroup || one.lastActivity > 0))
            .sort((a, b) => b.lastActivity - a.lastActivity)
            .slice(0, KEPT_CONVERSATIONS)
            .map(condense);
        try {
            this.#storage.setItem(this.#key, JSON.stringify({ savedAt: Date.now(), conversations }));
        } catch {
            // Storage is full or forbidden: the page works, a reload starts with what the server has.
        }
    }

    /** Removes what was saved, and saves nothing any more. */
    clear() {
        clearTimeout(this.#timer);
        this.#cleared = true;
        try {
            this.#storage.removeItem(this.#key);
        } catch {
            // Forbidden: then nothing was saved either.
        }
    }

    #forgetOldOnes() {
        try {
            for (const key of Object.keys(this.#storage)) {
                if (!key.startsWith(PREFIX) || key === this.#key) continue;
                const { savedAt } = JSON.parse(this.#storage.getItem(key));
                if (!(savedAt > Date.now() - DAYS_KEPT * 86_400_000)) this.#storage.removeItem(key);
            }
        } catch {
            // Forbidden or not ours: leave it.
        }
    }
}

function condense(conversation) {
    const { kind, id, title, lastRead, newest, summary } = conversation;
    const unsent = conversation.messages
        .filter((message) => message.state !== "stored")
        .map(({ cid, sender, body, time, state, error }) => ({
            cid, sender, body, time, error, state: state === "failed" ? "failed" : "queued",
        }));
    return {
        kind,
        id,
        title,
        lastRead: String(lastRead),
        summary: newest ? { sender: newest.sender, body: newest.body.slice(0, 100), time: newest.time } : summary,
        unsent,
    };
}

function revive(saved) {
    try {
        const conversation = new Conversation(saved.kind === "g" ? "g" : "u", String(saved.id), String(saved.title));
        conversation.lastRead = BigInt(saved.lastRead);
        conversation.summary = saved.summary ?? null;
        for (const message of saved.unsent) conversation.append({ id: 0n, ...message });
        return conversation;
    } catch {
        return null;
    }
}
