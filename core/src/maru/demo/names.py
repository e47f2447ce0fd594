"""Invented Korean names as they occur: surnames by their share, given names by generation."""

from random import Random
from typing import Final

from maru.identity.hangul import romanize

_SURNAMES: Final = {
    "김": (215, "kim"), "이": (147, "lee"), "박": (84, "park"), "최": (47, "choi"),
    "정": (43, "jung"), "강": (24, "kang"), "조": (21, "cho"), "윤": (20, "yoon"),
    "장": (20, "jang"), "임": (17, "lim"), "한": (15, "han"), "오": (15, "oh"),
    "서": (15, "seo"), "신": (15, "shin"), "권": (14, "kwon"), "황": (14, "hwang"),
    "안": (14, "ahn"), "송": (14, "song"), "전": (11, "jeon"), "홍": (11, "hong"),
    "유": (9, "yoo"), "고": (9, "ko"), "문": (9, "moon"), "양": (9, "yang"),
    "손": (9, "son"), "배": (8, "bae"), "백": (8, "baek"), "허": (7, "heo"),
    "남": (5, "nam"), "심": (5, "shim"), "노": (5, "noh"), "하": (5, "ha"),
    "곽": (4, "kwak"), "성": (4, "sung"), "차": (4, "cha"), "주": (4, "joo"),
    "우": (4, "woo"), "구": (4, "koo"), "민": (3, "min"), "류": (3, "ryu"),
    "나": (3, "na"), "진": (3, "jin"), "지": (3, "ji"), "엄": (3, "eom"),
    "남궁": (1, "namgung"), "선우": (1, "sunwoo"), "황보": (1, "hwangbo"),
}  # fmt: skip


def _names(men: str, women: str) -> tuple[str, ...]:
    return (*men.split(), *women.split())


_BORN_BEFORE_1975: Final = _names(
    "영수 성호 병철 상훈 종현 재호 광수 동철 진호 기영 "
    "용석 경호 태식 명수 인호 성민 창수 재영 승호 형준",
    "은주 미경 정희 경숙 미숙 현숙 영미 은영 혜경 선영 "
    "명희 수경 정숙 금희 미란 연희 순영 경희 윤희 혜숙",
)
_BORN_BEFORE_1985: Final = _names(
    "정훈 성훈 지훈 상현 동현 준호 재훈 성진 민호 현우 "
    "진우 승현 영훈 상욱 태훈 병훈 기훈 용준 대현 창민",
    "지영 은정 미영 현정 은경 수진 혜진 은희 정아 선희 "
    "윤정 주희 혜영 민정 소영 현주 유진 보경 지은 경아",
)
_BORN_BEFORE_1995: Final = _names(
    "민수 준영 동욱 민석 우진 성현 재현 태호 현준 승민 "
    "건우 정우 상민 지원 종훈 영준 세훈 규현 찬호 도현",
    "지현 민지 수연 혜원 지혜 보람 아름 슬기 은지 유나 "
    "예진 소희 다혜 하나 가영 현지 나래 진아 미소 은별",
)
_BORN_LATER: Final = _names(
    "민준 서준 도윤 예준 시우 하준 주원 지호 준서 은찬 "
    "현서 우빈 승우 유찬 은호 지안 태윤 재윤 시현 라온",
    "서연 서윤 지우 하은 민서 하윤 윤서 채원 지민 예은 "
    "수아 다은 예원 나은 소윤 유진 가은 서현 아린 슬",
)
_GENERATIONS: Final = (
    (1975, _BORN_BEFORE_1975),
    (1985, _BORN_BEFORE_1985),
    (1995, _BORN_BEFORE_1995),
    (9999, _BORN_LATER),
)
_WEIGHTS: Final = [weight for weight, _ in _SURNAMES.values()]


def draw_name(chance: Random, born: int) -> str:
    """A name as people born in that year have it."""
    surname = chance.choices(list(_SURNAMES), _WEIGHTS)[0]
    given = next(names for before, names in _GENERATIONS if born < before)
    return surname + chance.choice(given)


def user_name(name: str, taken: set[str]) -> str:
    """`김민준` → `minjun.kim`, then `minjun.kim2` …; the result is added to `taken`."""
    surname = name[:2] if name[:2] in _SURNAMES and len(name) > 3 else name[:1]
    base = f"{romanize(name.removeprefix(surname))}.{_SURNAMES[surname][1]}"
    found, number = base, 1
    while found in taken:
        number += 1
        found = f"{base}{number}"
    taken.add(found)
    return found
