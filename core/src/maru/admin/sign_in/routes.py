"""`/api/v1/admin/sign-in-providers` and `/api/v1/admin/sign-in`."""

from typing import Final

from maru.access.permissions import SIGN_IN_MANAGE
from maru.admin.service import call_of
from maru.admin.sign_in import service
from maru.admin.sign_in.schemas import (
    ProviderChange,
    ProviderNew,
    ProviderOut,
    SignInChange,
    SignInOut,
    TestOut,
)
from maru.federation.single import SingleSignOn
from maru_sdk import Context, delete, get, post, put
from maru_sdk.declarations import Route

NOW: Final = "who changes how people sign in starts from what is in force"


def sign_in_routes(single: SingleSignOn) -> list[Route]:
    """The API of sign-in providers."""
    return [*_reading(single), *_changing(single), *_doing(single)]


def _reading(single: SingleSignOn) -> list[Route]:
    @get("/sign-in-providers", needs=SIGN_IN_MANAGE, no_store=NOW)
    async def sign_in_providers(ctx: Context) -> list[ProviderOut]:
        """Every way to sign in here, in the order of the sign-in page."""
        return await service.listed(ctx, single)

    @get("/sign-in-providers/{key}", needs=SIGN_IN_MANAGE, no_store=NOW)
    async def sign_in_provider(ctx: Context, key: str) -> ProviderOut:
        """One way to sign in; its secret is never shown."""
        return service.shown(await single.providers.get(ctx.tenant.id, key))

    @get("/sign-in", needs=SIGN_IN_MANAGE, no_store=NOW)
    async def sign_in(ctx: Context) -> SignInOut:
        """What holds for signing in as a whole."""
        return await service.as_a_whole(ctx)

    return [sign_in_providers, sign_in_provider, sign_in]


def _changing(single: SingleSignOn) -> list[Route]:
    @post("/sign-in-providers", needs=SIGN_IN_MANAGE)
    async def add_sign_in_provider(ctx: Context, body: ProviderNew) -> ProviderOut:
        """Adds a provider, switched off until it was tried."""
        await service.added(ctx, single, body)
        return await _stored(ctx, single, body.key)

    @put("/sign-in-providers/{key}", needs=SIGN_IN_MANAGE)
    async def put_sign_in_provider(ctx: Context, key: str, body: ProviderChange) -> ProviderOut:
        """Sets all of a provider anew; a setting left out gets its default, and without a secret
        the one that is kept stays."""
        await service.changed(ctx, single, key, body)
        return await _stored(ctx, single, key)

    @delete("/sign-in-providers/{key}", needs=SIGN_IN_MANAGE)
    async def delete_sign_in_provider(ctx: Context, key: str) -> None:
        """Takes a provider away. Whom it vouched for stays; they sign in another way."""
        await service.removed(ctx, single, key)

    @put("/sign-in", needs=SIGN_IN_MANAGE)
    async def put_sign_in(ctx: Context, body: SignInChange) -> SignInOut:
        """Says whether passwords that are kept here count, for all but admins, and whether people
        are told by mail of sign-ins in a new browser; what is left out stays."""
        return await service.set_as_a_whole(ctx, body)

    return [add_sign_in_provider, put_sign_in_provider, delete_sign_in_provider, put_sign_in]


def _doing(single: SingleSignOn) -> list[Route]:
    @post("/sign-in-providers/{key}/enable", needs=SIGN_IN_MANAGE, status=200)
    async def enable_sign_in_provider(ctx: Context, key: str) -> ProviderOut:
        """Lets people sign in by it, in every process within two seconds."""
        await service.switched(ctx, single, key, on=True)
        return await _stored(ctx, single, key)

    @post("/sign-in-providers/{key}/disable", needs=SIGN_IN_MANAGE, status=200)
    async def disable_sign_in_provider(ctx: Context, key: str) -> ProviderOut:
        """Lets nobody sign in by it any more; who is signed in stays so."""
        await service.switched(ctx, single, key, on=False)
        return await _stored(ctx, single, key)

    @post("/sign-in-providers/{key}/test", needs=SIGN_IN_MANAGE, status=200)
    async def test_sign_in_provider(ctx: Context, key: str) -> TestOut:
        """Asks the other side now and tells what is right and wrong with it."""
        return await service.tested(ctx, single, key)

    return [enable_sign_in_provider, disable_sign_in_provider, test_sign_in_provider]


async def _stored(ctx: Context, single: SingleSignOn, key: str) -> ProviderOut:
    return service.shown(await single.providers.stored(call_of(ctx).unit, key))
