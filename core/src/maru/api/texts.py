"""What core says to callers, in Korean and English; plugins' own errors come from their
catalogues."""

from collections.abc import Mapping
from typing import Any, Final

_KOREAN: Final[Mapping[str, str]] = {
    "Something went wrong": "문제가 발생했습니다",
    "Some values are not valid": "올바르지 않은 값이 있습니다",
    "Not found": "찾을 수 없습니다",
    "That contradicts the present state": "현재 상태와 맞지 않는 요청입니다",
    "You may not do this": "권한이 없습니다",
    "This is not available at the moment": "지금은 이용할 수 없습니다",
    "Too many requests": "요청이 너무 많습니다",
    "The request could not be understood": "요청을 이해할 수 없습니다",
    "The Host header is not a host name": "Host 헤더가 올바른 호스트 이름이 아닙니다",
    "The body is not well-formed": "본문의 형식이 올바르지 않습니다",
    "Say which tenant: by the host name or by the header X-Maru-Tenant": (
        "호스트 이름이나 X-Maru-Tenant 헤더로 테넌트를 지정해 주세요"
    ),
    "The header X-Maru-Tenant contradicts the host name": (
        "X-Maru-Tenant 헤더가 호스트 이름과 맞지 않습니다"
    ),
    "There is no such tenant": "없는 테넌트입니다",
    "This address does not know that method": "이 주소에서 쓸 수 없는 메서드입니다",
    "The body is larger than {limit} bytes": "본문이 {limit}바이트보다 큽니다",
    "The body did not arrive in time": "본문이 제시간에 도착하지 않았습니다",
    "This Idempotency-Key was used with another request": (
        "이 Idempotency-Key는 다른 요청에 이미 쓰였습니다"
    ),
    "Please sign in": "로그인해 주세요",
    "The user name or the password is wrong": "사용자 이름이나 비밀번호가 올바르지 않습니다",
    "This token is not valid": "올바르지 않은 토큰입니다",
    "This token has expired": "만료된 토큰입니다",
    "This token was used before; the session has ended": (
        "이미 사용된 토큰입니다. 세션이 종료되었습니다"
    ),
    "This token belongs to another tenant": "다른 테넌트의 토큰입니다",
    "The page was open for too long or the request came from elsewhere; please try again": (
        "페이지가 너무 오래 열려 있었거나 다른 곳에서 온 요청입니다. 다시 시도해 주세요"
    ),
    "There is no such user": "없는 사용자입니다",
    "Too many failed attempts; please wait a little": (
        "실패한 시도가 너무 많습니다. 잠시 기다려 주세요"
    ),
    "Please choose another password": "다른 비밀번호를 정해 주세요",
    "The cursor does not belong to this list": "이 목록의 커서가 아닙니다",
    "The list can't be sorted by {sort}": "{sort}(으)로 정렬할 수 없습니다",
    "Beyond page {last} only a cursor leads": "{last}쪽 이후는 커서로만 볼 수 있습니다",
}

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
    "date_parsing": ("This should be a date", "날짜여야 합니다"),
    "date_from_datetime_parsing": ("This should be a date", "날짜여야 합니다"),
    "datetime_type": ("This should be a time", "시각이어야 합니다"),
    "datetime_parsing": ("This should be a time", "시각이어야 합니다"),
    "datetime_from_date_parsing": ("This should be a time", "시각이어야 합니다"),
    "timezone_aware": ("The time needs its zone", "시간대가 있어야 합니다"),
    "time_parsing": ("This should be a time of day", "시각이어야 합니다"),
    "literal_error": ("This should be one of {expected}", "{expected} 중 하나여야 합니다"),
    "enum": ("This should be one of {expected}", "{expected} 중 하나여야 합니다"),
    "url_parsing": ("This should be a web address", "웹 주소여야 합니다"),
}


def said(text: str, locale: str, args: Mapping[str, Any] | None = None) -> str:
    """A text of core in the reader's language, `{name}` filled from `args`."""
    found = _KOREAN.get(text, text) if locale == "ko" else text
    for name, value in (args or {}).items():
        found = found.replace("{" + name + "}", str(value))
    return found


def knows(text: str) -> bool:
    """Whether this is one of core's texts."""
    return text in _KOREAN


def field_message(error: Mapping[str, Any], locale: str) -> str:
    """What is wrong with a value, in the reader's language; pydantic's own words as the last
    resort."""
    found = _FIELDS.get(error["type"])
    if found is None:
        return str(error["msg"])
    text = found[1] if locale == "ko" else found[0]
    for name, value in error.get("ctx", {}).items():
        text = text.replace("{" + name + "}", str(value))
    return text
