"""Rich text: the type of a field, plain text made into it, and what it says without its marks."""

from maru_sdk._plain import text_of
from maru_sdk._rich import RichText, html_of, pictures_in, with_pictures

__all__ = ["RichText", "html_of", "pictures_in", "text_of", "with_pictures"]
