"""Stories of any length: the same for the same number, with words as frequent as in a real language."""

import random
from collections.abc import Iterator
from functools import cache
from itertools import accumulate


def listed(words: str) -> list[str]:
    return words.split()


BEGINNINGS = listed("b br c ch cl d dr f fl g gr h j k l m n p pl pr qu r s sc sh sp st t tr v w")
MIDDLES = listed("a e i o u ai ea ou ie oo")
ENDS = listed("n r t l m s nd nt rk st ck ng")
SMALL_WORDS = listed(
    "the of and to in a is that for it as was with be by on not he his but at are this have from or had an "
    "they which one were all there would their we when who will more no if out so"
)
VOCABULARY = 12_000
A_SMALL_WORD = 0.42
SENTENCE, PARAGRAPH = (9, 26), (3, 6)
SHORT_STORY, LONG_STORY = 900, 6_600


@cache
def vocabulary() -> list[str]:
    dice = random.Random("the words of the newsroom")
    found: dict[str, None] = {}
    while len(found) < VOCABULARY:
        syllables = dice.choices((1, 2, 3, 4), (1, 4, 4, 1))[0]
        found["".join(syllable(dice) for _ in range(syllables))] = None
    return sorted(found, key=lambda word: (len(word) + dice.random() * 6, word))


def syllable(dice: random.Random) -> str:
    return dice.choice(BEGINNINGS) + dice.choice(MIDDLES) + (dice.choice(ENDS) if dice.random() < 0.6 else "")


@cache
def weights() -> list[float]:
    """By Zipf's law: the hundredth word comes a hundredth as often as the first."""
    return list(accumulate(1 / (rank + 8) for rank in range(VOCABULARY)))


class Writer:
    """Whoever writes story ``number``, always in the same words."""

    def __init__(self, number: int) -> None:
        self.dice = random.Random(f"story {number}")

    def words(self, count: int) -> list[str]:
        rare = self.dice.choices(vocabulary(), cum_weights=weights(), k=count)
        return [self.dice.choice(SMALL_WORDS) if self.dice.random() < A_SMALL_WORD else word for word in rare]

    def headline(self) -> str:
        rare = self.dice.choices(vocabulary(), cum_weights=weights(), k=self.dice.randint(5, 9))
        return " ".join(rare).capitalize()

    def sentence(self) -> str:
        return " ".join(self.words(self.dice.randint(*SENTENCE))).capitalize() + "."

    def sentences(self, count: int) -> str:
        return " ".join(self.sentence() for _ in range(count))

    def paragraphs(self, words: int) -> Iterator[str]:
        written = 0
        while written < words:
            text = self.sentences(self.dice.randint(*PARAGRAPH))
            written += text.count(" ") + 1
            yield text
