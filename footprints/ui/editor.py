"""The map editor on a page: mounts our own component, which fetches the rest from this server (`desk_routes`)."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from boundaries.area import Area
from footprints import maps
from footprints.editing.catalogue import Catalogue
from footprints.ui import cached, desk_routes, door, state, study, who

ASSETS = Path(maps.__file__).parent / "assets" / "editor"
# A blob has no address of its own, so the module's address has to be whole. One mount lives as long as its element.
BOOTSTRAP = """
const mounts = new WeakMap();
export default function (component) {
  const { data, parentElement, setStateValue } = component;
  const tell = (name, value) => setStateValue(name, value);
  let own = mounts.get(parentElement);
  if (own) {
    own.then((mounted) => mounted.update(data));
  } else {
    const root = parentElement.querySelector(".fp-editor-root");
    own = import(new URL(data.script, document.baseURI).href).then((module) => module.mount({ root, data, tell }));
    mounts.set(parentElement, own);
  }
  return () => {
    mounts.delete(parentElement);
    own.then((mounted) => mounted());
  };
}
"""


@cache
def _component() -> Any:
    return st.components.v2.component(
        "footprints.editor", html='<div class="fp-editor-root"></div>', css=":host { display: block; }", js=BOOTSTRAP
    )


@cache
def _version() -> str:
    """Changes with any file of the editor, so that no browser keeps an old one."""
    digest = hashlib.sha256()
    for file in sorted(ASSETS.glob("*")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=cached.BY_DIGEST)
def _catalogue(area: Area) -> Catalogue:
    return Catalogue(area, cached.drawing(area))


def opened(area: Area, script: str) -> dict[str, Any]:
    """Let this session's page fetch what the browser needs of an area; where it is, and our module `script`."""
    own, base, owner = state.session(), door.base_path(), who.now()
    home = who.own_folder() if owner.tenant else None
    desk_routes.let_in(own.token, state.desk_on(area), _catalogue(area), own.source, own.place, owner=owner, home=home)
    return {
        "base": f"{base}/editor",
        "leaflet": f"{base}/assets/leaflet",
        "script": f"{base}/assets/editor/{_version()}/{script}",
        "token": own.token,
        "desk": hashlib.sha256("|".join((*owner.key, area.digest)).encode()).hexdigest()[:12],
    }


def show(area: Area, option: str) -> None:
    """Draw the editor on an option of the shelf."""
    desk_routes.judged(state.session().token, study.answers("certainty"))
    _component()(
        key=f"editor-{area.digest[:12]}",
        data={**opened(area, "index.js"), "option": option, "who": who.signing(who.now()).who},
        default={"version": 0},
        on_version_change=lambda: None,
    )
