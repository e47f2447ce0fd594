"""Reading and writing on the boards, with script and without."""

import re
from itertools import count

import pytest
from playwright.async_api import Locator, Page, expect
from tests.e2e.visitor import Look, Visitors, examine
from tests.e2e.writing import start_post

pytestmark = pytest.mark.browser

NUMBERS = count(1)


async def open_board(page: Page, visitors: Visitors, name: str, tenant: str = "hanbit") -> None:
    await page.goto(f"{visitors.demo.url(tenant)}/board")
    await page.get_by_role("heading", name=name).get_by_role("link").click()
    await expect(page).to_have_title(f"{name} · 마루")


async def text_of(page: Page, script: bool = True) -> Locator:
    """The place of the text, once the editor has taken it over from its text area."""
    if script:
        await expect(page.locator(".editor[data-state=ready]")).to_be_visible()
    return page.get_by_label("내용")


async def write(page: Page, title: str, content: str, script: bool = True) -> None:
    await start_post(page, script=script)
    await page.get_by_label("제목").fill(title)
    await (await text_of(page, script)).fill(content)
    await page.get_by_role("button", name="게시").click()


async def on_portal(page: Page, visitors: Visitors, seen: Locator, script: bool) -> None:
    """The portal with this on it: what comes late is fetched by script, else by coming again."""
    for _ in range(1 if script else 10):
        await page.goto(visitors.demo.url("hanbit"))
        if await seen.is_visible():
            return
    await expect(seen).to_be_visible()


async def create_board(page: Page, name: str) -> None:
    """By the form of boards: that of groups stands before it."""
    form = page.locator("form", has=page.locator("#field-name"))
    await form.get_by_label("이름").fill(name)
    await form.get_by_role("button", name="만들기").click()


async def confirm(page: Page) -> None:
    await page.get_by_role("alertdialog").get_by_role("button", name="계속").click()


async def test_older_posts_are_one_link_away_and_so_is_the_way_back(visitors: Visitors) -> None:
    async with visitors.tab("member") as page:
        await open_board(page, visitors, "자유게시판")
        rows = page.locator("tbody tr a.title")
        first = await rows.all_inner_texts()
        await page.get_by_role("link", name="더 이전").click()
        await expect(page.get_by_role("link", name="더 최근")).to_be_visible()
        second = await rows.all_inner_texts()
        assert len(first) == len(second) == 20
        assert first != second
        await page.get_by_role("link", name="더 최근").click()
        await expect(rows.first).to_have_text(first[0])
        assert await rows.all_inner_texts() == first


async def test_a_refused_post_keeps_what_was_typed(visitors: Visitors) -> None:
    async with visitors.tab("member") as page:
        await open_board(page, visitors, "자유게시판")
        await write(page, " ", "여기까지 썼는데")
        await expect(page.locator(".fault")).to_be_visible()
        await expect(page.get_by_label("내용")).to_have_text("여기까지 썼는데")
        await expect(page.get_by_label("제목")).to_have_attribute("aria-invalid", "true")
        await examine(page, "write-refused")
        await page.locator("[popovertarget=language-menu]").click()
        await page.get_by_role("button", name="한국어").click()
        await expect(page).to_have_url(re.compile("/board/posts/new.board="))


@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
async def test_a_post_from_its_writing_to_its_end(visitors: Visitors, script: bool) -> None:
    title = (
        f"첫눈 소식과 사십 자에 이르는 긴 제목을 가진 글이 목록에서 어떻게 보이는지 {next(NUMBERS)}"
    )
    async with visitors.tab("member", script=script) as page:
        await open_board(page, visitors, "자유게시판")
        await write(page, title, "첫 줄\n둘째 줄\n\n새 문단", script)
        await expect(page).to_have_title(f"{title} · 마루")
        post = page.url
        await expect(page.locator("article .prose")).to_contain_text("둘째 줄")
        await expect(page.locator("article .prose p").last).to_have_text("새 문단")
        await page.get_by_role("link", name="고치기").click()
        await (await text_of(page, script)).fill("고친 글")
        await page.get_by_role("button", name="저장").click()
        await expect(page.locator("main .note")).to_contain_text("저장")
        await expect(page.locator("article")).to_contain_text("고친 글")
        await page.get_by_label("댓글").last.fill("첫 댓글 🙂\n다음 줄")
        await page.get_by_role("button", name="등록").last.click()
        await expect(page.locator("#comments li")).to_contain_text("다음 줄")
        portlet = page.locator("[data-type='board.recent_posts']")
        await on_portal(page, visitors, portlet.get_by_role("link", name=title), script)
        await portlet.get_by_role("link", name=title).click()
        await expect(page).to_have_url(post)
        await page.locator("#comments li").get_by_role("button", name="지우기").click()
        if script:
            await confirm(page)
        await expect(page.locator("#comments li:has(.avatar)")).to_have_count(0)
        await page.locator(".page-head").get_by_role("button", name="지우기").click()
        if script:
            await confirm(page)
        await expect(page).to_have_title("자유게시판 · 마루")
        await expect(page.locator("main .note")).to_be_visible()
        await expect(page.get_by_role("link", name=title)).to_have_count(0)
        await page.goto(post)  # its author may restore it
        await expect(page.locator(".page-head")).to_contain_text("휴지통에 있음")
        await on_portal(page, visitors, portlet.locator("li").first, script)
        await expect(portlet.get_by_role("link", name=title)).to_have_count(0)


async def test_a_members_form_has_no_marks_of_moderators(visitors: Visitors) -> None:
    async with visitors.tab("member") as page:
        await open_board(page, visitors, "자유게시판")
        await page.get_by_role("link", name="글쓰기").click()
        await expect(page.get_by_label("제목")).to_be_visible()
        await expect(page.get_by_label("맨 위에 고정")).to_have_count(0)
        await open_board(page, visitors, "공지사항")
        await expect(page.get_by_role("link", name="글쓰기")).to_have_count(0)


async def test_a_board_goes_in_two_steps_without_script(visitors: Visitors) -> None:
    look = Look(width=390, theme="dark")
    async with visitors.tab("admin", "saebom", look, script=False) as page:
        await page.goto(f"{visitors.demo.url('saebom')}/board/manage")
        await create_board(page, "잠깐 있다 갈 게시판")
        row = page.get_by_role("row").filter(has_text="잠깐 있다 갈 게시판")
        await row.get_by_role("link", name="지우기").click()
        await expect(page.locator("main")).to_contain_text("되돌릴 수 없습니다")
        await page.get_by_role("link", name="취소").click()
        await expect(row).to_be_visible()
        await row.get_by_role("link", name="지우기").click()
        await page.get_by_role("button", name="지우기").click()
        await expect(page.locator("main .note")).to_be_visible()
        await expect(row).to_have_count(0)


async def test_a_draft_outlives_its_page_until_it_is_thrown_away(visitors: Visitors) -> None:
    async with visitors.tab("member") as page:
        await open_board(page, visitors, "자유게시판")
        await page.get_by_role("link", name="글쓰기").click()
        await page.get_by_label("제목").fill("쓰다 만 글")
        await (await text_of(page)).fill("여기까지 썼습니다")
        await expect(page.locator("maru-keeper")).to_contain_text("임시 저장됨")
        await page.goto(page.url)
        await expect(page.locator("main")).to_contain_text("쓰던 글을 불러왔습니다.")
        await expect(page.get_by_label("제목")).to_have_value("쓰다 만 글")
        await expect(await text_of(page)).to_have_text("여기까지 썼습니다")
        await examine(page, "draft")
        await page.get_by_role("button", name="임시 저장 버리기").click()
        await confirm(page)
        await expect(page.locator("main")).not_to_contain_text("쓰던 글을 불러왔습니다.")


async def test_who_saves_second_is_told_and_keeps_their_text(visitors: Visitors) -> None:
    async with visitors.tab("member") as one, visitors.tab("member") as other:
        await open_board(one, visitors, "자유게시판")
        await write(one, f"둘이 고치는 글 {next(NUMBERS)}", "처음")
        await expect(one.locator("article .prose")).to_have_text("처음")
        await other.goto(one.url)
        for page, text in ((one, "내가 고친 글"), (other, "먼저 저장한 글")):
            await page.get_by_role("link", name="고치기").click()
            await (await text_of(page)).fill(text)
        for page in (other, one):
            await page.get_by_role("button", name="저장").click()
        await expect(other.locator("article .prose")).to_have_text("먼저 저장한 글")
        stands = one.locator(".card", has=one.get_by_role("heading", name="지금 저장되어 있는 글"))
        await expect(stands).to_contain_text("먼저 저장한 글")
        await expect(await text_of(one)).to_have_text("내가 고친 글")
        await examine(one, "edited-meanwhile")
        await one.get_by_role("button", name="저장").click()
        await expect(one.locator("article .prose")).to_have_text("내가 고친 글")


async def test_a_board_is_private_in_two_clicks_and_open_to_who_is_named(
    visitors: Visitors,
) -> None:
    name = f"인사 자료 {next(NUMBERS)}"
    async with visitors.tab("admin", "saebom") as page:
        await page.goto(f"{visitors.demo.url('saebom')}/board/manage")
        await create_board(page, name)
        await expect(page.get_by_role("row").filter(has_text=name)).to_be_visible()
        await open_board(page, visitors, name, "saebom")
        await page.get_by_role("button", name="더 보기").click()
        await page.get_by_role("link", name="게시판 설정").click()
        await page.get_by_role("button", name="비공개로 전환").click()
        card = page.locator("#access")
        await expect(card).to_contain_text("비공개 게시판입니다")
        await expect(card.get_by_role("row")).to_have_count(2)  # the head, and who closed it
        naming = page.locator("#name-somebody")
        await naming.get_by_label("권한").select_option(label="읽기만 가능")
        await naming.get_by_role("combobox", name="구성원").press_sequentially("ㄱ")
        await naming.locator("maru-picker").first.get_by_role("option").first.click()
        await naming.get_by_role("button", name="권한 주기").click()
        rows = page.locator("#access").get_by_role("row")
        await expect(rows).to_have_count(3)
        await expect(rows.nth(1)).to_contain_text("읽기")
        for look in (Look(width=390), Look()):
            await page.set_viewport_size({"width": look.width, "height": look.height})
            await examine(page, "board-access", look)
        await rows.nth(1).get_by_role("button", name="권한 회수").click()
        await confirm(page)
        await expect(rows).to_have_count(2)
