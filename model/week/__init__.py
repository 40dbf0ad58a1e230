"""The week: one file a line of the schedule, and what several lines share (votes, money)."""
