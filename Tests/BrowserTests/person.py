"""One person with the page open in a browser session of their own."""

import re

from playwright.sync_api import expect

PHONE = {"viewport": {"width": 390, "height": 780}, "is_mobile": True, "has_touch": True, "device_scale_factor": 2}
DESK = {"viewport": {"width": 1180, "height": 740}}


class Person:
    def __init__(self, browser, url, name, *, phone=False, dark=False):
        self.name, self.url = name, url
        self.problems = []
        self.context = browser.new_context(
            **(PHONE if phone else DESK), color_scheme="dark" if dark else "light", locale="en-GB",
            reduced_motion="reduce")
        self.context.set_default_timeout(8000)
        self.page = self.open_tab()

    def open_tab(self):
        """Another tab of the same browser session."""
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.problems.append(f"{self.name}: {error}"))
        page.on("console", self.heard)
        page.goto(self.url)
        return page

    def heard(self, message):
        # A refused connection or an error status is written to the console by the browser itself.
        expected = re.search(r"WebSocket connection|Failed to load resource", message.text)
        if message.type in ("error", "warning") and not expected:
            self.problems.append(f"{self.name}: {message.text}")

    def enter(self):
        self.page.fill("#join-name", self.name)
        self.page.press("#join-name", "Enter")
        self.expect_online()

    def expect_online(self, timeout=8000):
        expect(self.page.locator("#me-dot")).to_have_class("dot online", timeout=timeout)
        expect(self.page.locator("#me-name")).to_have_text(self.name)

    def expect_present(self, other):
        expect(self.page.locator("#people .row-title", has_text=exactly(other.name))).to_be_visible()

    def expect_absent(self, other):
        expect(self.page.locator("#people .row-title", has_text=exactly(other.name))).to_have_count(0)

    def open_person(self, other):
        self.page.locator("#people a.row", has_text=other.name).click()
        expect(self.page.locator("#talk-title")).to_have_text(other.name)

    def open_conversation(self, title):
        self.row(title).click()
        expect(self.page.locator("#talk-title")).to_have_text(title)

    def row(self, title):
        named = self.page.locator(".row-title", has_text=exactly(title))
        return self.page.locator("#conversations a.row").filter(has=named)

    def say(self, text):
        self.page.fill("#composer-text", text)
        self.page.press("#composer-text", "Enter")

    def expect_said(self, *texts, timeout=8000):
        """The conversation in view is exactly these texts."""
        expect(self.page.locator("#messages .body")).to_have_text(list(texts), timeout=timeout)

    def expect_all_stored(self, count):
        expect(self.page.locator("#messages .message.mine.stored")).to_have_count(count)
        expect(self.page.locator("#messages .message:not(.stored)")).to_have_count(0)

    def photograph(self, path):
        self.page.screenshot(path=path)


def exactly(text):
    return re.compile(f"^{re.escape(text)}$")
