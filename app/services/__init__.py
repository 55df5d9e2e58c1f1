"""Doing: one public function, one command; (session, ..., actor, now) in, nothing of HTTP."""
