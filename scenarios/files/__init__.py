"""Files that people write (cases, strategies, collections, settings): read, checked, and their mistakes named."""
