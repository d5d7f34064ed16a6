"""What the words of a table mean, as README and summary print it: made from the words themselves."""

from servebench.words import Told


def word_list(words: type[Told]) -> str:
    """One line a word."""
    return "\n".join(f"- **{word}**: {word.meaning}." for word in words)
