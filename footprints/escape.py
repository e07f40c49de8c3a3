"""The one place where text from a file is made safe for a page or a map.

Text from a file is never markup, and never a template. `escape` is for HTML, `script_json` for data inside a script,
`plain_markdown` for Streamlit's labels and messages; nothing else in the house builds markup from names. A map needs
`script_json` even though it shows text nodes only: folium reads the scripts of a map as Jinja templates, on this
machine.
"""

from __future__ import annotations

import html
import json
import re
from typing import Any

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#!|~:$])")
# What Markdown makes a link of without any sign of its own: an address of the web, one of a mailbox. Only a sign within
# it prevents that, so an invisible one is put there, at which no line may break.
JOINER = "\u2060"
_ADDRESS = re.compile(r"(?<=[-.\w+])@(?=[-\w])|www(?=\.)|(?<=:/)(?=/)", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
# Signs that mean something to JavaScript templates or to Jinja, though not to HTML.
_TEMPLATE = str.maketrans({"`": "&#96;", "$": "&#36;", "{": "&#123;", "}": "&#125;", "\\": "&#92;"})
# Never structural in JSON, so they can be written as escapes wherever they stand. The underscore is among them because
# tools that show folium maps look for variable names in their scripts.
_SCRIPT = str.maketrans({c: f"\\u{ord(c):04x}" for c in "<>&'`$_\u2028\u2029\x7f"})
# In JSON a brace that begins an object is followed by a quote or the closing brace: these stand in strings only.
_JINJA = re.compile(r"\{(?=[{%#])")


def escape(text: object) -> str:
    """`text` as HTML that shows exactly these characters, in content and in quoted attributes; no control signs.

    >>> escape('<img src=x onerror="go()"> ${go()}')
    '&lt;img src=x onerror=&quot;go()&quot;&gt; &#36;&#123;go()&#125;'
    """
    return html.escape(_CONTROL.sub("", str(text)), quote=True).translate(_TEMPLATE)


def without_control(text: object) -> str:
    """`text` without control signs, for files that cannot hold them; line ends stay."""
    return _CONTROL.sub("", str(text).replace("\r\n", "\n").replace("\r", "\n"))


def script_json(data: Any) -> str:
    """`data` as JSON that can stand in any script, template or `<script>` element and ends or starts nothing there."""
    said = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return _JINJA.sub("\\\\u007b", said.translate(_SCRIPT))


def plain_markdown(text: object) -> str:
    """`text` for a Streamlit label or message, which reads Markdown: links, images, emphasis and maths stay signs.

    Addresses (www.…, https://…, somebody@…) are no links either, for which `JOINER` stands in them. It is shown only,
    never in a file; a name that may be copied from a page and given back is taken without it.
    """
    said = _ADDRESS.sub(rf"\g<0>{JOINER}", " ".join(_CONTROL.sub("", str(text)).split()))
    return _MARKDOWN.sub(r"\\\1", said)
