"""A person as the tool knows them: a name that is written down, a tenant, roles, and the end of their sign-in."""

from __future__ import annotations

import getpass
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from footprints.errors import AccessError
from footprints.store.base import known_role
from footprints.store.records import ROLES

LAPTOP = ""  # the tenant of a computer with one user


@dataclass(frozen=True)
class Who:
    """One person. Roles are those of the store (`footprints.store.records.ROLES`), held for all of the tenant's work.

    name : what is written beside everything they do; nobody else of the tenant has it. subject : what the identity
    provider calls them, never shown. tenant : "" on a computer with one user. expires : seconds since 1970 at which the
    sign-in ends, None for never. shown : how the page addresses them.
    """

    name: str
    subject: str
    tenant: str
    roles: frozenset[str]
    expires: float | None = None
    shown: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """What nobody else here has: tenant and subject; ("", "") on a computer of one's own."""
        return (self.tenant, self.subject) if self.tenant else ("", "")

    def expired(self, at: float | None = None) -> bool:
        """Whether the sign-in is over; at : seconds since 1970, by default now."""
        return self.expires is not None and (time.time() if at is None else at) >= self.expires

    def may(self, role: str, at: float | None = None) -> bool:
        """Whether they may do now what that role does. Whoever holds any role may look."""
        known_role(role)
        return not self.expired(at) and (role in self.roles or (role == "viewer" and bool(self.roles)))

    def require(self, role: str, at: float | None = None) -> None:
        """Raises AccessError unless they may do now what that role does."""
        if self.expired(at):
            ended = datetime.fromtimestamp(self.expires or 0, UTC).strftime("%H:%M UTC")
            raise AccessError(f"Your sign-in ended at {ended}, so nothing was changed.", mend="Sign in again.")
        if not self.may(role, at):
            held = " and ".join(sorted(self.roles)) or "none"
            raise AccessError(
                f"This is for a {role}, who {ROLES[role]}; your role is {held}.",
                mend="Ask whoever administers the tool for the role.",
            )


def at_this_computer(given: str) -> Who:
    """The one person of a computer of their own, with every role; given : the name that they typed, "" for none."""
    try:
        account = getpass.getuser()
    except (OSError, KeyError, ImportError):  # an account that the system has no name for
        account = "this computer"
    return Who(given or account, account, LAPTOP, frozenset(ROLES), shown=given or account)
