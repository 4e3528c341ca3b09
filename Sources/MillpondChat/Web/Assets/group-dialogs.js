// The dialogs about groups: create or join one; who is in one, inviting others, leaving.

import { describe, LOBBY } from "./chat.js";
import { avatar, byId, byName, element, hiddenText, personName } from "./dom.js";
import { hashOf } from "./side-view.js";

export class GroupDialogs {
    #chat;
    #onOpen;
    #shown = null;

    /** `onOpen` brings a conversation into view (null: none). */
    constructor(chat, { onOpen, signal }) {
        this.#chat = chat;
        this.#onOpen = onOpen;
        const on = (id, event, action) => byId(id).addEventListener(event, action, { signal });
        on("new-group", "click", () => this.#showNew());
        on("talk-info", "click", () => this.#showInfo(chat.current));
        on("group-create", "submit", (event) => this.#submit(event, "group-create-error", () => this.#create()));
        on("group-enter", "submit", (event) => this.#submit(event, "group-enter-error", () => this.#enter()));
        on("info-copy", "click", () => this.#copy());
        on("info-leave", "click", (event) => this.#submit(event, "info-error", () => this.#leave()));
        for (const dialog of document.querySelectorAll("dialog")) {
            dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close(), { signal });
            dialog.addEventListener("click", (event) => {
                if (event.target === dialog) dialog.close();
            }, { signal });
        }
    }

    closeAll() {
        for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
    }

    #showNew() {
        for (const id of ["group-name", "group-link"]) byId(id).value = "";
        for (const id of ["group-create-error", "group-enter-error"]) byId(id).textContent = "";
        const people = new Set([...this.#chat.online, ...this.#knownPeople()]);
        people.delete(this.#chat.account);
        const sorted = [...people].sort(byName);
        byId("group-people-field").hidden = sorted.length === 0;
        byId("group-people").replaceChildren(...sorted.slice(0, 200).map((account) =>
            element("label", { class: "choice" },
                element("input", { type: "checkbox", value: account }), avatar(account),
                personName(account))));
        byId("group-dialog").showModal();
        byId("group-name").focus();
    }

    *#knownPeople() {
        for (const conversation of this.#chat.conversations.values()) if (!conversation.isGroup) yield conversation.id;
    }

    async #create() {
        const name = byId("group-name").value.trim();
        if (name === "") throw new UserError("Please give the group a name.");
        const chosen = [...byId("group-people").querySelectorAll("input:checked")].map((box) => box.value);
        const group = await this.#chat.createGroup(name, chosen);
        byId("group-dialog").close();
        this.#onOpen(group);
    }

    async #enter() {
        const id = groupIdIn(byId("group-link").value);
        if (id === "") throw new UserError("Please paste the group’s link or id.");
        const group = await this.#chat.joinGroup(id);
        byId("group-dialog").close();
        this.#onOpen(group);
    }

    async #showInfo(group) {
        this.#shown = group;
        byId("info-title").textContent = group.title;
        byId("info-link").value = new URL(hashOf("g", group.id), location.href).href;
        byId("info-copy").textContent = "Copy";
        byId("info-error").textContent = "";
        byId("info-leave").hidden = group.id === LOBBY;
        byId("info-members").replaceChildren();
        byId("info-members-title").textContent = "Members";
        byId("info-dialog").showModal();
        try {
            const { members } = await this.#chat.groupDetail(group);
            if (this.#shown === group) this.#showMembers(members);
        } catch (error) {
            byId("info-error").textContent = describe(error);
        }
    }

    #showMembers(members) {
        const { online, account: me } = this.#chat;
        const sorted = members.map((member) => member.account).sort(
            (a, b) => online.has(b) - online.has(a) || byName(a, b));
        byId("info-members-title").textContent = `${sorted.length} member${sorted.length === 1 ? "" : "s"}`;
        byId("info-members").replaceChildren(...sorted.slice(0, 500).map((account) => {
            const picture = avatar(account);
            picture.classList.toggle("online", online.has(account));
            const name = personName(account, "row-title", account === me ? " (you)" : "");
            const state = hiddenText(online.has(account) ? ", here now" : ", not here");
            const row = account === me
                ? element("span", { class: "row person" })
                : element("a", { class: "row person", href: hashOf("u", account), onclick: () => this.closeAll() });
            row.append(picture, name, state);
            return element("li", {}, row);
        }));
    }

    async #copy() {
        const field = byId("info-link");
        field.select();
        try {
            await navigator.clipboard.writeText(field.value);
            byId("info-copy").textContent = "Copied";
        } catch {
            // Not allowed outside secure origins: the link is selected, ready for the keyboard.
            byId("info-copy").textContent = "Press Ctrl+C";
        }
    }

    async #leave() {
        await this.#chat.leaveGroup(this.#shown);
        byId("info-dialog").close();
        this.#onOpen(null);
    }

    /** Runs what a form asks for, its button disabled meanwhile, and says what went wrong. */
    async #submit(event, errorId, action) {
        event.preventDefault();
        const button = event.submitter ?? event.currentTarget;
        byId(errorId).textContent = "";
        button.disabled = true;
        try {
            await action();
        } catch (error) {
            byId(errorId).textContent = error instanceof UserError ? error.message : describe(error);
        }
        button.disabled = false;
    }
}

class UserError extends Error {}

/** The id in a group's link, or the text itself. */
export function groupIdIn(text) {
    const match = /#\/g\/([^/?#\s]+)/u.exec(text);
    if (!match) return text.trim();
    try {
        return decodeURIComponent(match[1]);
    } catch {
        return match[1];
    }
}
