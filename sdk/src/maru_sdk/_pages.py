"""Pages and the forms on them: the function returns a model, the template makes HTML of it."""

from collections.abc import Callable
from dataclasses import dataclass

from maru_sdk._declarations import Declaration, Handler, check_limit, key_of
from maru_sdk._model import Model
from maru_sdk._permissions import Permission


class Redirect(Model):
    """What an action returns: where the browser goes next (a path on this site) and what to say
    there."""

    to: str
    message: str | None = None


@dataclass(frozen=True, eq=False)
class PageDeclaration(Declaration):
    """One page below `/<url word>` (or `/admin/<url word>`). Made by `page` and `admin_page`."""

    path: str
    title: str
    template: str = ""
    needs: Permission | None = None
    signed_in: bool = False
    public: bool = False
    admin: bool = False
    limit: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        check_limit(self.limit)
        if not self.template:
            key = key_of(self.function.__module__)
            object.__setattr__(self, "template", f"{key}/{self.function.__name__}.html")


@dataclass(frozen=True, eq=False)
class ActionDeclaration(Declaration):
    """One form's target below `/<url word>`. Made by `action`."""

    path: str
    needs: Permission | None = None
    signed_in: bool = False
    public: bool = False
    again: PageDeclaration | None = None
    body_limit: int | None = None
    limit: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        check_limit(self.limit)


def page(
    path: str,
    *,
    title: str,
    template: str = "",
    needs: Permission | None = None,
    signed_in: bool = False,
    public: bool = False,
    limit: str | None = None,
) -> Callable[[Handler], PageDeclaration]:
    """A page: `@page("/{board_id}", title="Board", needs=READ)`, shown at `/board/{board_id}`.

    The function is called once a request with `ctx` and FastAPI's path and query parameters and
    returns a Model, whose fields are the template's variables; beside them stand `ctx`, `shell`
    and, after a refused form, `form` (`values`, `errors`). The template is `<key>/<function>.html`
    unless given; it extends `maru/base.html` and draws with the macros of `maru/ui.html`.
    `limit` is that of `get`.
    """
    return lambda function: PageDeclaration(
        function, path, title, template, needs, signed_in, public, limit=limit
    )


def admin_page(
    path: str, *, title: str, needs: Permission, template: str = ""
) -> Callable[[Handler], PageDeclaration]:
    """A page below `/admin/<url word>`, listed in the admin area; the contract is that of
    `page`."""
    return lambda function: PageDeclaration(function, path, title, template, needs, admin=True)


def action(
    path: str,
    *,
    needs: Permission | None = None,
    signed_in: bool = False,
    public: bool = False,
    again: PageDeclaration | None = None,
    body_limit: int | None = None,
    limit: str | None = None,
) -> Callable[[Handler], ActionDeclaration]:
    """The target of a form: `@action("/posts", needs=WRITE, again=new_post)`.

    The function takes `ctx`, path parameters and `form: SomeModel` (made from the form's fields)
    and returns a Redirect, answered 303. An invalid form or a raised `InvalidInput` shows `again`
    once more with what was typed and the errors beside the fields, status 422; nothing is written.
    CSRF is core's. `body_limit` is in bytes, 1 MB unless given; `limit` is that of `get`.
    """
    return lambda function: ActionDeclaration(
        function, path, needs, signed_in, public, again, body_limit, limit
    )
