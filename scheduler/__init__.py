"""When things happen: sessions of the year, one-to-one timetables, working days, reminders, ticks.

A pure package: it knows nothing of Flask, the database or the application. Import the module you need; importing the
package itself loads nothing.

* `scheduler.model`, `scheduler.slots`, `scheduler.instances`: values, slot times, the JSON format
* `scheduler.timetable`: `build`, `clashes`; `scheduler.rules`: the named rules; `scheduler.measures`: figures
* `scheduler.repairing`: `repair`; `scheduler.advising`: `advise`; `scheduler.simulating`: `recommend`
* `scheduler.season`: `plan_season`; `scheduler.programme`: the year 1+10+N; `scheduler.calendar`: working days
* `scheduler.reminders`: `due`, `skipped`; `scheduler.clockwork`: `Clockwork`, the one importer of APScheduler
"""
