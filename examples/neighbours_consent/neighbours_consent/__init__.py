"""A compound whose households decide together."""
