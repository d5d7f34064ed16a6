"""What a study will do: its cells, their order, what is refused beforehand, and how long it takes."""
