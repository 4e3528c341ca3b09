"""What people do with the page, step by step."""

import time

from playwright.sync_api import expect

from person import Person

MARKUP = '<b>bold?</b> <img src="x" onerror="alert(1)"> &amp; https://example.org/a?b=1.'


class Scenario:
    def __init__(self, browser, server, shots):
        self.browser, self.server, self.shots = browser, server, shots
        self.people = []

    def steps(self):
        return [
            self.join, self.refuse_a_bad_name, self.be_two_people_in_two_tabs, self.talk_to_each_other,
            self.show_markup_as_text, self.count_unread, self.talk_in_the_lobby, self.talk_in_a_group,
            self.join_by_link, self.reload, self.survive_a_restart, self.survive_being_offline,
            self.notice_a_second_login, self.use_a_phone, self.use_the_keyboard, self.leave,
        ]

    def person(self, name, **options):
        person = Person(self.browser, self.server.url, name, **options)
        self.people.append(person)
        return person

    def report(self):
        return "\n".join(problem for person in self.people for problem in person.problems)

    def photograph_all(self, name):
        for person in self.people:
            for number, page in enumerate(person.context.pages):
                page.screenshot(path=self.shots / f"{name}-{person.name}-{number}.png")

    # The steps

    def join(self):
        """two people pick names and see each other"""
        self.ann = self.person("Ann Weir")
        self.ann.photograph(self.shots / "join.png")
        self.ann.enter()
        self.bob = self.person("Bob", dark=True)
        self.bob.photograph(self.shots / "join-dark.png")
        self.bob.enter()
        self.ann.expect_present(self.bob)
        self.bob.expect_present(self.ann)

    def refuse_a_bad_name(self):
        """a name that cannot be used is refused, and says so"""
        other = self.person("?!")
        other.page.fill("#join-name", "?!")
        other.page.press("#join-name", "Enter")
        expect(other.page.locator("#join-error")).to_contain_text("needs letters or digits")
        other.photograph(self.shots / "join-refused.png")
        other.context.close()
        self.people.remove(other)

    def be_two_people_in_two_tabs(self):
        """two tabs of one browser are two people, who talk to each other"""
        tab = self.ann.open_tab()
        tab.fill("#join-name", "Second Tab")
        tab.press("#join-name", "Enter")
        tab.locator("#people a.row", has_text="Ann Weir").click()
        tab.fill("#composer-text", "From the other tab.")
        tab.press("#composer-text", "Enter")
        self.ann.open_conversation("Second Tab")
        self.ann.expect_said("From the other tab.")
        self.ann.say("And back.")
        expect(tab.locator("#messages .body").last).to_have_text("And back.")
        tab.close()

    def talk_to_each_other(self):
        """a message goes each way, and is known to be stored"""
        self.ann.open_person(self.bob)
        self.ann.say("Good morning! Is the mill running?")
        self.ann.expect_all_stored(1)
        self.bob.open_conversation("Ann Weir")
        self.bob.expect_said("Good morning! Is the mill running?")
        self.bob.say("Since six o’clock. 🌊")
        self.ann.expect_said("Good morning! Is the mill running?", "Since six o’clock. 🌊")
        self.bob.expect_all_stored(1)

    def show_markup_as_text(self):
        """markup is shown as text, an address becomes a link"""
        self.ann.say(MARKUP)
        expect(self.bob.page.locator("#messages .body").last).to_have_text(MARKUP)
        expect(self.bob.page.locator("#messages .body").last.locator("b, img")).to_have_count(0)
        expect(self.bob.page.locator("#messages .body a")).to_have_attribute("href", "https://example.org/a?b=1")
        self.bob.photograph(self.shots / "talk-dark.png")

    def count_unread(self):
        """what is not read is counted, in the list and in the title"""
        self.bob.open_conversation("Lobby")
        self.ann.say("One more thing:")
        self.ann.say("bring the new gear wheel.")
        expect(self.bob.row("Ann Weir").locator(".badge")).to_have_text("2 unread")
        expect(self.bob.page).to_have_title("(2) Lobby · Millpond")
        self.bob.photograph(self.shots / "unread-dark.png")
        self.bob.open_conversation("Ann Weir")
        expect(self.bob.page.locator(".separator.new")).to_be_visible()
        expect(self.bob.row("Ann Weir").locator(".badge")).to_be_hidden()
        expect(self.bob.page).to_have_title("Ann Weir · Millpond")

    def talk_in_the_lobby(self):
        """everybody meets in the lobby"""
        self.ann.open_conversation("Lobby")
        self.ann.say("Hello, everybody.")
        self.bob.open_conversation("Lobby")
        self.bob.expect_said("Hello, everybody.")

    def talk_in_a_group(self):
        """a group is made, its members see it and talk in it"""
        page = self.ann.page
        page.click("#new-group")
        page.fill("#group-name", "Gear wheels")
        page.locator("#group-people label", has_text="Bob").click()
        self.ann.photograph(self.shots / "group-new.png")
        page.click("#group-create button[type=submit]")
        expect(page.locator("#talk-title")).to_have_text("Gear wheels")
        expect(page.locator("#talk-state")).to_have_text("2 members")
        self.ann.say("Which one fits?")
        self.bob.open_conversation("Gear wheels")
        self.bob.say("The one with 48 teeth.")
        self.ann.expect_said("Which one fits?", "The one with 48 teeth.")

    def join_by_link(self):
        """a third person joins the group by its link, and reads what is said from then on"""
        self.ann.page.click("#talk-info")
        expect(self.ann.page.locator("#info-members li")).to_have_count(2)
        link = self.ann.page.input_value("#info-link")
        self.ann.photograph(self.shots / "group-info.png")
        self.ann.page.click("#info-dialog [data-close]")
        self.chloe = self.person("Chloe", phone=True)
        self.chloe.page.goto("about:blank")
        self.chloe.page.goto(link)
        self.chloe.enter()
        self.chloe.page.click("#join-group-button")
        expect(self.chloe.page.locator("#composer")).to_be_visible()
        self.ann.say("Hello, Chloe.")
        self.chloe.expect_said("Hello, Chloe.")
        self.chloe.say("I have one of those.")
        expect(self.ann.page.locator("#messages .body").last).to_have_text("I have one of those.")

    def reload(self):
        """a reload keeps the name, the place and the history; what came meanwhile is unread"""
        self.bob.open_conversation("Ann Weir")
        self.ann.page.reload()
        self.ann.expect_online()
        expect(self.ann.page.locator("#talk-title")).to_have_text("Gear wheels")
        self.ann.expect_said("Which one fits?", "The one with 48 teeth.", "Hello, Chloe.",
                             "I have one of those.")
        self.ann.page.goto("about:blank")
        self.chloe.expect_online()
        self.bob.say("Are you still there?")
        self.bob.expect_all_stored(2)
        self.bob.expect_absent(self.ann)
        self.ann.page.go_back()
        self.ann.expect_online()
        expect(self.ann.row("Bob").locator(".badge")).to_have_text("1 unread")
        self.ann.open_conversation("Bob")
        expect(self.ann.page.locator("#messages .body").last).to_have_text("Are you still there?")
        self.ann.photograph(self.shots / "talk.png")

    def survive_a_restart(self):
        """the server is killed and starts again: nothing is lost, nothing is there twice"""
        before = self.ann.page.locator("#messages .body").all_text_contents()
        self.server.stop()
        expect(self.ann.page.locator("#banner")).to_be_visible()
        self.ann.say("Written while the server was away.")
        expect(self.ann.page.locator("#messages .message.queued")).to_have_count(1)
        self.ann.photograph(self.shots / "server-away.png")
        self.bob.photograph(self.shots / "server-away-dark.png")
        self.server.start()
        # The page may connect by itself, and take the button away, before the click gets there.
        self.ann.page.evaluate("document.querySelector('#banner-action')?.click()")
        self.ann.expect_online(timeout=20_000)
        self.bob.expect_online(timeout=20_000)
        expect(self.ann.page.locator("#banner")).to_be_hidden()
        after = [*before, "Written while the server was away."]
        self.ann.expect_said(*after)
        self.bob.expect_said(*after)
        self.ann.expect_present(self.bob)
        self.bob.say("Got it.")
        self.ann.expect_said(*after, "Got it.")

    def survive_being_offline(self):
        """a message without a connection waits, survives a reload of the page, and is sent once"""
        self.server.stop()
        expect(self.bob.page.locator("#banner")).to_be_visible()
        self.bob.say("This one waits.")
        time.sleep(0.3)
        self.server.start()
        self.bob.page.reload()
        self.bob.expect_online(timeout=20_000)
        self.ann.page.evaluate("dispatchEvent(new Event('online'))")
        self.ann.expect_online(timeout=20_000)
        for person in (self.bob, self.ann):
            expect(person.page.locator("#messages .body", has_text="This one waits.")).to_have_count(1)
        expect(self.bob.page.locator("#messages .message:not(.stored)")).to_have_count(0)

    def notice_a_second_login(self):
        """the same person in a second tab takes over, and the first tab says so"""
        second = self.bob.open_tab()
        second.click("#join-resume")
        expect(second.locator("#me-dot")).to_have_class("dot online")
        expect(self.bob.page.locator("#join-notice")).to_contain_text("another tab")
        self.bob.photograph(self.shots / "taken-over-dark.png")
        self.bob.page.click("#join-resume")
        self.bob.expect_online()
        expect(second.locator("#join-notice")).to_contain_text("another tab")
        second.close()

    def use_a_phone(self):
        """on a phone one thing is shown at a time, nothing is cut off, everything can be touched"""
        page = self.chloe.page
        self.chloe.expect_online(timeout=30_000)
        self.chloe.photograph(self.shots / "phone-talk.png")
        page.click("#back")
        expect(page.locator("#talk")).to_be_hidden()
        expect(page.locator("#conversations")).to_be_visible()
        self.chloe.photograph(self.shots / "phone-list.png")
        self.expect_fits(page)
        self.chloe.open_conversation("Gear wheels")
        expect(page.locator(".side")).to_be_hidden()
        self.chloe.say("W" * 300 + " a word that is far too long for any line")
        self.expect_fits(page)
        page.go_back()
        expect(page.locator("#conversations")).to_be_visible()
        page.click("#new-group")
        self.chloe.photograph(self.shots / "phone-group.png")
        page.click("#group-dialog [data-close]")

    def expect_fits(self, page):
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"the page is {wide} pixels too wide"
        small = page.evaluate(
            """() => [...document.querySelectorAll("button, #app a.row, #back")].filter((node) => {
                const box = node.getBoundingClientRect();
                return box.width > 0 && (box.height < 40 || box.width < 40) && !node.matches(".small, .link");
            }).map((node) => node.id || node.className)""")
        assert small == [], f"too small to touch: {small}"

    def use_the_keyboard(self):
        """everything has a name for screen readers, and the keyboard reaches it"""
        page = self.ann.page
        unnamed = page.evaluate(
            """() => [...document.querySelectorAll("button, input, textarea, a[href]")].filter((node) =>
                !node.closest("[hidden]")
                && !(node.getAttribute("aria-label") || node.textContent.trim() || node.labels?.length))
                .map((node) => node.outerHTML)""")
        assert unnamed == [], f"without a name: {unnamed}"
        page.focus("#conversations a.row >> nth=0")
        page.keyboard.press("Enter")
        expect(page.locator("#composer-text")).to_be_focused()
        page.keyboard.type("By keyboard")
        page.keyboard.press("Shift+Enter")
        page.keyboard.type("alone.")
        page.keyboard.press("Enter")
        expect(page.locator("#messages .body").last).to_have_text("By keyboard\nalone.")
        page.focus("#new-group")
        page.keyboard.press("Enter")
        expect(page.locator("#group-name")).to_be_focused()
        page.keyboard.press("Escape")
        expect(page.locator("#group-dialog")).to_be_hidden()
        expect(page.locator("#new-group")).to_be_focused()

    def leave(self):
        """leaving forgets the name here, and the others see it; too many new names are refused"""
        self.ann.page.on("dialog", lambda dialog: dialog.accept())
        self.ann.page.click("#leave")
        expect(self.ann.page.locator("#join-name")).to_be_focused()
        expect(self.ann.page.locator("#join-resume")).to_be_hidden()
        self.bob.expect_absent(self.ann)
        self.ann.page.evaluate(
            """() => Promise.all([...Array(12)].map(() =>
                fetch("api/guest", { method: "POST", body: '{"name": "many"}' })))""")
        self.ann.page.fill("#join-name", "One more")
        self.ann.page.press("#join-name", "Enter")
        expect(self.ann.page.locator("#join-error")).to_contain_text("Too many new names")
