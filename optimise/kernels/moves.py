# mypy: disable-error-code="no-untyped-def, no-untyped-call, untyped-decorator"
"""The compiled search: recombination of two neighbourhoods along a random tree, and flips of single nodes.

The state holds, for every neighbourhood d and every candidate centre j, `table[d, j]` = cost of all members of d to j,
so that the exact value of a plan is known after every move. Rules on people and pairs are priced while searching
(`excess` people, `broken` pairs); only plans that break none are ever kept.

Accept tests read a rounded table of logarithms, so that a seed gives the same plan with every version of numba and on
every machine.

Written for a short first compilation: leaves take plain arrays, arrays get local names one a line (a tuple of arrays is
slow to compile), and nothing that happens once is compiled at all (see optimise/kernels/state.py).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from optimise.kernels.trees import draw, draw_below, mark_branch, random_tree
from optimise.problem import Floats, Ints

BIG = 1e15
_S52 = np.uint64(52)
_NEGATIVE_LOG = np.round(-np.log((np.arange(4096) + 0.5) / 4096), 12)


class Graph(NamedTuple):
    """What does not change. Candidates are sorted by owner: node v owns columns first[v] to first[v + 1] of cost.

    ptr, adj : neighbours of each node. ends : (2 m, 2) every edge in both directions. pair_ptr, pair_to, pair_apart :
    the pairs each node is in (apart 1, together 0). com_ptr, com_of, com_people : the communities each node holds.
    cut : beside adj, the price (person-km) of a line between the two; empty where lines have none. flow_ptr, flow_to,
    flow : nodes with which each node shares patients or a barrier, and the price of dividing the two (below 0 where the
    barrier outweighs the patients); empty where that has none. barred : the price of all barriers, were each inside.
    surplus : of each node, times the price of a person above or below; empty where need has none.
    """

    ptr: Ints
    adj: Ints
    ends: Ints
    people: Ints
    cost: Floats
    first: Ints
    owner: Ints
    pair_ptr: Ints
    pair_to: Ints
    pair_apart: Ints
    com_ptr: Ints
    com_of: Ints
    com_people: Ints
    cut: Floats
    flow_ptr: Ints
    flow_to: Ints
    flow: Floats
    barred: float
    surplus: Floats


class Rules(NamedTuple):
    """Band and target in persons; deviation and community as person-km per person; cap on the primary value."""

    lower: int
    upper: int
    target: float
    deviation: float
    community: float
    cap: float


class State(NamedTuple):
    """What the search changes. sums : primary value, excess people, broken pairs, people outside their largest piece,
    price of all lines, of patients divided from their practice, and of need above or below the place's own. pull :
    (n, k) the price of patients by node and neighbourhood. lean : (k,) price of surplus of each neighbourhood, signed.

    best : composite and primary value of best_labels (BIG while there is none). The rest from `mark` on is scratch.
    """

    rng: NDArray[np.uint64]
    labels: Ints
    load: Ints
    size: Ints
    members: Ints
    place: Ints
    table: Floats
    centre: Ints
    travel: Floats
    crowd: Ints
    pull: Floats
    lean: Floats
    sums: Floats
    best: Floats
    best_labels: Ints
    mark: Ints
    tick: Ints
    queue: Ints
    nodes: Ints
    local: Ints
    tree: Ints
    bonds: Ints


@njit(cache=True, nogil=True)
def _excess(load, lower, upper):
    if load < lower:
        return lower - load
    if load > upper:
        return load - upper
    return 0


@njit(cache=True, nogil=True)
def _find_centre(first, table, members, size, travel, centre, d):
    """Best centre of neighbourhood d among the candidates its members own."""
    best = BIG
    at = -1
    for a in range(size[d]):
        v = members[d, a]
        for j in range(first[v], first[v + 1]):
            if table[d, j] < best:
                best = table[d, j]
                at = j
    travel[d] = best
    centre[d] = at


@njit(cache=True, nogil=True)
def _outside(crowd, q):
    """People of community q outside its largest piece."""
    total = 0
    most = 0
    for d in range(crowd.shape[1]):
        here = crowd[q, d]
        total += here
        most = max(most, here)
    return total - most


@njit(cache=True, nogil=True)
def _broken(ptr, to, apart, labels, v, d):
    """Broken pairs of node v if it stood in neighbourhood d."""
    count = 0
    for q in range(ptr[v], ptr[v + 1]):
        if (labels[to[q]] == d) == (apart[q] == 1):
            count += 1
    return count


@njit(cache=True, nogil=True)
def _line_change(ptr, adj, cut, labels, v, a, b):
    """Change in the price of all lines when node v moves from a to b, which `labels` need not say yet."""
    change = 0.0
    for q in range(ptr[v], ptr[v + 1]):
        d = labels[adj[q]]
        if d == a:
            change += cut[q]
        elif d == b:
            change -= cut[q]
    return change


@njit(cache=True, nogil=True)
def _lean_change(lean, a, b, shifted):
    """Change in the price of need above and below the place's own when `shifted` of it goes from a to b."""
    return abs(lean[a] - shifted) + abs(lean[b] + shifted) - abs(lean[a]) - abs(lean[b])


@njit(cache=True, nogil=True)
def _move_flow(ptr, to, flow, pull, v, a, b):
    """Move node v's patients from a to b; returns the change in the price of those divided from their practice."""
    change = pull[v, a] - pull[v, b]
    for q in range(ptr[v], ptr[v + 1]):
        u = to[q]
        pull[u, a] -= flow[q]
        pull[u, b] += flow[q]
    return change


@njit(cache=True, nogil=True)
def _keep(sums, best, labels, best_labels, community, cap):
    """Keep the present plan if it breaks no rule and is the best so far."""
    if sums[1] > 0 or sums[2] > 0 or sums[0] > cap:
        return
    value = sums[0] + community * sums[3] + sums[4]
    if value < best[0] - 1e-9 * abs(best[0]):
        best[0] = value
        best[1] = sums[0]
        for v in range(len(labels)):
            best_labels[v] = labels[v]


@njit(cache=True, nogil=True)
def _holds_together(ptr, adj, labels, mark, tick, queue, v, d):
    """Do the neighbours of v in d stay joined when v leaves d?"""
    base = tick[0]
    tick[0] += 2
    need = 0
    first = -1
    for q in range(ptr[v], ptr[v + 1]):
        u = adj[q]
        if labels[u] == d:
            need += 1
            mark[u] = base
            first = u
    if need <= 1:
        return need == 1
    seen = base + 1
    mark[first] = seen
    mark[v] = seen
    queue[0] = first
    done = 1
    met = 1
    h = 0
    while h < done:
        a = queue[h]
        h += 1
        for q in range(ptr[a], ptr[a + 1]):
            u = adj[q]
            if labels[u] == d and mark[u] != seen:
                if mark[u] == base:
                    met += 1
                    if met == need:
                        return True
                mark[u] = seen
                queue[done] = u
                done += 1
    return False


@njit(cache=True, nogil=True)
def _move_people(ptr, of, people, crowd, v, a, b):
    """Move node v's communities from a to b; returns the change in people outside their largest piece."""
    change = 0
    for q in range(ptr[v], ptr[v + 1]):
        c = of[q]
        change -= _outside(crowd, c)
        crowd[c, a] -= people[q]
        crowd[c, b] += people[q]
        change += _outside(crowd, c)
    return change


@njit(cache=True, nogil=True)
def _transfer(people, cost, labels, load, size, members, place, table, v, a, b):
    """Move node v from neighbourhood a to b: labels, members, load and table; not the centres, crowd or sums."""
    labels[v] = b
    load[a] -= people[v]
    load[b] += people[v]
    last = members[a, size[a] - 1]
    members[a, place[v]] = last
    place[last] = place[v]
    size[a] -= 1
    members[b, size[b]] = v
    place[v] = size[b]
    size[b] += 1
    row = cost[v]
    ta = table[a]
    tb = table[b]
    for j in range(len(row)):
        ta[j] -= row[j]
        tb[j] += row[j]


@njit(cache=True, nogil=True)
def flip(g, s, r, times, heat, band_price, pair_price):
    """`times` draws of an edge; where it crosses two neighbourhoods, try to move its first node to the other side.

    A move is judged with the present centres (its change is never judged too low) and counted exactly once made.
    """
    ptr = g.ptr
    adj = g.adj
    people = g.people
    cost = g.cost
    first = g.first
    owner = g.owner
    pair_ptr = g.pair_ptr
    pair_to = g.pair_to
    pair_apart = g.pair_apart
    com_ptr = g.com_ptr
    com_of = g.com_of
    com_people = g.com_people
    cut = g.cut
    flow_ptr = g.flow_ptr
    flow_to = g.flow_to
    flow = g.flow
    surplus = g.surplus
    ends = g.ends
    rng = s.rng
    labels = s.labels
    load = s.load
    size = s.size
    members = s.members
    place = s.place
    table = s.table
    centre = s.centre
    travel = s.travel
    crowd = s.crowd
    pull = s.pull
    lean = s.lean
    sums = s.sums
    best = s.best
    best_labels = s.best_labels
    mark = s.mark
    tick = s.tick
    queue = s.queue
    lower = r.lower
    upper = r.upper
    target = r.target
    deviation = r.deviation
    community = r.community
    cap = r.cap
    lines = len(cut) > 0
    flows = len(flow) > 0
    leans = len(surplus) > 0
    for _ in range(times):
        e = draw_below(rng, ends.shape[0])
        v = ends[e, 0]
        a = labels[v]
        b = labels[ends[e, 1]]
        if a == b or size[a] <= 1:
            continue
        bar = heat * _NEGATIVE_LOG[draw(rng) >> _S52]
        la = load[a]
        lb = load[b]
        pv = people[v]
        na = la - pv
        nb = lb + pv
        more = (
            _excess(na, lower, upper)
            + _excess(nb, lower, upper)
            - _excess(la, lower, upper)
            - _excess(lb, lower, upper)
        )
        size_change = deviation * (abs(na - target) + abs(nb - target) - abs(la - target) - abs(lb - target))
        before = travel[a] + travel[b]
        after = travel[b]
        if centre[b] >= 0:
            after += cost[v, centre[b]]
        if centre[a] >= 0 and owner[centre[a]] != v:
            after += travel[a] - cost[v, centre[a]]
        else:
            least = BIG
            for z in range(size[a]):
                u = members[a, z]
                if u != v:
                    for j in range(first[u], first[u + 1]):
                        least = min(least, table[a, j] - cost[v, j])
            after += least
        primary = after - before + size_change
        if primary > 0 and sums[0] + primary > cap:
            continue
        change = primary + band_price * more
        broken = 0
        if pair_ptr[v] < pair_ptr[v + 1]:
            broken = _broken(pair_ptr, pair_to, pair_apart, labels, v, b)
            broken -= _broken(pair_ptr, pair_to, pair_apart, labels, v, a)
            change += pair_price * broken
        out = 0
        if community > 0.0:
            out = _move_people(com_ptr, com_of, com_people, crowd, v, a, b)
            change += community * out
        drawn = 0.0
        if lines:
            drawn = _line_change(ptr, adj, cut, labels, v, a, b)
            change += drawn
        if flows:
            divided = pull[v, a] - pull[v, b]
            change += divided
            drawn += divided
        if leans:
            leant = _lean_change(lean, a, b, surplus[v])
            change += leant
            drawn += leant
        if change > bar or not _holds_together(ptr, adj, labels, mark, tick, queue, v, a):
            if community > 0.0:
                _move_people(com_ptr, com_of, com_people, crowd, v, b, a)
            continue
        if flows:
            _move_flow(flow_ptr, flow_to, flow, pull, v, a, b)
        if leans:
            lean[a] -= surplus[v]
            lean[b] += surplus[v]
        _transfer(people, cost, labels, load, size, members, place, table, v, a, b)
        _find_centre(first, table, members, size, travel, centre, a)
        _find_centre(first, table, members, size, travel, centre, b)
        sums[0] += travel[a] + travel[b] - before + size_change
        sums[1] += more
        sums[2] += broken
        sums[3] += out
        sums[4] += drawn
        _keep(sums, best, labels, best_labels, community, cap)


@njit(cache=True, nogil=True)
def recombine(g, s, r, times, heat, band_price, pair_price, slack):
    """`times` proposals: merge two neighbourhoods, draw a random spanning tree of them, and cut it in two.

    A cut may leave the band by `slack` people; it is then priced like any other excess.
    """
    ptr = g.ptr
    adj = g.adj
    people = g.people
    cost = g.cost
    first = g.first
    pair_ptr = g.pair_ptr
    pair_to = g.pair_to
    pair_apart = g.pair_apart
    com_ptr = g.com_ptr
    com_of = g.com_of
    com_people = g.com_people
    cut = g.cut
    flow_ptr = g.flow_ptr
    flow_to = g.flow_to
    flow = g.flow
    surplus = g.surplus
    ends = g.ends
    rng = s.rng
    labels = s.labels
    load = s.load
    size = s.size
    members = s.members
    place = s.place
    table = s.table
    centre = s.centre
    travel = s.travel
    crowd = s.crowd
    pull = s.pull
    lean = s.lean
    sums = s.sums
    best = s.best
    best_labels = s.best_labels
    queue = s.queue
    nodes = s.nodes
    local = s.local
    tree = s.tree
    bonds = s.bonds
    lower = r.lower
    upper = r.upper
    target = r.target
    deviation = r.deviation
    community = r.community
    cap = r.cap
    pairs = len(pair_to) > 0
    lines = len(cut) > 0
    flows = len(flow) > 0
    leans = len(surplus) > 0
    for _ in range(times):
        e = draw_below(rng, ends.shape[0])
        tries = 0
        while labels[ends[e, 0]] == labels[ends[e, 1]] and tries < 1000:
            e = draw_below(rng, ends.shape[0])
            tries += 1
        a = labels[ends[e, 0]]
        b = labels[ends[e, 1]]
        if a == b:
            return
        bar = heat * _NEGATIVE_LOG[draw(rng) >> _S52]
        held = size[a]
        count = held + size[b]
        for z in range(count):
            nodes[z] = members[a, z] if z < held else members[b, z - held]
            local[nodes[z]] = z
        total = random_tree(ptr, adj, people, rng, nodes, local, tree, bonds, count)
        low = max(lower, total - upper) - slack
        high = min(upper, total - lower) + slack
        top = -1
        seen = 0
        for z in range(1, count):
            x = tree[0, z]
            if low <= tree[2, x] <= high or low <= total - tree[2, x] <= high:
                seen += 1
                if draw_below(rng, seen) == 0:
                    top = x
        for z in range(count):
            local[nodes[z]] = -1
        if top < 0:
            continue
        inside = tree[4]
        mark_branch(tree, count, top)
        same = 0
        for z in range(count):
            if (inside[z] == 1) == (z < held):
                same += 1
        side = 1 if 2 * same >= count else 0
        moved = 0
        na = 0
        for z in range(count):
            if inside[z] == side:
                na += people[nodes[z]]
            if (inside[z] == side) != (z < held):
                queue[moved] = z
                moved += 1
        if moved == 0:
            continue
        least_a = BIG
        least_b = BIG
        for z in range(count):
            u = nodes[z]
            for j in range(first[u], first[u + 1]):
                shift = 0.0
                for q in range(moved):
                    y = queue[q]
                    shift += -cost[nodes[y], j] if y < held else cost[nodes[y], j]
                if inside[z] == side:
                    least_a = min(least_a, table[a, j] + shift)
                else:
                    least_b = min(least_b, table[b, j] - shift)
        la = load[a]
        lb = load[b]
        nb = total - na
        more = (
            _excess(na, lower, upper)
            + _excess(nb, lower, upper)
            - _excess(la, lower, upper)
            - _excess(lb, lower, upper)
        )
        size_change = deviation * (abs(na - target) + abs(nb - target) - abs(la - target) - abs(lb - target))
        before = travel[a] + travel[b]
        primary = least_a + least_b - before + size_change
        if primary > 0 and sums[0] + primary > cap:
            continue
        change = primary + band_price * more
        if change > bar and community == 0.0 and not (pairs or lines or flows or leans):
            continue
        out = 0
        broken = 0
        drawn = 0.0
        for q in range(moved):
            u = nodes[queue[q]]
            src, dst = (a, b) if queue[q] < held else (b, a)
            if pairs:
                broken += _broken(pair_ptr, pair_to, pair_apart, labels, u, dst)
                broken -= _broken(pair_ptr, pair_to, pair_apart, labels, u, src)
            if lines:
                drawn += _line_change(ptr, adj, cut, labels, u, src, dst)
            if pairs or lines:
                labels[u] = dst
            if flows:
                drawn += _move_flow(flow_ptr, flow_to, flow, pull, u, src, dst)
            if community > 0.0:
                out += _move_people(com_ptr, com_of, com_people, crowd, u, src, dst)
        shifted = 0.0
        if leans:
            for q in range(moved):
                y = queue[q]
                shifted += surplus[nodes[y]] if y < held else -surplus[nodes[y]]
            drawn += _lean_change(lean, a, b, shifted)
        made = change + pair_price * broken + community * out + drawn <= bar
        for q in range(moved):
            u = nodes[queue[q]]
            src, dst = (a, b) if queue[q] < held else (b, a)
            if made:
                _transfer(people, cost, labels, load, size, members, place, table, u, src, dst)
            else:
                labels[u] = src
                if community > 0.0:
                    _move_people(com_ptr, com_of, com_people, crowd, u, dst, src)
                if flows:
                    _move_flow(flow_ptr, flow_to, flow, pull, u, dst, src)
        if not made:
            continue
        if leans:
            lean[a] -= shifted
            lean[b] += shifted
        _find_centre(first, table, members, size, travel, centre, a)
        _find_centre(first, table, members, size, travel, centre, b)
        sums[0] += travel[a] + travel[b] - before + size_change
        sums[1] += more
        sums[2] += broken
        sums[3] += out
        sums[4] += drawn
        _keep(sums, best, labels, best_labels, community, cap)
