"""`Audience`: partners, who see every count as it is, or the public, who see none under a threshold."""

from __future__ import annotations

from dataclasses import dataclass

from footprints.errors import PlanError

KINDS = ("partners", "public")


@dataclass(frozen=True)
class Audience:
    """kind : "partners" or "public". threshold : counts of patients under it are not told to the public. base : the
    others are rounded to a multiple of it. Raises PlanError for values that cannot be meant.
    """

    kind: str = "partners"
    threshold: int = 8
    base: int = 5

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise PlanError(f"There is no audience “{self.kind}”.", mend=f"Choose {' or '.join(KINDS)}.")
        if not 2 <= self.threshold <= 1000:
            raise PlanError(
                f"Counts under {self.threshold:,} cannot be the ones to suppress.", mend="Choose from 2 to 1,000."
            )
        if not 1 <= self.base <= 2 * self.threshold:
            raise PlanError(
                f"Counts cannot be rounded to {self.base:,} with a threshold of {self.threshold:,}: counts that are "
                "shown would become 0.",
                mend=f"Round to 1 up to {2 * self.threshold:,}.",
            )

    @property
    def public(self) -> bool:
        """Whether counts of patients are suppressed and rounded."""
        return self.kind == "public"

    @property
    def label(self) -> str:
        """What stands in every row of every table."""
        return "public" if self.public else "for partners, not for publication"

    @property
    def in_words(self) -> str:
        """What a reader has to know about the counts, in one or two sentences."""
        if not self.public:
            return "For partners, not for publication: counts of patients are exact, small ones too."
        rounded = f", and the others rounded to the nearest {self.base:,}" if self.base > 1 else ""
        return (
            f"For the public: counts of patients under {self.threshold:,} are left out{rounded}; every total is the "
            "sum of what is shown. Residents are official statistics and exact."
        )


PARTNERS = Audience()


def audience(kind: str, threshold: int | None = None, base: int | None = None) -> Audience:
    """The audience of that name; the usual threshold and base where none is given."""
    usual = PARTNERS
    return Audience(kind, usual.threshold if threshold is None else threshold, usual.base if base is None else base)
