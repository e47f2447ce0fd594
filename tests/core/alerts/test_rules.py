"""The file of rules: the defaults hold what was promised, and what is wrong is said in one line."""

from datetime import timedelta
from pathlib import Path

import pytest

from maru.alerts.rule import default_rules, load_rules
from maru.settings import SettingFault

GOOD = """
[severities]
warning = ["mail"]

[[rules]]
name = "posts"
title = "Too many posts"
metric = "maru_board_posts"
measure = "max"
operator = "gte"
threshold = 10
for = "30s"
severity = "warning"
"""


def write(folder: Path, text: str) -> Path:
    file = folder / "rules.toml"
    file.write_text(text, "utf-8")
    return file


def test_the_defaults_are_there_from_the_start() -> None:
    rules = default_rules()
    known = {rule.name: rule for rule in rules.rules}
    limits = {name: (rule.operator, rule.threshold, rule.severity) for name, rule in known.items()}
    assert limits == {
        "slow_answers_notice": ("gt", 1, "info"),
        "slow_answers": ("gt", 2, "warning"),
        "very_slow_answers": ("gt", 5, "critical"),
        "errors": ("gt", 0.05, "critical"),
        "cpu": ("gt", 0.8, "warning"),
        "memory": ("gt", 0.9, "critical"),
        "disk": ("gt", 0.9, "critical"),
        "database_lost": ("lt", 1, "critical"),
        "pool": ("gt", 0.8, "warning"),
        "dead_letters": ("gt", 0, "warning"),
        "slow_ocr": ("gt", 30, "warning"),
    }
    assert known["slow_ocr"].cool_down == timedelta(minutes=5)
    assert known["errors"].for_ == timedelta(minutes=5)
    assert rules.channels(known["memory"]) == ("mail", "slack", "webhook")


def test_a_file_of_the_operators_replaces_them(tmp_path: Path) -> None:
    (rule,) = (rules := load_rules(write(tmp_path, GOOD))).rules
    assert (rule.for_, rule.threshold) == (timedelta(seconds=30), 10)
    assert rules.channels(rule) == ("mail",)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"gte"', '"above"', "rules.0.operator"),
        ("10", '"much"', "rules.0.threshold"),
        ("10", "nan", "rules.0.threshold"),
        ('"30s"', '"soon"', "'soon' is not a duration"),
        ('"30s"', '"2d"', "rules.0.for"),
        ('"posts"', '"Posts!"', "rules.0.name"),
        ("title", "titel", "rules.0.title"),
        ('metric = "maru_board_posts"', 'metric = "a b"', "rules.0.metric"),
        ('measure = "max"', 'measure = "max"\nwhere = { x = "(" }', "not a regular expression"),
        ('severity = "warning"', 'severity = "warning"\ncool = "1m"', "rules.0.cool"),
        ('["mail"]', '["pigeon"]', "severities.warning"),
        ("[[rules]]", "[[rules", "is not TOML"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(SettingFault) as caught:
        load_rules(write(tmp_path, GOOD.replace(old, new)))
    assert said in str(caught.value)
    assert str(caught.value).startswith("MARU_ALERT_RULES: ")
    assert "\n" not in str(caught.value)


def test_two_rules_of_one_name_and_no_file_are_refused(tmp_path: Path) -> None:
    twice = GOOD + GOOD.partition("[[rules]]")[1] + GOOD.partition("[[rules]]")[2]
    with pytest.raises(SettingFault, match="posts is there twice"):
        load_rules(write(tmp_path, twice))
    with pytest.raises(SettingFault, match="can't read"):
        load_rules(tmp_path / "gone.toml")
