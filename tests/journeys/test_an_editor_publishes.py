import re

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from playwright.sync_api import FrameLocator, Page, Route, expect
from pytest_django import Settings
from wagtail.models import GroupApprovalTask, Workflow, WorkflowPage, WorkflowTask

from articles.models import BriefingPage, SectionPage
from tests.newsroom import Newsroom, editor

from .visiting import Visit, has_credits, is_gated, sign_in

HEADLINE = "Cinemas sell the wait"
STORY = "The public story that everyone reads."
INSIGHT = "The statement that only some may read."
EVIDENCE = "A figure in a filing."
SHOWN = re.compile("in_preview_panel=true")


@pytest.fixture
def desk(newsroom: Newsroom) -> SectionPage:
    """A section whose briefings the moderators approve."""
    task = GroupApprovalTask.objects.create(name="Moderators approval")
    task.groups.add(Group.objects.get(name="Moderators"))
    workflow = Workflow.objects.create(name="Approval")
    WorkflowTask.objects.create(workflow=workflow, task=task)
    WorkflowPage.objects.create(workflow=workflow, page=newsroom.technology)
    return newsroom.technology


@pytest.fixture
def saved_by_hand(settings: Settings) -> None:
    """A form sent while Wagtail first saves by itself asks for the same page twice; no person is as quick."""
    settings.WAGTAIL_AUTOSAVE_INTERVAL = 0


def enter_the_admin(page: Page, email: str) -> None:
    page.goto("/admin/")
    sign_in(page, email)
    expect(page).to_have_url("/admin/")


def write(page: Page, section: SectionPage) -> None:
    page.goto(f"/admin/pages/{section.pk}/add_subpage/")
    page.wait_for_url(f"**/admin/pages/add/articles/briefingpage/{section.pk}/")
    page.locator("#id_title").fill(HEADLINE)
    page.get_by_role("textbox", name="Standfirst").fill("What a window is worth.")
    page.locator("[data-contentpath=body]").get_by_title("Insert a block").click()
    page.get_by_role("option", name="Paragraph").click()
    type_into(page, "body", STORY)
    page.get_by_role("tab", name="Insights").click()
    page.locator("[data-contentpath=key_insights]").get_by_title("Insert a block").first.click()
    page.get_by_role("option", name="Key Insight").click()
    type_into(page, "statement", INSIGHT)
    type_into(page, "evidence", EVIDENCE)


def type_into(page: Page, part: str, text: str) -> None:
    page.locator(f"[data-contentpath={part}]").get_by_role("textbox").click()
    page.keyboard.insert_text(text)


def preview(page: Page, reader: str) -> FrameLocator:
    page.get_by_label("Preview mode").select_option(reader)
    return page.frame_locator("#w-preview-iframe")


def press_more(page: Page, action: str) -> None:
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("button", name=action).click()


@pytest.mark.usefixtures("saved_by_hand")
def test_an_editor_writes_and_previews_a_chief_publishes_and_a_visitor_finds_it_gated(
    visit: Visit, desk: SectionPage
) -> None:
    page = visit.page()
    enter_the_admin(page, editor("writing@example.com").email)
    write(page, desk)
    page.get_by_role("button", name="Toggle preview").click()
    as_visitor = preview(page, "A visitor")
    expect(as_visitor.locator(".story")).to_have_text(STORY)
    expect(as_visitor.locator("#insights")).to_have_attribute("data-gate", "locked")
    expect(as_visitor.get_by_text(INSIGHT)).to_have_count(0)
    as_member = preview(page, "A club member")
    expect(as_member.locator("#insights")).to_have_attribute("data-gate", "open")
    expect(as_member.get_by_text(INSIGHT)).to_be_attached()
    press_more(page, "Submit to Approval")
    expect(page.get_by_text("submitted for moderation")).to_be_visible()

    briefing = BriefingPage.objects.get(title=HEADLINE)
    assert not briefing.live
    stranger = visit.page()
    assert stranger.request.get(briefing.url).status == 404

    page.context.clear_cookies()
    enter_the_admin(page, editor("leading@example.com", group="Moderators").email)
    page.get_by_role("link", name=HEADLINE).first.click()
    press_more(page, "Approve and Publish")
    expect(page.get_by_role("link", name="Current page status: live")).to_be_visible()

    stranger.goto(briefing.url)
    expect(stranger.get_by_role("heading", level=1)).to_have_text(HEADLINE)
    expect(stranger.locator(".story")).to_have_text(STORY)
    is_gated(stranger, [INSIGHT.casefold(), EVIDENCE.casefold()])
    assert not [sent for sent in mail.outbox if INSIGHT in str(sent.message())]


def test_a_preview_shows_the_reader_chosen_while_another_s_was_still_loading(
    visit: Visit, briefing: BriefingPage
) -> None:
    page = visit.page(editor("hurrying@example.com"))
    page.goto(f"/admin/pages/{briefing.pk}/edit/")
    page.get_by_role("button", name="Toggle preview").click()
    expect(preview(page, "A visitor").locator("#insights")).to_have_attribute("data-gate", "locked")
    held: list[Route] = []
    page.route(SHOWN, lambda route: held.append(route), times=1)
    with page.expect_request(SHOWN):
        preview(page, "A reader with credits")
    chosen = preview(page, "A club member")
    held.pop().continue_()
    expect(chosen.locator("#insights")).to_have_attribute("data-gate", "open")


def test_staff_see_their_newsroom_open_and_pay_nothing(
    visit: Visit, newsroom: Newsroom, briefing: BriefingPage
) -> None:
    page = visit.page(editor("reading@example.com"))
    page.goto(briefing.url)
    expect(page.locator("[data-reason=editor]")).to_have_count(3)
    has_credits(page, 0)
