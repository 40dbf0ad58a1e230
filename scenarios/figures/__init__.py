"""Figures of the report, the dashboard and the lessons: tidy data in, a `matplotlib.figure.Figure` out."""
