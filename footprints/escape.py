"""The one place where text from a file is made safe for a page or a map.

Text from a file is never markup. `escape` is for HTML, `script_json` for data inside a script, `plain_markdown` for
Streamlit's labels and messages; nothing else in the house builds markup from names. Both are needed even where a map shows text nodes only: Leaflet reads attributions and
plain-string icons as HTML, and streamlit-folium rewrites the script it is given.
"""

from __future__ import annotations

import html
import json
import re
from typing import Any

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#!|~:$])")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
# Signs that mean something to JavaScript templates or to Jinja, though not to HTML.
_TEMPLATE = str.maketrans({"`": "&#96;", "$": "&#36;", "{": "&#123;", "}": "&#125;", "\\": "&#92;"})
# Never structural in JSON, so they can be written as escapes wherever they stand. The underscore is among them because
# streamlit-folium renames "_hex" parts of scripts and looks for its own variable names in them.
_SCRIPT = str.maketrans({c: f"\\u{ord(c):04x}" for c in "<>&'`$_\u2028\u2029\x7f"})


def escape(text: object) -> str:
    """`text` as HTML that shows exactly these characters, in content and in quoted attributes; control signs are left out.

    >>> escape('<img src=x onerror="go()"> ${go()}')
    '&lt;img src=x onerror=&quot;go()&quot;&gt; &#36;&#123;go()&#125;'
    """
    return html.escape(_CONTROL.sub("", str(text)), quote=True).translate(_TEMPLATE)


def script_json(data: Any) -> str:
    """`data` as JSON that can stand in any script, template or `<script>` element without ending or starting anything.

    >>> script_json({"name": "</script>${1}"})
    '{"name":"\\\\u003c/script\\\\u003e\\\\u0024{1}"}'
    """
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False).translate(_SCRIPT)


def plain_markdown(text: object) -> str:
    """`text` for a Streamlit label or message, where Markdown would be read: links, images, emphasis and maths stay signs.

    >>> plain_markdown("![x](http://example.org) :red[a] *b* $c$")
    '\\\\!\\\\[x\\\\]\\\\(http\\\\://example.org\\\\) \\\\:red\\\\[a\\\\] \\\\*b\\\\* \\\\$c\\\\$'
    """
    return _MARKDOWN.sub(r"\\\1", " ".join(_CONTROL.sub("", str(text)).split()))
