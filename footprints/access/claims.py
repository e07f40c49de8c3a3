"""From what the identity provider says of a person to who they are here."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from footprints.access.identity import Who
from footprints.access.settings import Shared, Tenant
from footprints.errors import AccessError
from footprints.plan import clean_text

_LONGEST = 120
_WHERE = "Ask whoever administers the tool to put you in a group that has a role here."


def identify(claims: Mapping[str, Any], shared: Shared) -> Who:
    """The person of verified claims; whether their sign-in has ended is theirs to say (`Who.expired`).

    A claim that says no end counts as ended. Raises AccessError where they have no tenant here, or more than one.
    """
    subject, issuer, ends = claims.get("sub"), claims.get("iss"), claims.get("exp")
    if not isinstance(subject, str) or not subject or not isinstance(issuer, str):
        raise AccessError("The sign-in does not say who you are.", mend="Sign in again.")
    name = _name(claims, shared)
    groups = _values(claims, shared.claim)
    found = {
        tenant.key: frozenset(role for role, values in tenant.members.items() if groups & set(values))
        for tenant in shared.tenants.values()
    }
    own = [key for key, roles in found.items() if roles]
    if len(own) != 1:
        titles = " and ".join(shared.tenants[key].title for key in own)
        problem = f"belong to {titles} at once" if own else "have no role in any place here"
        raise AccessError(f"You are signed in as {name} and {problem}.", mend=_WHERE)
    known = isinstance(ends, int | float) and not isinstance(ends, bool) and math.isfinite(ends)
    shown = claims.get("name")
    return Who(
        name,
        f"{issuer}|{subject}",
        own[0],
        found[own[0]],
        float(ends) if ends is not None and known else 0.0,
        " ".join(shown.split())[:_LONGEST] if isinstance(shown, str) and shown.strip() else name,
    )


def tenant_of(who: Who, shared: Shared) -> Tenant:
    """The tenant of a person. Raises AccessError where there is none of that name any more."""
    if who.tenant not in shared.tenants:
        raise AccessError("Your organisation is not served here any more.", mend="Sign in again.")
    return shared.tenants[who.tenant]


def allowed(source: str, tenant: Tenant) -> Path:
    """A folder or file that a tenant may read: one within its own data folder, also after links are followed.

    Raises AccessError for any other, in words that do not tell whether it exists.
    """
    try:
        path = (tenant.data / source).resolve()
    except (OSError, ValueError):
        path = Path()
    if not path.is_relative_to(tenant.data):
        raise AccessError(
            f"This is not among the files of {tenant.title}.",
            mend="Choose one of the folders that the Data page lists.",
        )
    return path


def folders(tenant: Tenant) -> tuple[str, ...]:
    """The folders directly within a tenant's data folder, by name, and "." for the whole of it. Hidden ones are not."""
    try:
        found = sorted(one.name for one in tenant.data.iterdir() if one.is_dir() and not one.name.startswith("."))
    except OSError:
        found = []
    return (*found, ".")


def home(who: Who, root: Path) -> Path:
    """Where in the data folder a person's own work is kept: the folder itself on a computer of one's own."""
    if not who.tenant:
        return root
    return root / "tenants" / who.tenant / "people" / hashlib.sha256(who.subject.encode()).hexdigest()[:24]


def _name(claims: Mapping[str, Any], shared: Shared) -> str:
    value = claims.get(shared.name)
    if not isinstance(value, str) or not value.strip():
        raise AccessError(
            f"The sign-in does not say your {shared.name}, which the tool writes beside what you do.",
            mend="Ask whoever administers the sign-in to send it.",
        )
    if shared.name == "email" and claims.get("email_verified") is False:
        raise AccessError("Your email address is not confirmed.", mend="Confirm it where you sign in.")
    said = " ".join(clean_text(value, "Your name").split())
    if len(said) > _LONGEST:
        raise AccessError(f"Your {shared.name} has more than {_LONGEST} characters.", mend="Ask for a shorter one.")
    return said


def _values(claims: Mapping[str, Any], claim: str) -> set[str]:
    """The values of the claim. An address counts only where the provider says that it is confirmed."""
    value = claims.get(claim)
    if claim == "email" and claims.get("email_verified") is not True:
        return set()
    return {v for v in (value if isinstance(value, list) else [value]) if isinstance(v, str) and v}
