"""A folder of results that survives whatever happens to the program that writes it.

    store = Store("results/my_sweep")
    store.append(table)                  # a pyarrow table with a column `key`; kept for good once this returns
    store.append(block, keys="block-7")  # or: every row of the table under one key
    store.keys()                         # what is there: a run interrupted at any moment goes on from here
    store.table().to_pandas()            # every key once, sorted by key
    store.verify()                       # names every part in which a bit has changed

The folder holds Parquet parts, each written under another name, flushed to the disk and renamed, never changed:
whoever reads while others write sees whole parts. The name of a part carries the SHA-256 of its bytes.
"""

from scenarios.store.files import StoreError
from scenarios.store.keys import canonical, key_of, key_of_texts
from scenarios.store.opening import Opened, open_results
from scenarios.store.store import Damage, Store, Verification

__all__ = [
    "Damage",
    "Opened",
    "Store",
    "StoreError",
    "Verification",
    "canonical",
    "key_of",
    "key_of_texts",
    "open_results",
]
