"""Spreadsheets: bytes to drafts and complaints, rows to workbooks."""
