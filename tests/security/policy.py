"""Who may open and send what: one line for every page and for every kind of record it may be asked about.

A page that is not in this table fails tests/security/test_policy.py: whoever adds one decides here who it is for.
Words of ids and tokens are names in tests/security/estate.py; the records belong to 甲企业 (owner, in the county of
`home`), those of achievements to 某研究所 (institute), unless their names say otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.security.estate import ROLES

PORTAL = frozenset({"owner", "rival", "institute", "university"})
DESK = frozenset({"home", "other", "desk", "bureau", "admin"})
OUTSIDE = frozenset({"anonymous", "applicant"})
ALL = " ".join(ROLES)
SIGNED_IN = ALL.removeprefix("anonymous ")
FIRMS, INSTITUTES = "owner rival", "institute university"
OFFICES, MARKET = "home other", "desk admin"
STAFF = f"{OFFICES} desk bureau admin"
CITY = "desk bureau admin"
EDITORS = f"home {MARKET}"  # of what belongs to 甲企业: its county's office and the market
READERS = f"home {CITY}"


@dataclass(frozen=True, slots=True)
class Line:
    """One page about one record. Roles that are neither let in nor refused do not find it, or are sent to sign in."""

    endpoint: str
    ok: frozenset[str]
    forbidden: frozenset[str]
    login: frozenset[str]
    given: dict[str, Any] = field(default_factory=dict)

    def expected(self, role: str) -> str:
        """ok, forbidden, login or missing."""
        for answer in ("ok", "forbidden", "login"):
            if role in getattr(self, answer):
                return answer
        return "missing"

    def __str__(self) -> str:
        about = "-".join(str(value) for value in self.given.values())
        return f"{self.endpoint}-{about}" if about else self.endpoint


def _roles(words: str) -> frozenset[str]:
    found = frozenset(words.split())
    assert found <= frozenset(ROLES)
    return found


def site(endpoint: str, ok: str = ALL, forbidden: str = "", **given: Any) -> Line:
    """A page of the public site, some of which ask who it is."""
    asked = frozenset({"anonymous"}) - _roles(ok) - _roles(forbidden)
    return Line(f"site.{endpoint}", _roles(ok), _roles(forbidden), asked, given)


def portal(endpoint: str, ok: str, forbidden: str = "", **given: Any) -> Line:
    """A page of firms and institutes; the desk has no business there."""
    return Line(f"portal.{endpoint}", _roles(ok), _roles(forbidden) | DESK, OUTSIDE, given)


def desk(endpoint: str, ok: str, forbidden: str = "", **given: Any) -> Line:
    """A page of the market, the bureau and the county offices; firms and institutes have no business there."""
    return Line(f"desk.{endpoint}", _roles(ok), _roles(forbidden) | PORTAL, OUTSIDE, given)


def _several(lines: Iterable[Line | Iterable[Line]]) -> tuple[Line, ...]:
    return tuple(one for line in lines for one in ((line,) if isinstance(line, Line) else line))


EVERY_FIRM_AND_INSTITUTE = f"{FIRMS} {INSTITUTES}"

SITE = (
    *(
        site(page)
        for page in ("home", "agenda", "agenda_feed", "achievements", "needs", "components", "healthz", "metrics")
    ),
    site("readyz"),
    *(site(page) for page in ("sign_in", "sign_up", "signed_up", "forgotten", "sign_out")),
    site("event", event_id="event"),
    site("event_file", event_id="event"),
    site("achievement", achievement_id="achievement"),
    site("need", need_id="need"),
    site("rsvp", token="rsvp"),
    site("rsvp_answer", token="rsvp"),
    site("rsvp_calendar", token="rsvp"),
    site("confirm", token="confirm"),
    site("confirm_answer", token="confirm"),
    site("new_password", token="reset"),
    *(site(page, SIGNED_IN) for page in ("account", "places", "waiting")),
    *(site(page, SIGNED_IN, "anonymous") for page in ("rename", "change_password", "join")),
    site("feed_calendar", token="feed"),
    site("feed", f"{FIRMS} {INSTITUTES} {STAFF}", "applicant"),
    site("feed_renew", f"{FIRMS} {INSTITUTES} {STAFF}", "anonymous applicant"),
    site("feed_end", "owner", "anonymous applicant"),
    site("switch", f"{FIRMS} {INSTITUTES} {STAFF}", "anonymous"),
)

PORTAL_PAGES = (
    *(portal(page, EVERY_FIRM_AND_INSTITUTE) for page in
      ("home", "needs", "achievements", "invitations", "matches", "organisation", "organisation_edit", "sheets",
       "sheets_check")),
    portal("sheets_template", EVERY_FIRM_AND_INSTITUTE, kind="needs"),
    portal("needs_new", FIRMS, INSTITUTES),
    portal("needs_show", EVERY_FIRM_AND_INSTITUTE, need_id="need"),
    *(portal(page, "owner", need_id="need_draft") for page in ("needs_show", "needs_edit", "needs_move")),
    portal("needs_show", "owner", need_id="need_private"),
    portal("needs_confirm", "owner", need_id="need_behalf"),
    portal("achievements_new", INSTITUTES, FIRMS),
    portal("achievements_show", EVERY_FIRM_AND_INSTITUTE, achievement_id="achievement"),
    *(portal(page, "institute", achievement_id="achievement_draft") for page in
      ("achievements_show", "achievements_edit", "achievements_move")),
    portal("attachment", "owner", attachment_id="attachment"),
    portal("attachment_drop", "owner", attachment_id="attachment"),
    portal("invitations_show", "owner", invitation_id="invitation"),
    portal("invitations_answer", "owner", invitation_id="invitation"),
    portal("invitations_show", "", invitation_id="invitation_draft"),
    portal("organisation_department_new", INSTITUTES, FIRMS),
    portal("organisation_department_drop", "institute", FIRMS, department_id="department"),
    portal("organisation_expert_new", INSTITUTES, FIRMS),
    portal("organisation_expert", "institute", FIRMS, expert_id="expert"),
    portal("organisation_expert_drop", "institute", FIRMS, expert_id="expert"),
    portal("organisation_absence_new", EVERY_FIRM_AND_INSTITUTE),
    portal("organisation_absence_drop", "owner", absence_id="absence"),
    *(portal(page, "owner", upload_id="upload_owner") for page in
      ("sheets_upload", "sheets_marked", "sheets_accept", "sheets_discard")),
    portal("sheets_undo", "owner", upload_id="upload_owner_taken"),
)  # fmt: skip

DESK_RECORDS = (
    *(desk(page, STAFF) for page in ("needs", "achievements", "pairings", "sheets")),
    desk("needs_new", f"{OFFICES} {MARKET}", "bureau"),
    *(desk("needs_show", READERS, need_id=one) for one in ("need", "need_draft", "need_submitted", "need_private")),
    desk("needs_edit", EDITORS, "bureau", need_id="need_submitted"),
    desk("needs_review", EDITORS, "bureau", need_id="need_submitted"),
    desk("needs_move", EDITORS, "bureau", need_id="need_submitted"),
    desk("needs_ask", EDITORS, "bureau", need_id="need_behalf"),
    desk("achievements_new", MARKET, f"bureau {OFFICES}"),
    desk("achievements_show", STAFF, achievement_id="achievement"),
    desk("achievements_show", CITY, achievement_id="achievement_draft"),
    desk("achievements_edit", MARKET, "bureau", achievement_id="achievement_draft"),
    desk("achievements_move", MARKET, "bureau", achievement_id="achievement_draft"),
    desk("achievements_move", MARKET, f"bureau {OFFICES}", achievement_id="achievement"),
    desk("achievements_review", MARKET, "bureau", achievement_id="achievement_submitted"),
    desk("attachment", READERS, attachment_id="attachment"),
    desk("attachment_drop", EDITORS, "bureau", attachment_id="attachment"),
    desk("pairings_refresh", MARKET, f"bureau {OFFICES}"),
    desk("pairings_need", READERS, need_id="need"),
    desk("pairings_achievement", STAFF, achievement_id="achievement"),
    desk("pairings_show", READERS, pairing_id="pairing"),
    desk("pairings_move", MARKET, "bureau home", pairing_id="pairing"),
    desk("pairings_keep", MARKET, "bureau home", need_id="need"),
    desk("pairings_add", MARKET, "bureau home", need_id="need"),
    desk("pairings_compare", MARKET, "bureau home", need_id="need"),
    *(desk(page, MARKET, f"bureau {OFFICES}") for page in ("pairings_shortlist", "pairings_shortlist_keep")),
    desk("resemblances", CITY, OFFICES),
    desk("resemblances_settle", MARKET, "bureau", resemblance_id="resemblance"),
    desk("sheets_template", STAFF, kind="achievements"),
    desk("sheets_check", f"{OFFICES} {MARKET}", "bureau"),
    desk("sheets_upload", READERS, upload_id="upload_home"),
    desk("sheets_marked", READERS, upload_id="upload_home"),
    desk("sheets_accept", EDITORS, "bureau", upload_id="upload_home"),
    desk("sheets_discard", EDITORS, "bureau", upload_id="upload_home"),
    desk("sheets_undo", EDITORS, "bureau", upload_id="upload_home_taken"),
    desk("sheets_upload", CITY, upload_id="upload_owner"),
)

DESK_YEAR = (
    *(desk(page, STAFF) for page in ("home", "events", "invitations")),
    desk("events_fill", MARKET, f"bureau {OFFICES}"),
    desk("events_new", f"{OFFICES} {MARKET}", "bureau"),
    desk("event", STAFF, event_id="event"),
    desk("event", READERS, event_id="event_local"),
    *(desk(page, MARKET, f"bureau {OFFICES}", event_id="event") for page in
      ("events_edit", "events_move", "events_postpone", "events_releases")),
    *(desk(page, EDITORS, "bureau", event_id="event_local") for page in
      ("events_edit", "events_move", "events_postpone", "events_releases")),
    *(desk(page, STAFF, event_id="event") for page in ("timetable", "timetable_print")),
    *(desk(page, READERS, event_id="event_local") for page in ("timetable", "timetable_print")),
    desk("timetable_build", MARKET, f"bureau {OFFICES}", event_id="event_second"),
    desk("timetable_meeting", MARKET, f"bureau {OFFICES}", event_id="event", pairing_id="pairing_near"),
    *(
        desk(page, MARKET, f"bureau {OFFICES}", event_id="event")
        for page in (
            "timetable_versions", "timetable_compare", "timetable_publish", "timetable_discard", "timetable_repair",
            "timetable_repair_adopt", "timetable_repair_withdraw", "timetable_advice", "timetable_advise",
        )
    ),
    desk("timetable_restore", MARKET, f"bureau {OFFICES}", event_id="event", number="version"),
    *(desk(page, EDITORS, "bureau", event_id="event_local") for page in ("timetable_versions", "timetable_repair")),
    desk("season", CITY, OFFICES),
    desk("season_ask", MARKET, f"bureau {OFFICES}"),
    desk("season_preview", MARKET, f"bureau {OFFICES}", preview_id="season_preview"),
    desk("season_plan", MARKET, f"bureau {OFFICES}"),
    desk("invitations_event", STAFF, event_id="event"),
    desk("invitations_event", READERS, event_id="event_local"),
    *(desk("invitations_export", STAFF, event_id="event", form=form) for form in ("xlsx", "csv")),
    desk("invitations_confirm", MARKET, f"bureau {OFFICES}", event_id="event_second"),
    desk("invitations_draft", MARKET, f"bureau {OFFICES}", event_id="event_second"),
    desk("invitations_send", MARKET, f"bureau {OFFICES}", event_id="event_second"),
    desk("waiting", STAFF, event_id="event"),
    desk("waiting", READERS, event_id="event_local"),
    *(desk(page, f"{OFFICES} {MARKET}", "bureau", event_id="event") for page in ("replies", "replies_template",
                                                                                  "replies_take")),
    desk("waiting_place", MARKET, "bureau", invitation_id="invitation_waiting"),
    desk("invitations_retell", MARKET, f"bureau {OFFICES}", event_id="event"),
    *(desk(page, READERS, invitation_id="invitation") for page in ("invitations_show", "invitations_letter")),
    desk("invitations_edit", MARKET, "bureau home", invitation_id="invitation_draft"),
    desk("invitations_move", MARKET, "bureau home", invitation_id="invitation_draft"),
    desk("invitations_answer", EDITORS, "bureau", invitation_id="invitation"),
    desk("reminders", CITY, OFFICES),
    *(desk(page, MARKET, f"bureau {OFFICES}", code="morning") for page in ("reminders_edit", "reminders_switch")),
    desk("reminders_event", CITY, OFFICES, event_id="event"),
    *(desk(page, MARKET, f"bureau {OFFICES}", event_id="event", code="morning") for page in
      ("reminders_event_edit", "reminders_event_switch")),
    desk("letters", CITY, OFFICES),
    desk("letters_show", CITY, OFFICES, letter_id="letter"),
    desk("letters_cancel", MARKET, f"bureau {OFFICES}", letter_id="letter"),
    desk("letters_retry", MARKET, f"bureau {OFFICES}", letter_id="letter_failed"),
    *(desk(page, MARKET, f"bureau {OFFICES}", letter_id="letter_uncertain") for page in
      ("letters_received", "letters_once_more")),
    desk("letters_release", MARKET, f"bureau {OFFICES}", letter_id="letter_held"),
    desk("letters_bounce", MARKET, f"bureau {OFFICES}", letter_id="letter_sent"),
    *(desk(page, MARKET, f"bureau {OFFICES}") for page in
      ("outbox_pause", "outbox_resume", "outbox_day_add", "outbox_revise", "outbox_suppress")),
    *(desk(page, CITY, OFFICES) for page in ("outbox_rules", "outbox_addresses")),
    desk("outbox_revive", MARKET, f"bureau {OFFICES}", address_id="address"),
    desk("outbox_day_remove", MARKET, f"bureau {OFFICES}", day_id="day"),
)  # fmt: skip

DESK_LISTS = (
    desk("people", STAFF),
    desk("people_new", f"{OFFICES} {MARKET}", "bureau"),
    desk("people_organisation", READERS, organisation_id="owner_organisation"),
    desk("people_edit", EDITORS, "bureau", organisation_id="owner_organisation"),
    desk("people_move", MARKET, "bureau home", membership_id="applicant"),
    desk("people_absence_new", EDITORS, "bureau", organisation_id="owner_organisation"),
    desk("people_absence_drop", EDITORS, "bureau", absence_id="absence"),
    desk("reference", STAFF),
    desk("reference_year_open", MARKET, f"bureau {OFFICES}"),
    desk("reference_year", MARKET, f"bureau {OFFICES}", year=2022),
    *_several(
        (
            desk(f"reference_{noun}", MARKET, f"bureau {OFFICES}"),
            desk(f"reference_{noun}", MARKET, f"bureau {OFFICES}", row_id=noun),
        )
        for noun in ("county", "industry", "venue")
    ),
    desk("lexicon", STAFF),
    desk("lexicon_show", STAFF, entry_id="lexicon_entry"),
    desk("lexicon_new", MARKET, f"bureau {OFFICES}"),
    *(desk(f"lexicon_{page}", MARKET, f"bureau {OFFICES}", entry_id="lexicon_entry") for page in
      ("edit", "preview", "move")),
    desk("status", "admin", f"desk bureau {OFFICES}"),
    desk("ranking", STAFF),
    desk("ranking_show", STAFF, number="ranking_model"),
    desk("ranking_train", MARKET, f"bureau {OFFICES}"),
    desk("ranking_move", MARKET, f"bureau {OFFICES}", number="ranking_model"),
)  # fmt: skip

TABLE = (*SITE, *PORTAL_PAGES, *DESK_RECORDS, *DESK_YEAR, *DESK_LISTS)
