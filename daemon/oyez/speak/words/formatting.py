"""Pure: what Markdown and HTML say, without how it looks. Any text is valid; what is no formatting stays."""

from __future__ import annotations

import html
import re

# HTML. Only tags that exist: "a < b" and "<3" stay. Blocks end a line.
_BLOCKS = (
    "address|article|blockquote|br|dd|div|dl|dt|footer|h[1-6]|header|hr|li|main|nav|ol|p|pre"
    "|section|table|tbody|td|th|thead|tr|ul"
)
_INLINE = (
    "a|abbr|b|big|center|cite|code|del|em|font|head|html|body|i|img|ins|kbd|mark|meta|q|s|samp|small|span|strike|strong|sub|sup"
    "|title|tt|u|var|ha-alert|ha-icon"
)
_ATTRIBUTES = r"(?:\s[^<>]{0,500})?/?"
_UNSAID = re.compile(r"<!--.{0,5000}?-->|<(script|style)\b[^<>]{0,500}>.{0,5000}?</\1>", re.DOTALL | re.IGNORECASE)
_BLOCK_TAG = re.compile(rf"</?(?:{_BLOCKS}){_ATTRIBUTES}>", re.IGNORECASE)
_INLINE_TAG = re.compile(rf"</?(?:{_INLINE}){_ATTRIBUTES}>", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")

# Markdown, in this order. A mark is one only where it touches a word: "5 * 3" and "snake_case" stay.
_MARKDOWN = tuple(
    (re.compile(pattern, re.MULTILINE), instead)
    for pattern, instead in (
        (r"^ {0,3}(?:```|~~~)[^\n`]*$", ""),  # fences of code
        (r"^ {0,3}(?:(?:-[ ]?){3,}|(?:\*[ ]?){3,}|(?:_[ ]?){3,}|={3,})$", ""),  # rulers, underlines of headings
        (r"^(?=[^\n]*\|)(?=[^\n]*--)[ \t|:-]+$", ""),  # between the head and the body of a table
        (r"^ {0,3}#{1,6} +(.*?)(?: +#+)?$", r"\1"),  # headings
        (r"^(?: {0,3}> ?)+", ""),  # quotations
        (r"^[ \t]*[-*+•‣] +(?:\[[ xX]\] +)?(?=\S)(?!\d[\d.,]{0,9} ?°)", ""),  # lists, not "- 5 °C"
        (r"!?\[([^\[\]\n]{1,500})\]\([^()\s]{1,500}(?: \"[^\"\n]{0,200}\")?\)", r"\1"),  # links, images
        (r"<((?:https?|mailto):[^<>\s]{1,500})>", r"\1"),
        (r"`{1,3}([^`\n]{1,500})`{1,3}", r"\1"),
        (r"(?<![\w*])\*{1,3}(?=\S)([^*\n]{1,500})(?<=\S)\*{1,3}(?![\w*])", r"\1"),
        (r"(?<![\w_])_{1,3}(?=[^\s_])([^\n]{1,500}?)(?<=[^\s_])_{1,3}(?![\w_])", r"\1"),
        (r"~~(?=\S)([^~\n]{1,500})(?<=\S)~~", r"\1"),
    )
)
_TABLE_ROW = re.compile(r"^[ \t]*\|(.*)\|[ \t]*$", re.MULTILINE)


def unformatted(text: str) -> str:
    """The text without Markdown, HTML tags and entities: links are their text, rows of a table their cells."""
    text = _INLINE_TAG.sub("", _BLOCK_TAG.sub("\n", _UNSAID.sub(" ", text)))
    for pattern, instead in _MARKDOWN:
        text = pattern.sub(instead, text)
    text = _TABLE_ROW.sub(lambda row: ", ".join(filter(None, map(str.strip, row[1].split("|")))), text)
    return _ENTITY.sub(lambda entity: html.unescape(entity[0]), text)
