"""Who may do what: roles, the end of a sign-in, and the words in which it is refused."""

from __future__ import annotations

import pytest

from footprints.access import Who, at_this_computer
from footprints.errors import AccessError
from footprints.store.records import ROLES


def person(*roles: str, expires: float | None = 2_000.0) -> Who:
    return Who("ann@camford.example", "issuer|1", "camford", frozenset(roles), expires)


def test_the_user_of_a_computer_may_do_everything_and_is_called_what_they_typed() -> None:
    own = at_this_computer("A. Planner")
    assert own.name == "A. Planner" and all(own.may(role) for role in ROLES)
    assert at_this_computer("").name


@pytest.mark.parametrize("held", ROLES)
def test_every_role_may_look_and_do_what_is_its_own_and_nothing_else(held: str) -> None:
    assert {role for role in ROLES if person(held).may(role, 1_999.0)} == {held, "viewer"}


def test_nobody_may_do_anything_without_a_role_or_after_the_end_of_their_sign_in() -> None:
    assert not person().may("viewer", 1_999.0)
    assert not any(person(*ROLES).may(role, 2_000.0) for role in ROLES)


def test_a_refusal_says_who_may_and_how_to_mend_it() -> None:
    with pytest.raises(AccessError, match=r"for a planner, who draws.*your role is viewer") as told:
        person("viewer").require("planner", 1_999.0)
    assert "role" in told.value.mend
    with pytest.raises(AccessError, match="ended at 00:33 UTC, so nothing was changed") as told:
        person("planner").require("planner", 2_000.0)
    assert told.value.mend == "Sign in again."
    person("planner").require("planner", 1_999.0)
