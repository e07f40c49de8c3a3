"""Projects: a place, its area, its people with their roles, and the bodies that decide on its plans."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, select

from boundaries.area import Area
from footprints.errors import StoreError, some
from footprints.plan import codes_digest
from footprints.store import schema
from footprints.store.base import LONGEST_NAME, Base, known_role, one_of, roles_of, slug, wanted
from footprints.store.events import Writing, compact
from footprints.store.records import KINDS, PARTS, Body, PlanRow, Project, body_of, record


class _ThereAlready(Exception):
    """Inside a transaction: the place has a project."""

    def __init__(self, project: Project) -> None:
        self.project = project


class Projects(Base):
    """Projects and who is in them."""

    def new_project(self, name: str, area: Area, who: str, *, token: str = "") -> Project:
        """A project for an area; whoever makes it is its administrator, planner and clerk, until told otherwise."""
        return self._new_project(name, area, who, token, beside=True)

    def first_project(self, name: str, area: Area, who: str) -> Project:
        """The first project in use of the LSOAs of an area; made where there is none, once however many ask at once."""
        try:
            return self._new_project(name, area, who, "", beside=False)
        except _ThereAlready as there:
            return there.project

    def _new_project(self, name: str, area: Area, who: str, token: str, *, beside: bool) -> Project:
        name = wanted(name, "The name of the project", "Give it one, such as the place.", LONGEST_NAME)
        file = self.areas.keep(area)
        self.step("area kept")

        def work(writing: Writing) -> tuple[str, str]:
            if not beside and (there := _in_place(writing.connection, codes_digest(area.codes))):
                raise _ThereAlready(there)
            ids = set(map(str, writing.connection.execute(select(schema.project.c.id)).scalars()))
            made = Project(
                slug(name, ids), name, area.name, codes_digest(area.codes), writing.actor, writing.at, archived=""
            )
            writing.insert("project", made.__dict__)
            self.keep_area(writing, area, file)
            for role in ("administrator", "clerk", "planner"):
                _give(writing, made.id, writing.actor, role)
            return made.id, ""

        return record(Project, self.write("new project", who, token, work).row("project"))

    def projects(self, *, archived: bool = False) -> tuple[Project, ...]:
        """Every project in use, and those in the archive where asked for."""
        with self.reading() as connection:
            rows = connection.execute(select(schema.project).order_by(schema.project.c.id)).mappings()
            found = [record(Project, dict(row)) for row in rows]
        return tuple(one for one in found if archived or not one.archived)

    def plans(self, project: str, *, archived: bool = False) -> tuple[PlanRow, ...]:
        """The plans of a project."""
        with self.reading() as connection:
            self.row(connection, schema.project, project, "project")
            own = schema.plan
            rows = connection.execute(select(own).where(own.c.project == project).order_by(own.c.id)).mappings()
            found = [record(PlanRow, dict(row)) for row in rows]
        return tuple(one for one in found if archived or not one.archived)

    def people(self, project: str) -> dict[str, tuple[str, ...]]:
        """Name -> roles held, both sorted."""
        own = schema.person
        with self.reading() as connection:
            self.row(connection, schema.project, project, "project")
            rows = connection.execute(
                select(own.c.who, own.c.role).where(own.c.project == project, own.c.until == "")
            ).all()
        return {who: tuple(sorted(role for name, role in rows if name == who)) for who in sorted({w for w, _ in rows})}

    def give_role(self, project: str, person: str, role: str, who: str, *, token: str = "") -> None:
        """Give a person a role. Only an administrator may."""
        person, role = self.named(person), known_role(role)

        def work(writing: Writing) -> tuple[str, str]:
            self._in_use(writing.connection, project)
            self.may(writing.connection, project, writing.actor, "people")
            _give(writing, project, person, role)
            return project, ""

        self.write("give role", who, token, work)

    def admit(self, project: str, who: str, roles: Iterable[str], *, newcomer: bool = False, token: str = "") -> None:
        """Give a person the roles that their sign-in gives them and that nobody said anything about; the log tells it.

        A role that was taken from them stays taken. newcomer : only somebody of whom nothing was said in the project
        yet. For programmes that know who is signed in, or a computer of one person: nobody else is asked.
        """
        person, wanted = self.named(who), [known_role(role) for role in sorted(set(roles))]

        def lacking(connection: Connection) -> list[str]:
            said = _said_of(connection, project, person)
            return [] if newcomer and said else [role for role in wanted if role not in said]

        with self.reading() as connection:
            self.row(connection, schema.project, project, "project")
            if not lacking(connection):
                return

        def work(writing: Writing) -> tuple[str, str]:
            self._in_use(writing.connection, project)
            for role in lacking(writing.connection):  # an administrator may have been quicker
                _give(writing, project, writing.actor, role)
            return project, ""

        self.write("come in", who, token, work)

    def take_role(self, project: str, person: str, role: str, who: str, *, token: str = "") -> None:
        """Take a role from a person; a project keeps at least one administrator."""
        person, role = self.named(person), known_role(role)

        def work(writing: Writing) -> tuple[str, str]:
            connection = writing.connection
            self.may(connection, project, writing.actor, "people")
            if role not in roles_of(connection, project, person):
                raise StoreError(
                    f"{person} is no {role} of {project}.",
                    mend="Look at who holds which.",
                    command="footprints store people",
                )
            own = schema.person
            left = select(own.c.who).where(own.c.project == project, own.c.role == role, own.c.until == "")
            if role == "administrator" and len(connection.execute(left).all()) == 1:
                raise StoreError(
                    f"{person} is the only administrator of {project}.", mend="Make somebody else one first."
                )
            writing.change("person", f"{project}/{role}/{person}", until=writing.at)
            return project, ""

        self.write("take role", who, token, work)

    def bodies(self, project: str, *, every: bool = False) -> tuple[Body, ...]:
        """The bodies of a project that are in use, by key; every : those taken off the list as well."""
        with self.reading() as connection:
            self.row(connection, schema.project, project, "project")
            return bodies_of(connection, project, every=every)

    def body(self, project: str, name: str) -> Body:
        """A body of the list by its name. Raises StoreError naming those there are."""
        with self.reading() as connection:
            return body_named(connection, project, name)

    def set_body(
        self, project: str, name: str, kind: str, part: str, codes: Iterable[str], who: str, *, token: str = ""
    ) -> Body:
        """Put a body on the project's list, or change the one of that name. codes : what it covers (areas or LSOAs)."""
        name = wanted(name, "The name of the body", "Give it one, such as Camford HWB.", LONGEST_NAME)
        one_of(kind, KINDS, "kind of body")
        one_of(part, PARTS, "part that a body can have")
        covers = tuple(sorted({code.strip().upper() for code in codes if code.strip()}))
        if not covers:
            raise StoreError(f"{name} covers nothing.", mend="Give the codes of its areas, such as E10000003.")

        def work(writing: Writing) -> tuple[str, str]:
            self._in_use(writing.connection, project)
            self.may(writing.connection, project, writing.actor, "bodies")
            known = bodies_of(writing.connection, project, every=True)
            old = next((one for one in known if one.name == name), None)
            values = {"name": name, "kind": kind, "part": part, "codes": compact(covers), "archived": ""}
            if old is None:
                key = f"{project}/{slug(name, {one.key.rpartition('/')[2] for one in known})}"
                writing.insert("body", {"key": key, "project": project, **values})
            else:
                writing.change("body", old.key, **values)
            return project, ""

        return body_of(self.write("set body", who, token, work).row("body"))

    def drop_body(self, project: str, name: str, who: str, *, token: str = "") -> None:
        """Take a body off the list; what it decided stays."""

        def work(writing: Writing) -> tuple[str, str]:
            self.may(writing.connection, project, writing.actor, "bodies")
            own = body_named(writing.connection, project, name)
            writing.change("body", own.key, archived=writing.at)
            return project, ""

        self.write("drop body", who, token, work)

    def archive_project(self, project: str, who: str, *, back: bool = False, token: str = "") -> None:
        """Put a project in the archive, or take it out again. Nothing is deleted."""

        def work(writing: Writing) -> tuple[str, str]:
            self.row(writing.connection, schema.project, project, "project")
            self.may(writing.connection, project, writing.actor, "archive")
            writing.change("project", project, archived="" if back else writing.at)
            return project, ""

        self.write("restore" if back else "archive", who, token, work)

    def area_of(self, digest: str) -> Area:
        """The evidence of that digest, from its file. Raises StoreError where it is not there or was changed."""
        with self.reading() as connection:
            row = self.row(connection, schema.area, digest, "area")
        return self.areas.read(str(row["file"]))

    @staticmethod
    def keep_area(writing: Writing, area: Area, file: str) -> None:
        """Tell the store of an area whose file is written, unless it knows it."""
        own = schema.area
        if writing.connection.execute(select(own.c.digest).where(own.c.digest == area.digest)).first():
            return
        writing.insert(
            "area",
            {
                "digest": area.digest, "file": file, "name": area.name, "units": len(area.codes),
                "codes_digest": codes_digest(area.codes), "keeper": writing.actor, "kept": writing.at,
            },
        )  # fmt: skip

    def _in_use(self, connection: Connection, project: str) -> Project:
        own = record(Project, self.row(connection, schema.project, project, "project"))
        if own.archived:
            raise StoreError(f"The project {project} is in the archive.", mend="Take it out of the archive first.")
        return own


def _in_place(connection: Connection, digest: str) -> Project | None:
    """The first project in use of the LSOAs with that digest."""
    own = schema.project
    query = select(own).where(own.c.codes_digest == digest, own.c.archived == "").order_by(own.c.id).limit(1)
    row = connection.execute(query).mappings().first()
    return None if row is None else record(Project, dict(row))


def _said_of(connection: Connection, project: str, person: str) -> set[str]:
    """The roles that a person holds in a project, or held until they were taken."""
    own = schema.person
    rows = connection.execute(select(own.c.role).where(own.c.project == project, own.c.who == person))
    return {str(role) for role in rows.scalars()}


def _give(writing: Writing, project: str, person: str, role: str) -> None:
    key = f"{project}/{role}/{person}"
    own = schema.person
    if writing.connection.execute(select(own.c.key).where(own.c.key == key)).first():
        writing.change("person", key, since=writing.at, until="")
        return
    writing.insert(
        "person", {"key": key, "project": project, "who": person, "role": role, "since": writing.at, "until": ""}
    )


def bodies_of(connection: Connection, project: str, *, every: bool = False) -> tuple[Body, ...]:
    """The bodies of a project, by key; every : those taken off the list as well."""
    own = schema.body
    rows = connection.execute(select(own).where(own.c.project == project).order_by(own.c.key)).mappings()
    return tuple(one for one in (body_of(dict(row)) for row in rows) if every or not one.archived)


def body_named(connection: Connection, project: str, name: str) -> Body:
    """A body of the list by its name or key. Raises StoreError naming those there are."""
    known = bodies_of(connection, project)
    for one in known:
        if name.strip() in (one.name, one.key, one.key.rpartition("/")[2]):
            return one
    raise StoreError(
        f"There is no body “{name}” on the list of {project}.",
        mend=f"There is {some(one.name for one in known)}." if known else "Put it on the list first.",
    )
