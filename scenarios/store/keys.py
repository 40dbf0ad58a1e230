"""Keys: one short text for whatever makes a result what it is."""

import hashlib
import json
from typing import Any

KEY_BYTES = 16


def canonical(content: Any) -> str:
    """Plain data (mappings, lists, texts, numbers) as JSON in one way only: sorted keys, no spaces, no NaN."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def key_of(*content: Any) -> str:
    """The key of a result: BLAKE2b, 16 bytes as 32 hexadecimal digits, of the canonical JSON of its content.

    Two different contents get the same key with a chance of about n²/2¹²⁹ among n: 10⁻²² for 10⁸ runs.
    """
    return key_of_texts(*map(canonical, content))


def key_of_texts(*content: str) -> str:
    """`key_of` content of which every part is there in its canonical form, as one that many keys share may be."""
    return hashlib.blake2b(f"[{','.join(content)}]".encode(), digest_size=KEY_BYTES).hexdigest()
