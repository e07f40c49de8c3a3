"""A folium map of areas whose clicks come back through st_folium; the area clicked goes to the chosen neighbourhood."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

import folium  # noqa: E402
import geopandas as gpd  # noqa: E402
import streamlit as st  # noqa: E402
from streamlit_folium import st_folium  # noqa: E402

from boundaries import load_area  # noqa: E402
from boundaries.area import Area  # noqa: E402
from footprints import maps  # noqa: E402
from footprints.exchange.plan_json import plan_from_bytes  # noqa: E402

folium.Map.default_js = [("leaflet", "/assets/leaflet/leaflet.js")]
folium.Map.default_css = [("leaflet_css", "/assets/leaflet/leaflet.css")]


@st.cache_resource
def loaded() -> tuple[Area, gpd.GeoDataFrame]:
    """The place, and its areas as light as the map editor draws them."""
    places = os.environ["FOOTPRINTS_BENCH_PLACE"]
    area = load_area(os.environ["FOOTPRINTS_BENCH_SOURCE"], places.split(",") if places else [])
    shapes = maps.degrees(maps.draw(area).shapes)
    return area, gpd.GeoDataFrame({"code": list(area.codes)}, geometry=shapes, crs=4326)


area, frame = loaded()
plan = plan_from_bytes(Path(os.environ["FOOTPRINTS_BENCH_PLAN"]).read_bytes())
if "where" not in st.session_state:
    st.session_state.where = plan.where()
where = st.session_state.where
colour = {own.code: own.colour for own in plan.neighbourhoods}
target = st.selectbox("Neighbourhood", plan.codes)

west, south, east, north = frame.total_bounds
shown = folium.Map(tiles=None)
shown.fit_bounds([(south, west), (north, east)])
folium.GeoJson(
    frame,
    style_function=lambda feature: {
        "fillColor": colour.get(where.get(feature["properties"]["code"], ""), "#b8c0c6"),
        "fillOpacity": 0.8,
        "color": "#ffffff",
        "weight": 0.6,
    },
).add_to(shown)
told = st_folium(shown, width=800, height=560, returned_objects=["last_active_drawing"])
people = dict(zip(area.codes, area.units["residents"].tolist(), strict=True))
st.text(f"People: {sum(people[u] for u, code in where.items() if code == target):,}")
clicked = (told.get("last_active_drawing") or {}).get("properties", {}).get("code")
if clicked and where.get(clicked) != target:
    where[clicked] = target
    st.rerun()
