"""What can't be sought."""

from maru_sdk import InvalidInput, NotFound


class SourceUnknown(NotFound):
    """No plugin that is on has this source, or nothing in it is the reader's to see."""

    code = "SEARCH_SOURCE_NOT_FOUND"
    message = "There is nothing to search under that name"


class SpanBackwards(InvalidInput):
    """The last day is before the first."""

    code = "SEARCH_DATES_INVALID"
    message = "The last day is before the first"


class EngineUnknown(InvalidInput):
    """No plugin that is on offers this engine."""

    code = "SEARCH_ENGINE_UNKNOWN"
    message = "There is no search engine called {engine}"
