"""Maps of a paper as SVG, in millimetres: every plan of one area at one scale and extent, legible without colour.

Neighbourhoods are told apart by thick lines, numbers and names; the tint only helps. Whatever is hatched is outside the
range asked for, or in no neighbourhood. Texts are escaped, and in the typeface that the paper is set in.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import shapely

from boundaries.area import Area
from footprints.maps import lighter
from footprints.metrics.practices import in_use
from footprints.metrics.scene import Scene
from footprints.plan import Plan
from footprints.report.parts import Figure
from footprints.report.typesetting import FAMILY, plain

POINTS = 9_000  # of all outlines of one map
MARGIN, KEY = 1.5, 55.0  # mm
SIZE, SMALL = 2.55, 2.05  # mm: 7.2 and 5.8 points
BADGE = 1.75
NARROW = 2.6  # mm: a neighbourhood that holds no larger circle is drawn again in an inset
LEAST_INSET, NEAR_TOWN_M = 18.0, 750.0
STEP = 3.15  # mm from line to line of the key
_NEAR_M = 5.0  # what is so near the outer line of the area is that line
_TINT = 0.72  # of white in a fill
_SIGNS = {
    "line": '<path d="M{x} {middle}h4.5" stroke="#212b32" stroke-width="0.75" stroke-dasharray="1.6 0.8"/>',
    "dot": '<circle cx="{dot}" cy="{middle}" r="0.55"/>',
    "hatch": '<rect x="{x}" y="{top}" width="4.5" height="2.4" fill="url(#hatch)" stroke="#212b32" '
    'stroke-width="0.2"/>',
}


@dataclass(frozen=True)
class Frame:
    """Where on the paper what lies: maps of one area have it in common.

    west, north : metres (EPSG:27700) at the top left. scale : mm on paper for a metre. width, height : of the map
    without its key, mm. left, top : its own place on the paper, mm.
    """

    west: float
    north: float
    scale: float
    width: float
    height: float
    left: float = 0.0
    top: float = 0.0

    def place(self, xy: np.ndarray) -> np.ndarray:
        """Metres as millimetres on the paper, from the top left."""
        at = np.asarray(xy, dtype=np.float64)
        x, y = (at[:, 0] - self.west) * self.scale, (self.north - at[:, 1]) * self.scale
        return np.column_stack([x + self.left, y + self.top])

    @property
    def corners(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom on the paper, mm."""
        return self.left, self.top, self.left + self.width, self.top + self.height


def frame_of(area: Area, *, width: float = 176.0, height: float = 104.0) -> Frame:
    """The scale and extent for maps of this size in mm, key included."""
    west, south, east, north = (float(v) for v in shapely.total_bounds(area.units.geometry.to_numpy()))
    room, tall = width - KEY - 2 * MARGIN, height - 2 * MARGIN
    scale = min(room / max(east - west, 1.0), tall / max(north - south, 1.0))
    drawn = (north - south) * scale + 2 * MARGIN
    # In the middle of its room, and no taller than the place is.
    left = west - ((room - (east - west) * scale) / 2 + MARGIN) / scale
    return Frame(left, north + MARGIN / scale, scale, width - KEY, max(drawn, 70.0))


def numbers_of(plan: Plan) -> dict[str, str]:
    """What each neighbourhood is called on the map and in the tables: the last part of its code, where it tells."""
    short = {code: code.rsplit("-", 1)[-1].lstrip("0") or code for code in plan.codes}
    good = len(set(short.values())) == len(short) and all(re.fullmatch(r"\d{1,3}", s) for s in short.values())
    return short if good else {code: str(n) for n, code in enumerate(plan.codes, 1)}


def plan_map(
    scene: Scene, frame: Frame, *, fills: Mapping[str, str], outside: Iterable[str], stamp: str, credit: str
) -> tuple[str, float, float]:
    """The map of a plan as SVG, and its width and height in mm.

    fills : "#rrggbb" by neighbourhood. outside : codes of neighbourhoods that are hatched. stamp : what names the plan.
    credit : whose data it shows.
    """
    area, plan = scene.area, scene.plan
    units = area.units.geometry.to_numpy()
    named = numbers_of(plan)
    codes = [code for d, code in enumerate(plan.codes) if len(scene.members[d])]
    groups = [scene.members[d] for d in range(scene.k) if len(scene.members[d])]
    loose = np.flatnonzero(scene.label < 0)
    shapes = np.array([united(units[g]) for g in [*groups, *([loose] if len(loose) else [])]], dtype=object)
    light, _ = lighter(shapes, POINTS)
    credits = _wrapped(credit, 150)
    keyed = _key(scene, codes, named)
    foot = 3.4 + 2.5 * len(credits)
    hatched = set(outside) & set(codes)
    signs = _signs(area, practices=bool(len(area.practices)), outside=bool(hatched), loose=bool(len(loose)))
    below = 5.0 + STEP * (len(keyed) + 1 + len(signs))  # where the key ends
    height = max(frame.height, below) + foot
    width = frame.width + KEY
    parts = [
        f'<rect width="{width:.1f}" height="{height:.1f}" fill="#ffffff"/>',
        '<defs><pattern id="hatch" width="1.6" height="1.6" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><rect width="1.6" height="1.6" fill="#ffffff" fill-opacity="0"/>'
        '<rect width="0.35" height="1.6" fill="#212b32"/></pattern></defs>',
    ]
    paths = [_path(shape, frame) for shape in light]
    for code, path in zip(codes, paths, strict=False):
        parts.append(f'<path d="{path}" fill="{_tint(fills[code])}" fill-rule="evenodd"/>')
    for code, path in zip([*codes, ""], paths, strict=False):
        if code in hatched or not code:
            parts.append(f'<path d="{path}" fill="url(#hatch)" fill-opacity="0.55" fill-rule="evenodd"/>')
    parts += [
        f'<path d="{path}" fill="none" stroke="#212b32" stroke-width="0.5" stroke-linejoin="round"/>' for path in paths
    ]
    parts += _districts(area, frame)
    parts += _practices(scene, frame)
    shapes_of = dict(zip(codes, light, strict=False))
    insets = insets_of(shapes_of, frame, below, max(frame.height, below))
    shown = {code: shape for code, shape in shapes_of.items() if not any(code in own.codes for own in insets)}
    parts += _labels(shown, named, scene.plan, frame)
    for letter, own in zip("AB", insets, strict=False):
        parts += _inset(own, letter, shapes_of, fills, hatched, named, scene.plan, frame)
    parts += _scale_bar(frame)
    parts += _north(frame)
    parts += _key_texts(keyed, signs, frame)
    parts += _text_lines([stamp, *credits], 0.5, height - foot + 2.6, SMALL)
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.1f} {height:.1f}" width="{width:.1f}mm" '
        f'height="{height:.1f}mm" font-family="{FAMILY}" fill="#212b32">\n{body}\n</svg>',
        width,
        height,
    )


def plan_figure(scene: Scene, frame: Frame, *, caption: str, alt: str, **look: Any) -> Figure:
    """The same as a figure of a paper."""
    svg, width, height = plan_map(scene, frame, **look)
    return Figure(svg, caption, alt, round(width, 1), round(height, 1))


def united(shapes: np.ndarray) -> Any:
    """Units as one shape; those that do not tile cleanly are united on a grid of one metre."""
    try:
        return shapely.coverage_union_all(shapes)
    except shapely.GEOSException:
        return shapely.union_all(shapely.make_valid(shapes), grid_size=1.0)


def _tint(colour: str) -> str:
    parts = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(p + (255 - p) * _TINT):02x}" for p in parts)


def _path(shape: Any, frame: Frame) -> str:
    rings = []
    for part in shapely.get_parts(shape).tolist():
        for ring in (part.exterior, *part.interiors):
            at = frame.place(shapely.get_coordinates(ring)[:-1])
            kept = [f"{x:.2f} {y:.2f}" for x, y in at.tolist()]
            rings.append("M" + "L".join(dict.fromkeys(kept)) + "Z")
    return "".join(rings)


def _text(said: str, x: float, y: float, size: float, *, anchor: str = "start", halo: bool = False, bold: bool = False,
          fill: str = "") -> str:  # fmt: skip
    look = f' text-anchor="{anchor}"' if anchor != "start" else ""
    look += ' font-weight="600"' if bold else ""
    look += f' fill="{fill}"' if fill else ""
    words = escape(plain(said).replace("\n", " "))
    at = f'<text x="{x:.2f}" y="{y:.2f}" font-size="{size:.2f}"{look}'
    under = f'{at} stroke="#ffffff" stroke-width="0.8" stroke-linejoin="round">{words}</text>' if halo else ""
    return f"{under}{at}>{words}</text>"


def _text_lines(lines: Sequence[str], x: float, y: float, size: float) -> list[str]:
    return [_text(said, x, y + i * 1.2 * size, size) for i, said in enumerate(lines)]


def _width(said: str, size: float) -> float:
    """How wide a text is set, roughly and rather too wide than too narrow."""
    wide = sum(0.62 if c.isupper() or c in "mw&@%—" else 0.3 if c in "iljtf ',.-" else 0.53 for c in said)
    return size * wide * 1.03


def _wrapped(said: str, room: int) -> list[str]:
    lines = [""]
    for word in said.split():
        joined = f"{lines[-1]} {word}".strip()
        if len(joined) > room and lines[-1]:
            lines.append(word)
        else:
            lines[-1] = joined
    return [line for line in lines if line]


def _districts(area: Area, frame: Frame) -> list[str]:
    """Lines between districts, dashed and in white casing, so that they show on every tint."""
    level = area.levels.get("district")
    if level is None or len(level.names) < 2:
        return []
    member = np.asarray(level.assignment)
    units = area.units.geometry.to_numpy()
    shapes = np.array([united(units[member == code]) for code in sorted(set(member.tolist()))], dtype=object)
    light, _ = lighter(shapes, POINTS // 2)
    edges = shapely.union_all(shapely.boundary(light), grid_size=1.0)
    inner = shapely.difference(edges, shapely.boundary(united(light)).buffer(_NEAR_M))
    lines = shapely.line_merge(inner)
    rings = []
    for line in shapely.get_parts(lines).tolist():
        at = frame.place(shapely.get_coordinates(line))
        rings.append("M" + "L".join(f"{x:.2f} {y:.2f}" for x, y in at.tolist()))
    path = "".join(rings)
    return [
        f'<path d="{path}" fill="none" stroke="#ffffff" stroke-width="1.1"/>',
        f'<path d="{path}" fill="none" stroke="#212b32" stroke-width="0.75" stroke-dasharray="1.6 0.8"/>',
    ]


def _practices(scene: Scene, frame: Frame) -> list[str]:
    table = scene.area.practices
    if not len(table):
        return []
    inside = in_use(scene) & (table["unit"].astype("str") != "").to_numpy(dtype=bool)
    xy = table.loc[inside, ["x", "y"]].to_numpy(dtype=np.float64)
    at = frame.place(xy[np.isfinite(xy).all(axis=1)])
    return [
        f'<circle cx="{x:.2f}" cy="{y:.2f}" r="0.5" fill="#212b32" stroke="#ffffff" stroke-width="0.2"/>'
        for x, y in sorted(map(tuple, at.tolist()))
    ]


def _labels(shown: Mapping[str, Any], named: Mapping[str, str], plan: Plan, frame: Frame) -> list[str]:
    """A numbered badge in the widest part of each neighbourhood, and its name where that covers no other."""
    codes, shapes = list(shown), list(shown.values())
    spots = [widest(shape)[0] for shape in shapes]
    left, upper, right, lower = frame.corners
    at = frame.place(np.array(spots).reshape(-1, 2)).tolist()
    taken = [(x - BADGE, y - BADGE, x + BADGE, y + BADGE) for x, y in at]
    made = []
    order = sorted(range(len(codes)), key=lambda i: (-float(shapes[i].area), codes[i]))
    for i in order:
        x, y = at[i]
        lines = _two_lines(plan.neighbourhood(codes[i]).name)
        wide, tall = max(_width(line, SIZE) for line in lines), 1.05 * SIZE * len(lines)
        for top in (y + BADGE + 0.3, y - BADGE - tall - 0.2):
            box = (x - wide / 2, top, x + wide / 2, top + tall)
            within = box[0] > left + 0.3 and box[2] < right - 0.3 and box[1] > upper + 0.3 and box[3] < lower - 0.3
            if within and not any(_overlap(box, other) for j, other in enumerate(taken) if j != i):
                taken.append(box)
                made += [
                    _text(line, x, top + SIZE * (0.8 + 1.05 * n), SIZE, anchor="middle", halo=True, bold=True)
                    for n, line in enumerate(lines)
                ]
                break
    for i in order:
        x, y = at[i]
        made.append(f'<circle cx="{x:.2f}" cy="{y:.2f}" r="{BADGE}" fill="#212b32" stroke="#fff" stroke-width="0.35"/>')
        made.append(_text(named[codes[i]], x, y + 0.87, 2.4, anchor="middle", bold=True, fill="#ffffff"))
    return made


def widest(shape: Any) -> tuple[np.ndarray, float]:
    """The middle of the largest circle within a shape, and its radius, metres."""
    largest = max(shapely.get_parts(shape).tolist(), key=lambda part: part.area)
    line = shapely.get_coordinates(
        shapely.maximum_inscribed_circle(largest, tolerance=max(50.0, largest.area**0.5 / 100))
    )
    return line[0], float(np.hypot(*(line[1] - line[0])))


@dataclass(frozen=True, eq=False)
class Inset:
    """A part of the map drawn larger, for neighbourhoods that are too small on it: their codes, and where it is."""

    codes: tuple[str, ...]
    frame: Frame


def insets_of(shapes: Mapping[str, Any], frame: Frame, top: float, bottom: float) -> tuple[Inset, ...]:
    """At most two insets below the key, for towns whose neighbourhoods are too narrow for their numbers; () without
    room for one, or need of it. Those with most neighbourhoods come first."""
    narrow = {code: own for code, own in shapes.items() if widest(own)[1] * frame.scale < NARROW}
    room = bottom - top - 2.0
    if not narrow or room < LEAST_INSET:
        return ()
    towns = shapely.get_parts(shapely.union_all([own.buffer(NEAR_TOWN_M) for own in narrow.values()])).tolist()
    groups = [tuple(sorted(code for code, own in narrow.items() if town.intersects(own))) for town in towns]
    groups = sorted(groups, key=lambda codes: (-len(codes), codes))[:2]
    wide = (KEY - 2.0 - 2.0 * (len(groups) - 1)) / len(groups)
    made = []
    for n, codes in enumerate(groups):
        west, south, east, north = (float(v) for v in shapely.total_bounds([narrow[code] for code in codes]))
        scale = min(wide / (1.08 * (east - west)), room / (1.08 * (north - south)))
        if scale < 1.4 * frame.scale:
            continue
        west -= (wide / scale - (east - west)) / 2
        north += (room / scale - (north - south)) / 2
        left = frame.width + 1.5 + n * (wide + 2.0)
        made.append(Inset(codes, Frame(west, north, scale, wide, room, left, top)))
    return tuple(made)


def _inset(
    own: Inset, letter: str, shapes: Mapping[str, Any], fills: Mapping[str, str], hatched: Collection[str],
    named: Mapping[str, str], plan: Plan, frame: Frame,
) -> list[str]:  # fmt: skip
    inner = own.frame
    east, south = inner.west + inner.width / inner.scale, inner.north - inner.height / inner.scale
    window = shapely.box(inner.west, south, east, inner.north)
    parts, seen = [], {}
    left, top, right, bottom = inner.corners
    edge = 'fill="none" stroke="#212b32"'
    parts.append(f'<path d="M{left:.2f} {top:.2f}H{right:.2f}V{bottom:.2f}H{left:.2f}Z" fill="#ffffff"/>')
    for code, shape in shapes.items():
        cut = shapely.intersection(shapely.make_valid(shape), window)
        pieces = [part for part in shapely.get_parts(cut).tolist() if part.geom_type == "Polygon"]
        if not pieces:
            continue
        seen[code] = shapely.MultiPolygon(pieces)
        path = _path(seen[code], inner)
        parts.append(f'<path d="{path}" fill="{_tint(fills[code])}" fill-rule="evenodd"/>')
        if code in hatched:
            parts.append(f'<path d="{path}" fill="url(#hatch)" fill-opacity="0.55" fill-rule="evenodd"/>')
        parts.append(f'<path d="{path}" {edge} stroke-width="0.45" stroke-linejoin="round"/>')
    parts.append(f'<path d="M{left:.2f} {top:.2f}H{right:.2f}V{bottom:.2f}H{left:.2f}Z" {edge} stroke-width="0.4"/>')
    parts += _labels({code: seen[code] for code in own.codes}, named, plan, inner)
    corner = frame.place(np.array([[inner.west, inner.north], [east, south]])).tolist()
    (x, y), (x2, y2) = corner
    others = [widest(shape)[0] for code, shape in shapes.items() if code not in own.codes]
    busy = frame.place(np.array(others).reshape(-1, 2))
    spots = [(x2 + 0.5, y + 2.0), (x - 2.0, y + 2.0), (x2 + 0.5, y2), (x - 2.0, y2)]
    at = max(spots, key=lambda spot: float(np.hypot(*(busy - np.array(spot)).T).min()) if len(busy) else 0.0)
    parts.append(f'<path d="M{x:.2f} {y:.2f}H{x2:.2f}V{y2:.2f}H{x:.2f}Z" {edge} stroke-width="0.3"/>')
    parts.append(_text(letter, *at, SIZE, bold=True, halo=True))
    parts.append(_text(letter, left + 1.0, top + 2.8, SIZE, bold=True, halo=True))
    return parts


def _two_lines(name: str) -> list[str]:
    words = name.split() or [name]
    if len(name) <= 14 or len(words) < 2:
        return [name]
    cuts = [(" ".join(words[:n]), " ".join(words[n:])) for n in range(1, len(words))]
    return list(min(cuts, key=lambda cut: max(map(len, cut))))


def _overlap(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _scale_bar(frame: Frame) -> list[str]:
    steps = [m * 10**e for e in range(1, 6) for m in (1, 2, 5)]
    metres = max((m for m in steps if m * frame.scale <= 30.0), default=steps[0])
    wide, x, y = metres * frame.scale, MARGIN, frame.height - 2.2
    said = f"{metres / 1000:g} km" if metres >= 1000 else f"{metres:g} m"
    return [
        f'<rect x="{x - 0.8:.2f}" y="{y - 3.6:.2f}" width="{wide + _width(said, SIZE) + 3:.2f}" height="5" '
        'fill="#ffffff" fill-opacity="0.8"/>',
        f'<path d="M{x:.2f} {y - 1.2:.2f}v1.2h{wide:.2f}v-1.2" fill="none" stroke="#212b32" stroke-width="0.4"/>',
        _text(said, x + wide + 1, y, SIZE),
    ]


def _north(frame: Frame) -> list[str]:
    x, y = frame.width - 4.5, 3.0
    return [
        f'<path d="M{x:.2f} {y:.2f}l1.5 4.2l-1.5 -1l-1.5 1Z" fill="#212b32" stroke="#ffffff" stroke-width="0.3"/>',
        _text("N", x, y + 7.0, SIZE, anchor="middle", bold=True, halo=True),
    ]


def _key(scene: Scene, codes: Sequence[str], named: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """(number, name or a part of it, residents) lines of the key; a long name takes two."""
    made = []
    residents = dict(zip(scene.codes, scene.total(scene.residents).tolist(), strict=True))
    for code in sorted(codes, key=lambda c: (len(named[c]), named[c])):
        lines = _fitted(scene.plan.neighbourhood(code).name, KEY - 19.0)
        made.append((named[code], lines[0], f"{round(residents[code]):,}"))
        made += [("", line, "") for line in lines[1:]]
    return made


def _fitted(name: str, room: float) -> list[str]:
    """A name in lines that fit; the third and further lines, and what no line holds, are cut with an ellipsis."""
    lines = [""]
    for word in name.split():
        joined = f"{lines[-1]} {word}".strip()
        if _width(joined, SIZE) > room and lines[-1]:
            lines.append(word)
        else:
            lines[-1] = joined
    if len(lines) > 2:
        lines = [lines[0], lines[1] + "…"]
    cut = []
    for line in lines:
        kept = line
        while _width(kept, SIZE) > room and len(kept) > 2:
            kept = kept[:-2] + "…"
        cut.append(kept)
    return cut


def _signs(area: Area, *, practices: bool, outside: bool, loose: bool) -> list[tuple[str, str]]:
    districts = area.levels.get("district")
    made = [("line", "District line")] if districts is not None and len(districts.names) > 1 else []
    made += [("dot", "GP practice")] if practices else []
    made += [("hatch", "Outside the range asked for")] if outside else []
    return [*made, *([("hatch", "In no neighbourhood")] if loose else [])]


def _key_texts(rows: Sequence[tuple[str, str, str]], signs: Sequence[tuple[str, str]], frame: Frame) -> list[str]:
    x, y = frame.width + 1.5, 3.2
    right = frame.width + KEY - 0.5
    made = [_text("Neighbourhood", x + 5.5, y, SMALL), _text("Residents", right, y, SMALL, anchor="end")]
    for n, (number, name, residents) in enumerate(rows, 1):
        at = y + n * STEP
        made.append(_text(name, x + 5.5, at, SIZE))
        if number:
            made.append(_text(number, x + 4.0, at, SIZE, anchor="end", bold=True))
            made.append(_text(residents, right, at, SIZE, anchor="end"))
    for n, (sign, words) in enumerate(signs, len(rows) + 1):
        at = y + n * STEP + 0.8
        made += [_SIGNS[sign].format(x=f"{x:.2f}", dot=f"{x + 2.2:.2f}", top=f"{at - 2:.2f}", middle=f"{at - 0.8:.2f}")]
        made.append(_text(words, x + 5.5, at, SMALL))
    return made
