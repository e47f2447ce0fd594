"""What is wrong with a value, in Korean and English, by pydantic's code for it."""

from collections.abc import Mapping
from typing import Any, Final

_FIELDS: Final[Mapping[str, tuple[str, str]]] = {
    "missing": ("This is needed", "필수 항목입니다"),
    "extra_forbidden": ("There is no such field", "없는 항목입니다"),
    "repeated": ("This may be given only once", "한 번만 쓸 수 있습니다"),
    "text_unfit": (
        "The text has characters that can't be stored",
        "저장할 수 없는 문자가 들어 있습니다",
    ),
    "number_unfit": ("This is not a finite number", "유한한 수가 아닙니다"),
    "file_unexpected": ("Files are not accepted here", "파일은 받을 수 없습니다"),
    "string_type": ("This should be a text", "문자열이어야 합니다"),
    "string_too_short": (
        "This should have at least {min_length} characters",
        "{min_length}자 이상이어야 합니다",
    ),
    "string_too_long": (
        "This should have at most {max_length} characters",
        "{max_length}자 이하여야 합니다",
    ),
    "too_nested": ("Too much is nested in this text", "글의 구조가 너무 복잡합니다"),
    "string_pattern_mismatch": ("This has the wrong form", "형식이 올바르지 않습니다"),
    "int_type": ("This should be a whole number", "정수여야 합니다"),
    "int_parsing": ("This should be a whole number", "정수여야 합니다"),
    "int_parsing_size": ("This number is too large", "수가 너무 큽니다"),
    "int_from_float": ("This should be a whole number", "정수여야 합니다"),
    "float_type": ("This should be a number", "수여야 합니다"),
    "float_parsing": ("This should be a number", "수여야 합니다"),
    "finite_number": ("This should be a finite number", "유한한 수여야 합니다"),
    "decimal_type": ("This should be a number", "수여야 합니다"),
    "decimal_parsing": ("This should be a number", "수여야 합니다"),
    "bool_type": ("This should be true or false", "참 또는 거짓이어야 합니다"),
    "bool_parsing": ("This should be true or false", "참 또는 거짓이어야 합니다"),
    "greater_than": ("This should be greater than {gt}", "{gt}보다 커야 합니다"),
    "greater_than_equal": ("This should be {ge} or more", "{ge} 이상이어야 합니다"),
    "less_than": ("This should be less than {lt}", "{lt}보다 작아야 합니다"),
    "less_than_equal": ("This should be {le} or less", "{le} 이하여야 합니다"),
    "multiple_of": (
        "This should be a multiple of {multiple_of}",
        "{multiple_of}의 배수여야 합니다",
    ),
    "too_short": ("At least {min_length} are needed", "{min_length}개 이상이어야 합니다"),
    "too_long": ("At most {max_length} are allowed", "{max_length}개 이하여야 합니다"),
    "list_type": ("This should be a list", "목록이어야 합니다"),
    "dict_type": ("This should be an object", "객체여야 합니다"),
    "model_type": ("This should be an object", "객체여야 합니다"),
    "model_attributes_type": ("This should be an object", "객체여야 합니다"),
    "uuid_type": ("This should be a UUID", "UUID여야 합니다"),
    "uuid_parsing": ("This should be a UUID", "UUID여야 합니다"),
    "date_type": ("This should be a date", "날짜여야 합니다"),
    "date_parsing": ("This should be a date", "날짜여야 합니다"),
    "date_from_datetime_parsing": ("This should be a date", "날짜여야 합니다"),
    "datetime_type": ("This should be a time", "시각이어야 합니다"),
    "datetime_parsing": ("This should be a time", "시각이어야 합니다"),
    "datetime_from_date_parsing": ("This should be a time", "시각이어야 합니다"),
    "timezone_aware": ("The time needs its zone", "시간대가 있어야 합니다"),
    "time_type": ("This should be a time of day", "시각이어야 합니다"),
    "time_parsing": ("This should be a time of day", "시각이어야 합니다"),
    "literal_error": ("This should be one of {expected}", "{expected} 중 하나여야 합니다"),
    "enum": ("This should be one of {expected}", "{expected} 중 하나여야 합니다"),
    "url_parsing": ("This should be a web address", "웹 주소여야 합니다"),
}


def field_message(error: Mapping[str, Any], locale: str) -> str:
    """What is wrong with a value, in the reader's language; pydantic's own words as the last
    resort."""
    found = _FIELDS.get(error["type"])
    if found is None:
        return str(error["msg"])
    text = found[1] if locale == "ko" else found[0]
    for name, value in error.get("ctx", {}).items():
        text = text.replace("{" + name + "}", _listed(value) if locale == "ko" else str(value))
    return text


def _listed(value: object) -> str:
    """pydantic joins the last of several values by an English word."""
    return "', '".join(str(value).rsplit("' or '", 1))
