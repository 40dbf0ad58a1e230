"""The world before and between weeks: state, random draws, the network of ties, who lives where."""
