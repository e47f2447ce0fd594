"""What the metadata alone decides: keys, names, needs, order."""

import pytest
from tests.plugins.shelf import SDK, Shelf

from maru.plugins.discovery import RESERVED
from maru.plugins.faults import StrictPlugins
from maru.plugins.registry import PluginHost

IMPORTED = "raise AssertionError('imported although its metadata is bad')"


def load(shelf: Shelf) -> PluginHost:
    return PluginHost.load({}, path=shelf.path)


def reason(shelf: Shelf, key: str) -> str:
    host = load(shelf)
    assert key not in host.installed
    return host.set_aside[key].reason


class TestOrder:
    def test_needs_come_first_and_ties_are_broken_by_key(self, shelf: Shelf) -> None:
        shelf.add("apple", needs=[SDK, "maru-pear"])
        shelf.add("pear")
        shelf.add("cherry", needs=[SDK, "maru-apple>=1"])
        shelf.add("banana")
        assert list(load(shelf).installed) == ["banana", "pear", "apple", "cherry"]

    def test_a_plugin_knows_whom_it_needs_and_who_needs_it(self, shelf: Shelf) -> None:
        shelf.add("apple", needs=[SDK, "maru-pear"])
        shelf.add("pear")
        host = load(shelf)
        assert host.installed["apple"].needs == ("pear",)
        assert host.installed["pear"].needed_by == ("apple",)

    def test_an_extra_and_another_platforms_need_are_no_needs(self, shelf: Shelf) -> None:
        other = 'maru-pear; sys_platform == "plan9"'
        shelf.add("apple", needs=[SDK, 'maru-fig; extra == "fig"', other, "attrs"])
        assert load(shelf).installed["apple"].needs == ()


class TestNeeds:
    def test_a_missing_one(self, shelf: Shelf) -> None:
        shelf.add("apple", IMPORTED, needs=[SDK, "maru-pear"])
        assert reason(shelf, "apple") == "It needs maru-pear, which is not installed."

    def test_another_version(self, shelf: Shelf) -> None:
        shelf.add("apple", IMPORTED, needs=[SDK, "maru-pear>=2"])
        shelf.add("pear")
        assert reason(shelf, "apple") == "It needs maru-pear>=2; installed is 1.0."

    def test_an_sdk_newer_than_ours(self, shelf: Shelf) -> None:
        shelf.add("apple", IMPORTED, needs=["maru-sdk>=99"])
        assert "It needs maru-sdk>=99; installed is 1.0.0." in reason(shelf, "apple")

    def test_no_sdk_at_all(self, shelf: Shelf) -> None:
        shelf.add("apple", IMPORTED, needs=[])
        assert "doesn't say which maru-sdk it needs" in reason(shelf, "apple")

    def test_core_is_not_for_plugins(self, shelf: Shelf) -> None:
        shelf.add("apple", IMPORTED, needs=[SDK, "maru-core"])
        assert "a plugin stands on maru-sdk alone" in reason(shelf, "apple")

    def test_a_circle_takes_all_in_it_and_those_behind_it(self, shelf: Shelf) -> None:
        shelf.add("apple", IMPORTED, needs=[SDK, "maru-pear"])
        shelf.add("pear", IMPORTED, needs=[SDK, "maru-apple"])
        shelf.add("cherry", IMPORTED, needs=[SDK, "maru-apple"])
        shelf.add("banana")
        host = load(shelf)
        assert list(host.installed) == ["banana"]
        assert "circle: apple → pear → apple" in host.set_aside["apple"].reason
        assert "circle: pear → apple → pear" in host.set_aside["pear"].reason
        assert "maru-apple, which is set aside" in host.set_aside["cherry"].reason

    def test_a_provider_set_aside_takes_its_users_with_it(self, shelf: Shelf) -> None:
        shelf.add("pear", "1 / 0")
        shelf.add("apple", IMPORTED, needs=[SDK, "maru-pear"])
        host = load(shelf)
        assert host.installed == {}
        assert "maru-pear, which is set aside: Importing maru_pear failed: ZeroDivision" in (
            host.set_aside["apple"].reason
        )


class TestMetadata:
    def test_a_malformed_requirement(self, shelf: Shelf) -> None:
        shelf.add("apple", IMPORTED, needs=[SDK, "this is >< no requirement"])
        shelf.add("banana")
        host = load(shelf)
        assert list(host.installed) == ["banana"]
        assert "metadata can't be read: InvalidRequirement" in host.set_aside["apple"].reason

    def test_a_malformed_version(self, shelf: Shelf) -> None:
        shelf.add("apple", IMPORTED, version="first")
        assert "InvalidVersion" in reason(shelf, "apple")

    def test_entry_points_that_are_no_text_hurt_nobody(self, shelf: Shelf) -> None:
        folder = shelf.metadata("maru-apple", "1.0", [SDK], "")
        (folder / "entry_points.txt").write_bytes(b"[maru.plugins]\n\xff\xfe")
        shelf.add("banana")
        assert list(load(shelf).installed) == ["banana"]

    def test_a_distribution_without_a_name_is_listed(self, shelf: Shelf) -> None:
        shelf.add("apple", IMPORTED)
        (shelf.folder / "maru_apple-1.0.dist-info" / "METADATA").write_text("Version: 1.0\n")
        assert "may not claim it" in reason(shelf, "apple")


class TestKeys:
    @pytest.mark.parametrize("key", sorted(RESERVED))
    def test_a_reserved_one(self, shelf: Shelf, key: str) -> None:
        package = f"maru_{key}"
        shelf.metadata(f"maru-{key}", "1.0", [SDK], f"[maru.plugins]\n{key} = {package}:plugin")
        assert reason(shelf, key) == f"The key {key!r} is reserved."

    @pytest.mark.parametrize(
        "key", ["Apple", "apple-pie", "1apple", "apple__pie", "_apple", "사과"]
    )
    def test_one_that_is_no_key(self, shelf: Shelf, key: str) -> None:
        shelf.add(key, IMPORTED, package="maru_apple")
        assert "is not made of small letters" in reason(shelf, key)

    def test_a_vendors_key(self, shelf: Shelf) -> None:
        shelf.add("acme_board")
        installed = load(shelf).installed["acme_board"]
        assert (installed.distribution, installed.url) == ("maru-acme-board", "acme-board")

    def test_another_package_than_the_keys(self, shelf: Shelf) -> None:
        shelf.add("apple", IMPORTED, package="maru_pear")
        assert "must stand in the package 'maru_apple'" in reason(shelf, "apple")

    def test_another_distribution_than_the_keys(self, shelf: Shelf) -> None:
        shelf.add("apple", IMPORTED, distribution="fruit")
        assert "belongs to the distribution 'maru-apple'" in reason(shelf, "apple")

    def test_of_two_claims_the_distribution_of_that_name_has_it(self, shelf: Shelf) -> None:
        shelf.add("apple")
        entries = "[maru.plugins]\napple = maru_apple:plugin"
        shelf.metadata("aaa-stranger", "1.0", [SDK], entries)
        host = load(shelf)
        assert host.installed["apple"].distribution == "maru-apple"
        assert "may not claim it" in host.set_aside["apple of aaa-stranger"].reason


class TestStrict:
    def test_the_first_fault_is_fatal_in_one_line(self, shelf: Shelf) -> None:
        shelf.add("apple", needs=[SDK, "maru-pear"])
        with pytest.raises(StrictPlugins) as fault:
            PluginHost.load({}, strict=True, path=shelf.path)
        assert str(fault.value) == (
            "MARU_STRICT_PLUGINS: the plugin 'apple' (maru-apple 1.0) is set aside:"
            " It needs maru-pear, which is not installed."
        )

    def test_without_a_fault_all_start(self, shelf: Shelf) -> None:
        shelf.add("apple")
        assert list(PluginHost.load({}, strict=True, path=shelf.path).installed) == ["apple"]


class TestLog:
    def test_the_reason_is_in_the_log(self, shelf: Shelf, caplog: pytest.LogCaptureFixture) -> None:
        shelf.add("apple", "1 / 0")
        load(shelf)
        line = "plugin apple is set aside: Importing maru_apple failed: ZeroDivisionError"
        assert line in caplog.text


class TestOperator:
    def test_a_plugin_that_the_operator_has_switched_off_is_not_imported(
        self, shelf: Shelf
    ) -> None:
        shelf.add("apple", IMPORTED)
        host = PluginHost.load({}, disabled=frozenset({"apple"}), path=shelf.path)
        assert host.set_aside["apple"].reason == "The operator has switched it off."

    def test_a_failed_migration_sets_aside_with_its_reason(self, shelf: Shelf) -> None:
        shelf.add("apple", IMPORTED)
        shelf.add("pear", IMPORTED, needs=[SDK, "maru-apple"])
        host = PluginHost.load({}, faults={"apple": "Migration 1 failed."}, path=shelf.path)
        assert host.set_aside["apple"].reason == "Migration 1 failed."
        assert "which is set aside: Migration 1 failed." in host.set_aside["pear"].reason
