// The conversation in view: its head, its messages, and the field to write in.

import { LOBBY } from "./chat.js";
import {
    avatar, byId, clockTime, dayName, element, exactTime, hiddenText, icon, isSameDay, linked, paintAvatar, personName,
    reconcile,
} from "./dom.js";
import { nameOf, splitAccount } from "./names.js";

const LONGEST = 5000;
const COUNT_FROM = 4500;
const RUN_GAP = 5 * 60_000;
const NEAR_END = 80;

export class TalkView {
    #chat;
    #conversation = null;
    #rows = new Map();
    #drafts = new Map();
    #dividerBefore = 0n;
    #loadingEarlier = false;
    #missedWhileScrolled = 0;
    #onJoin;
    #coarsePointer = matchMedia("(pointer: coarse)");

    constructor(chat, { onJoin, signal }) {
        this.#chat = chat;
        this.#onJoin = onJoin;
        const text = byId("composer-text");
        byId("composer").addEventListener("submit", (event) => this.#submit(event), { signal });
        text.addEventListener("input", () => this.#fit(), { signal });
        text.addEventListener("keydown", (event) => {
            if (event.key === "Enter" && !event.shiftKey && !event.isComposing) this.#submit(event);
        }, { signal });
        byId("log").addEventListener("scroll", () => this.#scrolled(), { signal, passive: true });
        byId("earlier").addEventListener("click", () => this.#loadEarlier(), { signal });
        byId("latest").addEventListener("click", () => this.#toEnd("smooth"), { signal });
        byId("join-group-button").addEventListener("click", () => this.#onJoin(this.#conversation), { signal });
        new ResizeObserver(() => this.#keepAtEnd()).observe(byId("log"));
    }

    /** Brings a conversation into view. `takeFocus`: the user chose it, so that the focus goes there. */
    show(conversation, takeFocus) {
        if (this.#conversation) this.#drafts.set(this.#conversation.key, byId("composer-text").value);
        this.#conversation = conversation;
        this.#rows.clear();
        byId("log").setAttribute("aria-live", "off");
        this.#missedWhileScrolled = 0;
        this.#dividerBefore = smallest(conversation.unread);
        this.#atEnd = true;
        byId("composer-text").value = this.#drafts.get(conversation.key) ?? "";
        byId("composer-text").setAttribute("aria-label", `Message to ${conversation.title}`);
        byId("messages").replaceChildren();
        this.update();
        this.#fit();
        this.#toEnd();
        if (takeFocus) (this.#coarsePointer.matches ? byId("talk-title") : byId("composer-text")).focus();
    }

    hide() {
        if (this.#conversation) this.#drafts.set(this.#conversation.key, byId("composer-text").value);
        this.#conversation = null;
    }

    /** A push came for the conversation in view. */
    received(conversation) {
        if (conversation !== this.#conversation) return;
        // Screen readers tell what people say, not the history that is loaded.
        byId("log").setAttribute("aria-live", "polite");
        if (!this.#atEnd) this.#missedWhileScrolled += 1;
    }

    /** The unread divider starts over: the user comes back to the page. */
    markFrom(id) {
        this.#dividerBefore = id;
    }

    update() {
        const conversation = this.#conversation;
        if (!conversation) return;
        this.showHead();
        const log = byId("log");
        const before = { height: log.scrollHeight, top: log.scrollTop, first: byId("messages").firstChild };
        reconcile(byId("messages"), this.#build(conversation));
        byId("earlier").hidden = !conversation.hasEarlier || conversation.oldestId === 0n;
        byId("talk-empty").hidden = conversation.messages.length > 0;
        byId("talk-empty").replaceChildren(...emptyNote(conversation, this.#chat));
        byId("composer").hidden = !conversation.joined;
        byId("join-group").hidden = conversation.joined || !this.#chat.synced;
        const grewAbove = before.first !== byId("messages").firstChild;
        if (this.#atEnd) this.#toEnd();
        else if (grewAbove) log.scrollTop = before.top + log.scrollHeight - before.height;
        this.#showLatest();
    }

    showHead() {
        const conversation = this.#conversation;
        if (!conversation) return;
        byId("talk-title").textContent = conversation.title;
        byId("talk-tag").textContent = conversation.isGroup ? "" : splitAccount(conversation.id).tag;
        paintAvatar(byId("talk-avatar"), conversation.id, conversation.isGroup);
        const isOnline = !conversation.isGroup && this.#chat.online.has(conversation.id);
        byId("talk-avatar").classList.toggle("online", isOnline);
        byId("talk-info").hidden = !conversation.isGroup || !conversation.joined;
        byId("talk-state").textContent = stateOf(conversation, isOnline, this.#chat);
        const elsewhere = this.#chat.unreadCount - conversation.unread.size;
        byId("back-count").hidden = elsewhere === 0;
        byId("back-count").replaceChildren(elsewhere > 99 ? "99+" : String(elsewhere), hiddenText(" unread elsewhere"));
    }

    // The rows

    #build(conversation) {
        const nodes = [];
        let previous = null;
        for (const message of conversation.messages) {
            const newDay = !previous || !isSameDay(previous.time, message.time);
            const day = `day ${new Date(message.time).toDateString()}`;
            if (newDay) nodes.push(this.#separator(day, dayName(message.time)));
            const startsUnread = this.#dividerBefore !== 0n && message.id === this.#dividerBefore;
            if (startsUnread) nodes.push(this.#separator("unread", "New messages", "new"));
            const startsRun = newDay || startsUnread || previous.sender !== message.sender
                || message.time - previous.time > RUN_GAP;
            nodes.push(this.#messageRow(message, startsRun));
            previous = message;
        }
        return nodes;
    }

    #separator(key, text, kind = "") {
        const row = this.#rows.get(key) ?? element("li", { class: `separator ${kind}` }, element("span", {}, text));
        row.firstChild.textContent = text;
        this.#rows.set(key, row);
        return row;
    }

    #messageRow(message, startsRun) {
        const key = message.cid || `id ${message.id}`;
        const version = `${message.state} ${message.error} ${startsRun} ${message.time}`;
        const known = this.#rows.get(key);
        if (known?.version === version) return known.node;
        const node = known?.node ?? element("li");
        const isMine = message.sender === this.#chat.account;
        node.className = `message ${isMine ? "mine" : "theirs"} ${message.state}${startsRun ? " starts" : ""}`;
        const showsSender = !isMine && startsRun;
        node.replaceChildren(...[
            showsSender ? avatar(message.sender) : null,
            showsSender && this.#conversation.isGroup
                ? personName(message.sender, "sender")
                : hiddenText(isMine ? "You: " : `${nameOf(message.sender)}: `),
            element("div", { class: "bubble" },
                element("span", { class: "body" }, ...linked(message.body)),
                element("span", { class: "meta" },
                    element("time", { datetime: new Date(message.time).toISOString(), title: exactTime(message.time) },
                        clockTime(message.time)),
                    isMine ? deliveryMark(message) : null)),
            message.state === "failed" ? this.#failedRow(message) : null,
        ].filter((child) => child !== null));
        this.#rows.set(key, { node, version });
        return node;
    }

    #failedRow(message) {
        const conversation = this.#conversation;
        const button = (text, onclick) => element("button", { type: "button", class: "link", onclick }, text);
        return element("div", { class: "failure" },
            element("span", {}, message.error || "Not sent."),
            button("Try again", () => this.#chat.retry(conversation, message)),
            button("Delete", () => this.#chat.discard(conversation, message)));
    }

    // Scrolling

    #atEnd = true;

    #scrolled() {
        const log = byId("log");
        this.#atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < NEAR_END;
        if (this.#atEnd) this.#missedWhileScrolled = 0;
        this.#showLatest();
        if (log.scrollTop < 40 && !byId("earlier").hidden) this.#loadEarlier();
    }

    #toEnd(behavior = "instant") {
        this.#atEnd = true;
        byId("log").scrollTo({ top: byId("log").scrollHeight, behavior });
    }

    #keepAtEnd() {
        if (this.#atEnd) this.#toEnd();
    }

    #showLatest() {
        const count = this.#missedWhileScrolled;
        byId("latest").hidden = this.#atEnd;
        byId("latest-text").textContent = count === 0 ? "Latest" : `${count} new`;
    }

    async #loadEarlier() {
        const conversation = this.#conversation;
        if (this.#loadingEarlier || !conversation?.hasEarlier || !this.#chat.synced) return;
        this.#loadingEarlier = true;
        byId("log").setAttribute("aria-live", "off");
        try {
            await this.#chat.loadEarlier(conversation);
        } catch {
            // The connection was lost: the button stays, and scrolling tries again.
        }
        this.#loadingEarlier = false;
    }

    // Writing

    #submit(event) {
        event.preventDefault();
        const text = byId("composer-text");
        const body = text.value.trim();
        if (body === "" || lengthOf(body) > LONGEST || !this.#conversation?.joined) return;
        text.value = "";
        this.#fit();
        this.#dividerBefore = 0n;
        this.#atEnd = true;
        this.#chat.send(this.#conversation, body);
        text.focus();
    }

    /** Makes the field as high as its text, and says how much room is left when there is little. */
    #fit() {
        const text = byId("composer-text");
        text.style.setProperty("height", "auto");
        text.style.setProperty("height", `${text.scrollHeight}px`);
        const length = lengthOf(text.value.trim());
        const left = LONGEST - length;
        byId("composer-count").hidden = length < COUNT_FROM;
        byId("composer-count").textContent = left >= 0 ? `${left} left` : `${-left} too many`;
        byId("composer-count").classList.toggle("over", left < 0);
        byId("send").disabled = length === 0 || left < 0;
    }
}

const lengthOf = (text) => [...text].length;

function smallest(ids) {
    let least = 0n;
    for (const id of ids) if (least === 0n || id < least) least = id;
    return least;
}

function deliveryMark({ state }) {
    const [name, text] = {
        stored: ["stored", "Delivered to the server"],
        sending: ["sending", "Sending"],
        queued: ["sending", "Waiting for the connection"],
        failed: ["failed", "Not sent"],
    }[state];
    return element("span", { class: "mark", title: text }, icon(name), hiddenText(text));
}

function stateOf(conversation, isOnline, chat) {
    const isConnected = chat.connection.state === "online";
    if (conversation.isGroup) {
        const isLive = chat.knowsPresence && isConnected;
        if (conversation.id === LOBBY && isLive) return `${Math.max(1, chat.online.size)} here now`;
        const count = conversation.memberCount;
        return count > 0 ? `${count} member${count === 1 ? "" : "s"}` : "Group";
    }
    if (!chat.knowsPresence || !isConnected) return "";
    return isOnline ? "Here now" : "Not here; gets your messages later";
}

function emptyNote(conversation, chat) {
    if (!conversation.fresh && !chat.synced) return [element("p", {}, "Loading…")];
    const invitation = conversation.isGroup ? "Say the first word." : `Say hello to ${conversation.title}.`;
    const text = conversation.joined
        ? `Nothing was said here yet. ${invitation}`
        : "What was said here is for members.";
    return [avatar(conversation.id, conversation.isGroup), element("p", {}, text)];
}
