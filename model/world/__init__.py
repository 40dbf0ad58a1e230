"""The world between weeks: its state, random draws, synthetic households and their network of ties."""
