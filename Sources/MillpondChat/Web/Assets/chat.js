// What the page knows: conversations, who is online, what is still to be sent. Talks to the server through a Client,
// and to the views through events.

import { ConnectionLost, RequestError } from "./client.js";
import { Conversation, extraOf, fromServer, keyOf } from "./conversation.js";
import { Command } from "./messages.js";
import { Memory } from "./memory.js";
import { Status } from "./packet.js";

export const LOBBY = "lobby";
const PAGE = 50;
const REFRESH_AT_ONCE = 10;
const KEPT_MESSAGES = 2000;

/**
 * Events: "connection" (the client's state changed), "conversations" (any of them, or their order), "conversation" with
 * `detail` the one whose messages changed, "people" (who is online), "received" with `detail` { conversation, message }
 * for a push, "problem" with `detail` a text for the user.
 */
export class Chat extends EventTarget {
    conversations = new Map();
    online = new Set();
    /** Whether the server says who is online. */
    knowsPresence = true;
    /** Whether everything missed was fetched since the connection was made. */
    synced = false;
    /** The conversation in view, or null. */
    current = null;

    #client;
    #memory;
    #isVisible;
    #ackTimer = 0;
    #acknowledged = 0n;

    constructor({ account, client, storage, isVisible = () => document.visibilityState === "visible" }) {
        super();
        this.account = account;
        this.#client = client;
        this.#isVisible = isVisible;
        this.#memory = new Memory(storage, account);
        for (const conversation of this.#memory.load()) this.conversations.set(conversation.key, conversation);
        this.conversation("g", LOBBY, "Lobby").joined = true;
        client.addEventListener("state", () => this.#connectionChanged());
        client.addEventListener("push", (event) => this.#pushed(event.detail));
    }

    get connection() {
        return this.#client;
    }

    get unreadCount() {
        let count = 0;
        for (const conversation of this.conversations.values()) count += conversation.unread.size;
        return count;
    }

    /** The conversation of that kind and id, made if it is not there yet. */
    conversation(kind, id, title) {
        const key = keyOf(kind, id);
        let conversation = this.conversations.get(key);
        if (!conversation) {
            conversation = new Conversation(kind, id, title);
            conversation.joined = kind === "u";
            this.conversations.set(key, conversation);
        }
        return conversation;
    }

    /** Brings a conversation into view. */
    async open(conversation) {
        this.current = conversation;
        this.seen();
        if (!this.synced) return;
        await this.#attempt(async () => {
            if (!conversation.fresh) await this.#loadNewest(conversation);
            if (conversation.isGroup) await this.#loadGroups();
        });
        this.#changed(conversation);
    }

    /** What is in view was seen: nothing there is unread any more. */
    seen() {
        if (!this.current || !this.#isVisible()) return;
        if (!this.current.markRead()) return;
        this.#changed(this.current);
        this.#acknowledgeSoon();
    }

    async loadEarlier(conversation) {
        const before = conversation.oldestId;
        const { page, hasEarlier } = await this.#history(conversation, before);
        conversation.mergeEarlier(page, hasEarlier);
        this.#changed(conversation);
    }

    send(conversation, body) {
        const cid = crypto.getRandomValues(new Uint32Array(3)).reduce((id, word) => id + word.toString(36), "");
        const time = Date.now();
        const message = { id: 0n, cid, sender: this.account, body, time, state: "queued", error: "" };
        conversation.append(message);
        this.#changed(conversation);
        this.#transmit(conversation);
    }

    retry(conversation, message) {
        conversation.remove(message);
        conversation.append(Object.assign(message, { state: "queued", error: "", time: Date.now() }));
        this.#changed(conversation);
        this.#transmit(conversation);
    }

    discard(conversation, message) {
        conversation.remove(message);
        this.#changed(conversation);
    }

    async createGroup(name, others) {
        const members = [this.account, ...others];
        const { groupId } = await this.#client.request(Command.groupCreate, { name, owner: this.account, members });
        const group = this.conversation("g", groupId, name);
        group.title = name;
        group.joined = true;
        group.memberCount = members.length;
        this.#changed(group);
        return group;
    }

    async joinGroup(id) {
        await this.#client.request(Command.groupJoin, { account: this.account, groupId: id });
        await this.#loadGroups();
        const group = this.conversation("g", id);
        group.joined = true;
        await this.#attempt(() => this.#loadNewest(group));
        return group;
    }

    async leaveGroup(group) {
        await this.#client.request(Command.groupQuit, { account: this.account, groupId: group.id });
        this.conversations.delete(group.key);
        if (this.current === group) this.current = null;
        this.#memory.save(this);
        this.dispatchEvent(new Event("conversations"));
    }

    groupDetail(group) {
        return this.#client.request(Command.groupDetail, { groupId: group.id });
    }

    /** Saves at once what is to survive a reload. */
    save() {
        this.#memory.saveNow(this);
    }

    /** Forgets everything about this account on this machine. */
    forget() {
        this.#memory.clear();
    }

    // The connection

    #connectionChanged() {
        if (this.#client.state === "online") {
            this.#synchronise();
        } else {
            this.synced = false;
            for (const conversation of this.conversations.values()) conversation.connectionLost();
        }
        this.dispatchEvent(new Event("connection"));
    }

    /** Fetches what was missed, finds out which messages in doubt were stored, then sends the others. */
    async #synchronise() {
        try {
            await Promise.all([this.#subscribe(), this.#enterLobby()]);
            await this.#loadGroups();
            await this.#loadUnread();
            const stale = [...this.conversations.values()].filter(
                (one) => one.joined && (one === this.current || one.pending.length > 0 || one.unread.size > 0
                    || (one.isGroup && one.lastActivity === 0)));
            stale.sort((a, b) => this.#urgency(b) - this.#urgency(a));
            const needed = stale.filter((one, at) => at < REFRESH_AT_ONCE || one.pending.length > 0);
            await Promise.all(needed.map((one) => this.#loadNewest(one)));
            this.synced = true;
            for (const one of needed) {
                if (one.fresh) this.#transmit(one);
                else this.#giveUpPending(one);
            }
            this.seen();
        } catch (error) {
            if (!(error instanceof ConnectionLost)) throw error;
        }
        this.dispatchEvent(new Event("conversations"));
    }

    /** Without the history nobody knows whether these were stored: the user decides. */
    #giveUpPending(conversation) {
        for (const message of conversation.pending) {
            Object.assign(message, { state: "failed", error: "The server could not say whether this was sent." });
        }
    }

    #urgency(conversation) {
        return conversation === this.current ? Infinity : conversation.lastActivity;
    }

    async #subscribe() {
        try {
            const { accounts } = await this.#client.request(Command.presence);
            this.online = new Set(accounts);
            this.knowsPresence = true;
        } catch (error) {
            if (!(error instanceof RequestError)) throw error;
            this.knowsPresence = false;
        }
        this.dispatchEvent(new Event("people"));
    }

    /** Everybody is in the lobby: joining it again changes nothing. */
    async #enterLobby() {
        try {
            await this.#client.request(Command.groupJoin, { account: this.account, groupId: LOBBY });
        } catch (error) {
            if (!(error instanceof RequestError)) throw error;
        }
    }

    async #loadGroups() {
        try {
            const { groups } = await this.#client.request(Command.groupList);
            for (const conversation of this.conversations.values()) {
                if (conversation.isGroup) conversation.joined = false;
            }
            for (const { id, name, memberCount } of groups) {
                const group = this.conversation("g", id);
                group.joined = true;
                group.title = id === LOBBY ? "Lobby" : name || id;
                group.memberCount = memberCount;
            }
        } catch (error) {
            if (!(error instanceof RequestError)) throw error;
        }
    }

    async #loadUnread() {
        try {
            const { indexes } = await this.#client.request(Command.offlineIndex, { messageId: 0n });
            for (const { messageId, direction, account, group } of indexes) {
                if (direction !== 0) continue;
                this.conversation(group ? "g" : "u", group || account).addUnread(messageId);
            }
        } catch (error) {
            if (!(error instanceof RequestError)) throw error;
            this.dispatchEvent(new CustomEvent("problem", { detail: describe(error) }));
        }
    }

    // Messages

    async #loadNewest(conversation) {
        if (!conversation.joined) return;
        try {
            const { page, hasEarlier } = await this.#history(conversation, 0n);
            conversation.mergeNewest(page, hasEarlier);
        } catch (error) {
            if (!(error instanceof RequestError)) throw error;
            if (error.status === Status.unauthorized) conversation.joined = false;
        }
        if (conversation === this.current) this.seen();
        this.#changed(conversation);
    }

    async #history(conversation, beforeId) {
        const request = { dest: conversation.id, group: conversation.isGroup, beforeId, limit: PAGE };
        const { messages, hasEarlier } = await this.#client.request(Command.history, request);
        return { page: messages.map(fromServer), hasEarlier };
    }

    /** Sends what is queued, in order, without waiting for one answer before the next message. */
    #transmit(conversation) {
        if (!this.synced) return;
        for (const message of conversation.pending) this.#transmitOne(conversation, message);
    }

    async #transmitOne(conversation, message) {
        message.state = "sending";
        const command = conversation.isGroup ? Command.groupTalk : Command.userTalk;
        const request = { type: 1, body: message.body, extra: extraOf(message.cid) };
        try {
            const { messageId, sendTime } = await this.#client.request(command, request, conversation.id);
            conversation.stored(message, messageId, Number(sendTime / 1_000_000n));
        } catch (error) {
            // Without an answer it may have been stored or not: the history tells at the next connection.
            const lost = error instanceof ConnectionLost;
            Object.assign(message, lost ? { state: "queued" } : { state: "failed", error: describe(error) });
        }
        if (conversation === this.current) this.seen();
        this.#changed(conversation);
    }

    #pushed({ command, header, message }) {
        switch (command) {
            case "chat.user.talk":
                this.#receive(this.conversation("u", message.sender), message);
                break;
            case "chat.group.talk": {
                const group = this.conversation("g", header.dest);
                if (!group.joined) this.#attempt(() => this.#loadGroups());
                this.#receive(group, message);
                break;
            }
            case "chat.group.create":
                this.#attempt(async () => {
                    await this.#loadGroups();
                    this.dispatchEvent(new Event("conversations"));
                });
                break;
            case "millpond.presence":
                if (message.online) this.online.add(message.account);
                else this.online.delete(message.account);
                this.dispatchEvent(new Event("people"));
                break;
        }
    }

    #receive(conversation, push) {
        const message = fromServer(push);
        if (!conversation.insert(message)) return;
        if (conversation.messages.length > KEPT_MESSAGES) conversation.trim(KEPT_MESSAGES / 2);
        if (message.sender !== this.account) conversation.addUnread(message.id);
        this.dispatchEvent(new CustomEvent("received", { detail: { conversation, message } }));
        if (conversation === this.current) this.seen();
        this.#changed(conversation);
    }

    /** The server keeps one mark for the account, so it moves only when nothing at all is unread. */
    #acknowledgeSoon() {
        clearTimeout(this.#ackTimer);
        this.#ackTimer = setTimeout(() => this.#attempt(async () => {
            if (!this.synced || this.unreadCount > 0) return;
            let newest = 0n;
            for (const { lastRead } of this.conversations.values()) if (lastRead > newest) newest = lastRead;
            if (newest <= this.#acknowledged) return;
            await this.#client.request(Command.acknowledge, { messageId: newest });
            this.#acknowledged = newest;
        }), 1000);
    }

    /** Runs what may fail without harm when the connection is lost, because it is made up for at the next one. */
    async #attempt(action) {
        try {
            await action();
        } catch (error) {
            if (error instanceof ConnectionLost) return;
            this.dispatchEvent(new CustomEvent("problem", { detail: describe(error) }));
        }
    }

    #changed(conversation) {
        this.#memory.save(this);
        this.dispatchEvent(new CustomEvent("conversation", { detail: conversation }));
    }
}

/** An error in words for the user. */
export function describe(error) {
    if (error instanceof ConnectionLost) return "Not connected. Try again when the connection is back.";
    if (!(error instanceof RequestError)) return "Something went wrong on this page.";
    switch (error.status) {
        case Status.noDestination:
            return "There is nobody and no group of that name.";
        case Status.invalidBody:
            return error.message.startsWith("status") ? "The server could not accept that." : error.message;
        case Status.unauthorized:
            return "You are not allowed to do that here.";
        default:
            return error.message.startsWith("status") ? "The server could not do that." : error.message;
    }
}
