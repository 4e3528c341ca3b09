// The first screen: pick a name, or go on under the one last used here.

import { byId } from "./dom.js";
import { GuestError, remembered, requestGuest } from "./identity.js";
import { nameOf } from "./names.js";

/** Shows the screen. `onIdentity` gets { account, token, expires }; `notice` says why one is here again. */
export class JoinView {
    #onIdentity;
    #remembered = null;

    constructor(onIdentity) {
        this.#onIdentity = onIdentity;
        byId("join-form").addEventListener("submit", (event) => {
            event.preventDefault();
            this.#enter();
        });
        byId("join-name").addEventListener("input", () => this.#complain(""));
        byId("join-resume").addEventListener("click", () => this.#done(this.#remembered));
    }

    show({ notice = "", name = "", offerRemembered = true } = {}) {
        this.#remembered = offerRemembered ? remembered() : null;
        byId("join").hidden = false;
        byId("join-notice").hidden = notice === "";
        byId("join-notice").textContent = notice;
        byId("join-again").hidden = this.#remembered === null;
        if (this.#remembered) byId("join-resume").textContent = `Go on as ${nameOf(this.#remembered.account)}`;
        this.#complain("");
        const input = byId("join-name");
        input.value = name;
        input.focus();
    }

    /** Makes the second button do something else than going on under the remembered name. */
    offer(identity, text) {
        this.#remembered = identity;
        byId("join-again").hidden = false;
        byId("join-resume").textContent = text;
    }

    async #enter() {
        const input = byId("join-name");
        const button = byId("join-form").querySelector("button");
        const name = input.value.trim();
        if (name === "") return this.#complain("Please type a name.");
        button.disabled = true;
        button.textContent = "Entering…";
        try {
            this.#done(await requestGuest(name));
        } catch (error) {
            if (!(error instanceof GuestError)) throw error;
            this.#complain(error.message);
        } finally {
            button.disabled = false;
            button.textContent = "Enter";
        }
    }

    #done(identity) {
        byId("join").hidden = true;
        this.#onIdentity(identity);
    }

    #complain(text) {
        const input = byId("join-name");
        byId("join-error").textContent = text;
        if (text === "") {
            input.removeAttribute("aria-invalid");
        } else {
            input.setAttribute("aria-invalid", "true");
            input.focus();
            input.select();
        }
    }
}
