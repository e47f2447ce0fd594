"""The demo's companies as they are built: departments with the share of people who work there."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Branch:
    """A department with those below it; `weight` is its share of the company's people."""

    name: str
    weight: int = 0
    below: tuple["Branch", ...] = ()


@dataclass(frozen=True)
class Company:
    """One demo tenant. `desks` says in which department its three well-known users work,
    `plugins` which plugins are on from the start; None means all that are installed."""

    slug: str
    name: str
    share: int
    desks: dict[str, str]
    tree: Branch
    plugins: frozenset[str] | None = None


def _branch(name: str, *teams: tuple[str, int]) -> Branch:
    return Branch(name, 0, tuple(Branch(team, weight) for team, weight in teams))


HANBIT: Final = Company(
    slug="hanbit",
    name="한빛전자",
    share=1,
    desks={"admin": "업무시스템팀", "manager": "국내영업1팀", "member": "국내영업1팀"},
    tree=Branch(
        "한빛전자",
        0,
        (
            _branch(
                "경영지원본부",
                ("인사팀", 9), ("총무팀", 7), ("재무회계팀", 10), ("법무팀", 4), ("구매팀", 8),
            ),
            _branch("전략기획실", ("경영기획팀", 7), ("신사업추진팀", 6)),
            _branch("정보전략실", ("업무시스템팀", 9), ("인프라운영팀", 7), ("정보보안팀", 5)),
            _branch(
                "영업본부",
                ("국내영업1팀", 14), ("국내영업2팀", 13), ("해외영업팀", 16), ("영업지원팀", 8),
            ),
            _branch("마케팅본부", ("브랜드팀", 7), ("디지털마케팅팀", 9), ("홍보팀", 5)),
            _branch(
                "기술연구소",
                ("선행기술연구팀", 14), ("회로설계팀", 20), ("기구설계팀", 16),
                ("소프트웨어개발1팀", 22), ("소프트웨어개발2팀", 20), ("시험인증팀", 9),
            ),
            _branch(
                "생산본부",
                ("생산관리팀", 10), ("생산1팀", 34), ("생산2팀", 32), ("생산기술팀", 14),
                ("자재팀", 10), ("설비보전팀", 9),
            ),
            _branch("품질본부", ("품질보증팀", 12), ("고객품질팀", 9), ("환경안전팀", 6)),
        ),
    ),
)  # fmt: skip

SAEBOM: Final = Company(
    slug="saebom",
    name="새봄유통",
    share=5,
    plugins=frozenset({"board"}),
    desks={"admin": "정보시스템팀", "manager": "식품상품팀", "member": "식품상품팀"},
    tree=Branch(
        "새봄유통",
        0,
        (
            _branch("경영지원실", ("인사총무팀", 8), ("재무팀", 7), ("정보시스템팀", 6)),
            _branch("상품본부", ("식품상품팀", 12), ("생활상품팀", 10), ("패션상품팀", 8)),
            _branch("점포운영본부", ("수도권운영팀", 18), ("영남운영팀", 12), ("호남운영팀", 8)),
            _branch("온라인사업부", ("플랫폼기획팀", 8), ("온라인마케팅팀", 7), ("고객지원팀", 9)),
            _branch("물류본부", ("물류센터운영팀", 20), ("배송관리팀", 12), ("재고관리팀", 8)),
        ),
    ),
)  # fmt: skip

COMPANIES: Final = (HANBIT, SAEBOM)
