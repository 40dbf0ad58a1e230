"""Decision rules as small pure functions, one file for each who decides; both engines call them."""
