"""The local channel as a reader and an asker use it."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from playwright.async_api import Page, Route, expect
from yarl import URL

from bot.platforms.local.server import LocalServer
from digest.posts import Block, BlockKind, Post, Span
from tests.bot.platforms.local.posts import header_post, qa_post
from tests.bot.platforms.local.support import PAPERS, LocalChannel
from tests.browser.conftest import OpenPage, seen

pytestmark = pytest.mark.asyncio(loop_scope="session")

CARD = f"card/{PAPERS[1][0]}"
QUESTION = "どのデータで評価しましたか。"


async def test_a_digest_appears_while_the_page_is_open(local: LocalChannel, open_page: OpenPage) -> None:
    page = await open_page()
    await expect(page.get_by_text("まだ投稿がありません")).to_be_visible()
    await local.post_digest()
    await expect(page.locator(".kind-card")).to_have_count(10)
    await expect(page.get_by_text("まだ投稿がありません")).to_be_hidden()
    await expect(page.locator(".kind-header .title")).to_be_in_viewport()
    await expect(page.locator("#live")).to_have_text("新しいメッセージ")


async def test_posts_of_another_process_appear_and_go(local: LocalChannel, open_page: OpenPage) -> None:
    page = await open_page()
    outlet = local.other_process()
    sent = await outlet.send(local.key("header"), header_post())
    await expect(page.locator(".kind-header")).to_have_count(1)
    await outlet.edit(sent, Post("ja", (Block(BlockKind.TITLE, (Span("直された題"),)),)))
    await expect(page.locator(".kind-header .title")).to_have_text("直された題")
    await outlet.remove(sent)
    await expect(page.locator(".message")).to_have_count(0)


async def test_the_list_leads_to_the_cards(local: LocalChannel, open_page: OpenPage) -> None:
    await local.post_digest()
    page = await open_page()
    await page.get_by_role("link", name=PAPERS[7][1]).first.click()
    shown = page.locator(".kind-card").nth(7)
    await expect(shown.locator(".title")).to_be_in_viewport()
    await expect(shown.locator("article")).to_be_focused()
    await page.reload()
    await expect(shown.locator(".title")).to_be_in_viewport()


async def test_a_thread_opens_by_address_and_closes_by_escape_and_back(
    local: LocalChannel, open_page: OpenPage
) -> None:
    sent = await local.post_digest()
    page = await open_page()
    link = page.get_by_role("link", name="1件の返信")
    await link.click()
    await expect(page.get_by_role("heading", name="スレッド")).to_be_focused()
    await expect(page).to_have_url(re.compile(f"/thread/{sent[CARD].id}$"))
    await expect(page.locator("#thread .quote")).to_have_count(3)
    await page.keyboard.press("Escape")
    await expect(page.locator("#thread")).to_be_hidden()
    await expect(link).to_be_focused()
    await page.go_forward()
    await expect(page.locator("#thread .quote")).to_have_count(3)
    await page.go_back()
    await expect(page.locator("#thread")).to_be_hidden()
    again = await open_page(f"/thread/{sent[CARD].id}")
    await expect(again.locator("#thread .quote")).to_have_count(3)
    await again.get_by_role("link", name="スレッドを閉じる").click()
    await expect(again.locator("#thread")).to_be_hidden()
    await expect(again).to_have_url(re.compile("/c/papers$"))


async def test_a_thread_fills_a_narrow_page(local: LocalChannel, open_page: OpenPage) -> None:
    await local.post_digest()
    page = await open_page(width=390, height=800)
    await page.get_by_role("link", name="1件の返信").click()
    await expect(page.locator("#thread")).to_be_visible()
    await expect(page.locator("#channel")).to_be_hidden()
    await page.keyboard.press("Escape")
    await expect(page.locator("#channel")).to_be_visible()


async def test_a_question_is_asked_on_a_card_and_its_answer_grows(
    local: LocalChannel, open_page: OpenPage
) -> None:
    await local.post_digest()
    local.table.go_on.clear()
    page = await open_page()
    button = page.get_by_role("button", name=f"「{PAPERS[1][1]}」に質問する")
    await button.focus()
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="この論文に質問する")
    await expect(dialog).to_contain_text(PAPERS[1][1])
    await expect(dialog.get_by_role("textbox", name="質問")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    await expect(button).to_be_focused()
    await button.click()
    await dialog.get_by_role("textbox").fill(QUESTION)
    await page.keyboard.press("Enter")
    thread = page.locator("#thread")
    await expect(thread.locator(".by-me").get_by_text(QUESTION)).to_be_visible()
    await expect(thread.locator(".growing")).to_contain_text("論文の中を探しています")
    local.table.go_on.set()
    await expect(thread.get_by_text("七つの公開ベンチマーク")).to_be_visible()
    await expect(thread.locator(".growing")).to_have_count(0)
    await expect(thread.locator(".replies")).to_have_text("3件の返信")
    await expect(page.locator("#live")).to_contain_text("七つの公開ベンチマーク")
    assert local.table.asked[0][1] == f"ask {PAPERS[1][0]} {{'question': '{QUESTION}'}}"


async def test_what_is_told_while_a_thread_is_fetched_is_not_lost(
    local: LocalChannel, open_page: OpenPage
) -> None:
    sent = await local.post_digest()
    page = await open_page()
    later = qa_post()

    async def answer_late(route: Route) -> None:
        fetched = await route.fetch()
        await local.outlet.send(local.key("qa/late/1"), later, sent[CARD])
        await expect(page.locator(".kind-card").nth(1).get_by_text("2件の返信")).to_be_visible()
        await route.fulfill(response=fetched)

    await page.route("**/thread/*?part=panel", answer_late)
    await page.get_by_role("link", name="1件の返信").click()
    await expect(page.locator("#thread .quote")).to_have_count(6)


async def test_a_question_in_a_thread_needs_no_command(local: LocalChannel, open_page: OpenPage) -> None:
    sent = await local.post_digest()
    page = await open_page(f"/thread/{sent[CARD].id}")
    box = page.get_by_role("combobox", name="この論文に質問する")
    await box.fill(QUESTION)
    await box.press("Enter")
    await expect(page.locator("#thread").get_by_text("七つの公開ベンチマーク")).to_be_in_viewport()
    await expect(box).to_have_value("")
    await expect(box).to_be_focused()


async def test_a_command_and_a_paper_are_completed_by_keyboard_alone(
    local: LocalChannel, open_page: OpenPage
) -> None:
    await local.post_digest()
    page = await open_page()
    box = page.get_by_role("combobox", name="/ でコマンドを入力")
    await box.focus()
    await page.keyboard.type("/a")
    choices = page.locator("#text-choices")
    await expect(choices.get_by_role("option")).to_have_count(1)
    await expect(box).to_have_attribute("aria-expanded", "true")
    await page.keyboard.press("Tab")
    await expect(box).to_have_value("/ask ")
    await expect(choices.get_by_role("option")).to_have_count(6)
    await page.keyboard.type("voice")
    await expect(choices.get_by_role("option")).to_have_count(1)
    await page.keyboard.press("ArrowDown")
    await expect(box).to_have_attribute("aria-activedescendant", "text-choices-0")
    await expect(choices.get_by_role("option", selected=True)).to_contain_text(PAPERS[3][1])
    await page.keyboard.press("Enter")
    await expect(box).to_have_value(f"/ask {PAPERS[3][0]} ")
    await page.keyboard.type("なぜですか")
    await page.keyboard.press("Escape")
    await expect(choices).to_be_hidden()
    await page.keyboard.press("Enter")
    await expect(page.locator(".private").get_by_text("七つの公開ベンチマーク")).to_be_in_viewport()
    assert local.table.asked[0][1] == f"/ask {PAPERS[3][0]} なぜですか"


async def test_ending_a_conversion_does_not_send(local: LocalChannel, open_page: OpenPage) -> None:
    page = await open_page()
    box = page.locator("#text")
    await box.fill("かな")
    await box.dispatch_event("keydown", {"key": "Enter", "isComposing": True, "bubbles": True})
    await expect(box).to_have_value("かな")
    await box.press("Shift+Enter")
    await expect(box).to_have_value("かな\n")
    assert local.table.asked == []


async def test_private_replies_turn_are_shared_and_dismissed(
    local: LocalChannel, open_page: OpenPage
) -> None:
    page = await open_page()
    other = await open_page()
    await page.locator("#text").fill("/papers")
    await page.locator("#text").press("Enter")
    await expect(page.locator(".private.by-rinko")).to_contain_text("論文一覧(1ページ)")
    await page.get_by_role("button", name="次のページ").click()
    await expect(page.locator(".private.by-rinko")).to_contain_text("論文一覧(2ページ)")
    await page.get_by_role("button", name="みんなに表示").click()
    await expect(seen(other, "みんなに見える回答")).to_be_visible()
    await expect(other.locator(".message")).to_have_count(1)
    await page.locator(".private.by-rinko").get_by_role("button", name="表示を消す").click()
    await expect(page.locator(".private.by-rinko")).to_have_count(0)


async def test_a_form_keeps_what_was_written_until_it_is_sent(
    local: LocalChannel, open_page: OpenPage
) -> None:
    page = await open_page(restarts=True)
    await page.locator("#text").fill("/digest status")
    await page.locator("#text").press("Enter")
    panel = page.locator(".private.by-rinko")
    await expect(panel.get_by_role("button")).to_have_count(11)  # ten of the panel's, and one to dismiss it
    await panel.get_by_role("button", name="回答を訂正する").click()
    dialog = page.get_by_role("dialog", name="回答を訂正する")
    answer = dialog.get_by_role("textbox", name="新しい回答")
    await expect(answer).to_have_value("正答率は\n半精度と並びます。")
    await answer.fill("正答率は半精度の99%です。")
    await answer.press("Enter")  # a line of an answer, as there is more to fill in
    await page.keyboard.type("3Bで。")
    await page.route("**/act/submit", lambda route: route.abort())
    await answer.press("Control+Enter")
    await expect(dialog.get_by_role("alert")).to_have_text("送信できませんでした。もう一度お試しください。")
    await expect(answer).to_have_value("正答率は半精度の99%です。\n3Bで。")
    await page.unroute("**/act/submit")

    async def answer_late(route: Route) -> None:
        fetched = await route.fetch()
        await expect(panel).to_contain_text("訂正しました。")  # the button went with the panel's old state
        await route.fulfill(response=fetched)

    await page.route("**/act/submit", answer_late)
    await dialog.get_by_label("訂正の理由").fill("表2の読み違い")
    await page.keyboard.press("Enter")
    await expect(dialog).to_be_hidden()
    await expect(panel.locator("article")).to_be_focused()
    filled = {"answer": "正答率は半精度の99%です。\n3Bで。", "reason": "表2の読み違い"}
    assert local.table.asked[1][1] == f"amend {PAPERS[1][0]} {filled}"


async def test_a_button_that_is_gone_says_so_where_it_stood(local: LocalChannel, open_page: OpenPage) -> None:
    page = await open_page(restarts=True)
    await page.locator("#text").fill("/papers")
    await page.locator("#text").press("Enter")
    button = page.get_by_role("button", name="次のページ")
    await button.evaluate("button => { button.dataset.value = '99'; }")
    await button.click()
    await expect(page.locator(".foot").get_by_role("alert")).to_contain_text("もう使えません")
    await expect(button).to_be_focused()


async def test_a_reload_and_a_second_tab_show_the_same(local: LocalChannel, open_page: OpenPage) -> None:
    sent = await local.post_digest()
    page = await open_page(f"/thread/{sent[CARD].id}")
    tab = await open_page(f"/thread/{sent[CARD].id}", beside=page)
    await page.locator("#thread-text").fill(QUESTION)
    await page.locator("#thread-text").press("Enter")
    for one in (page, tab):
        await expect(one.locator("#thread").get_by_text("七つの公開ベンチマーク")).to_be_visible()
        await expect(one.locator("#thread .message")).to_have_count(4)
    live = await _texts(page)
    assert await _texts(tab) == live
    await page.reload()
    assert await _texts(page) == live


async def _texts(page: Page) -> list[str]:
    texts: list[str] = await page.locator(".message").all_inner_texts()
    return texts


async def test_a_reader_further_up_is_told_of_what_is_new(local: LocalChannel, open_page: OpenPage) -> None:
    await local.post_digest()
    page = await open_page()
    before = await page.locator("#channel .scroll").evaluate("box => box.scrollTop")
    note = Post("ja", (Block(BlockKind.TEXT, (Span("来週の予定です。"),)),))
    await local.outlet.send(local.key("note"), note)
    await expect(page.get_by_role("button", name="新しいメッセージ")).to_be_visible()
    assert await page.locator("#channel .scroll").evaluate("box => box.scrollTop") == before
    await page.get_by_role("button", name="新しいメッセージ").click()
    await expect(seen(page, "来週の予定です。")).to_be_in_viewport()
    await expect(page.get_by_role("button", name="新しいメッセージ")).to_be_hidden()


async def test_a_pdf_is_attached(local: LocalChannel, open_page: OpenPage) -> None:
    page = await open_page()
    file = page.locator("#channel input[type=file]")
    await file.set_input_files({"name": "論文.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7"})
    await expect(page.locator("#channel .file")).to_contain_text("論文.pdf")
    await page.locator("#text").fill("要点は何ですか。")
    await page.get_by_role("button", name="送信").click()
    await expect(page.get_by_text("添付：論文.pdf")).to_be_visible()
    assert local.table.asked[0][2].upload is not None


async def test_a_page_goes_on_when_the_server_was_started_again(
    local: LocalChannel, open_page: OpenPage
) -> None:
    page = await open_page(restarts=True)
    await page.locator("#text").fill("/papers")
    await local.server.stop()
    await expect(page.get_by_text("再接続しています")).to_be_visible()
    again = LocalServer(replace(local.needs, token="another-run"), port=URL(local.url).port or 0)
    await again.start()
    await expect(page.get_by_text("再接続しています")).to_be_hidden()
    await page.locator("#text").press("Enter")
    await expect(seen(page, "論文一覧(1ページ)")).to_be_visible()
    await page.context.close()
    await again.stop()
