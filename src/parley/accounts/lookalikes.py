"""Letters that are taken for others: which alphabet a letter is of, and what it looks like.

Small tables of our own of the worst of what Unicode's UTS 39 calls confusables. Words of letters of another alphabet
that look Latin are compared as the Latin word that they look like; words that mix the alphabets that have them are not
names. Letters and signs that look alike in one alphabet make two names, of which one person may have one.
"""

from __future__ import annotations

import unicodedata

_ALIKE = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU")

LOOKALIKES = str.maketrans(
    {
        "\u0430": "a",  # cyrillic small letter a
        "\u0432": "b",  # cyrillic small letter ve
        "\u0435": "e",  # cyrillic small letter ie
        "\u043a": "k",  # cyrillic small letter ka
        "\u043c": "m",  # cyrillic small letter em
        "\u043d": "h",  # cyrillic small letter en
        "\u043e": "o",  # cyrillic small letter o
        "\u0440": "p",  # cyrillic small letter er
        "\u0441": "c",  # cyrillic small letter es
        "\u0442": "t",  # cyrillic small letter te
        "\u0443": "y",  # cyrillic small letter u
        "\u0445": "x",  # cyrillic small letter ha
        "\u0455": "s",  # cyrillic small letter dze
        "\u0456": "i",  # cyrillic small letter byelorussian-ukrainian i
        "\u0458": "j",  # cyrillic small letter je
        "\u04bb": "h",  # cyrillic small letter shha
        "\u0501": "d",  # cyrillic small letter komi de
        "\u051b": "q",  # cyrillic small letter qa
        "\u051d": "w",  # cyrillic small letter we
        "\u04af": "y",  # cyrillic small letter straight u
        "\u04cf": "l",  # cyrillic small letter palochka
        "\u0491": "r",  # cyrillic small letter ghe with upturn
        "\u0475": "v",  # cyrillic small letter izhitsa
        "\u044c": "b",  # cyrillic small letter soft sign
        "\u050d": "g",  # cyrillic small letter komi sje
        "\u04ab": "c",  # cyrillic small letter es with descender
        "\u04d5": "æ",  # cyrillic small ligature a ie
        "\u03b1": "a",  # greek small letter alpha
        "\u03b2": "b",  # greek small letter beta
        "\u03b3": "y",  # greek small letter gamma
        "\u03b5": "e",  # greek small letter epsilon
        "\u03b6": "z",  # greek small letter zeta
        "\u03b7": "h",  # greek small letter eta
        "\u03b9": "i",  # greek small letter iota
        "\u03ba": "k",  # greek small letter kappa
        "\u03bd": "v",  # greek small letter nu
        "\u03bf": "o",  # greek small letter omicron
        "\u03c1": "p",  # greek small letter rho
        "\u03c4": "t",  # greek small letter tau
        "\u03c5": "u",  # greek small letter upsilon
        "\u03c7": "x",  # greek small letter chi
        "\u03c9": "w",  # greek small letter omega
        "\u03f2": "c",  # greek lunate sigma symbol
        "\u03f3": "j",  # greek letter yot
        "\u057d": "u",  # armenian small letter seh
        "\u0578": "n",  # armenian small letter vo
        "\u0585": "o",  # armenian small letter oh
        "\u0581": "g",  # armenian small letter co
        "\u0570": "h",  # armenian small letter ho
        "\u0575": "j",  # armenian small letter yi
        "\u0566": "q",  # armenian small letter za
        "\u01c0": "l",  # latin letter dental click
        "\u0251": "a",  # latin small letter alpha
        "\u0261": "g",  # latin small letter script g
        "\u0131": "i",  # latin small letter dotless i
        "\u0269": "i",  # latin small letter iota
        "\u028f": "y",  # latin letter small capital y
        "\u1d00": "a",  # latin letter small capital a
        "\u1d04": "c",  # latin letter small capital c
        "\u1d07": "e",  # latin letter small capital e
        "\u1d0a": "j",  # latin letter small capital j
        "\u1d0b": "k",  # latin letter small capital k
        "\u1d0d": "m",  # latin letter small capital m
        "\u1d0f": "o",  # latin letter small capital o
        "\u1d18": "p",  # latin letter small capital p
        "\u1d1b": "t",  # latin letter small capital t
        "\u1d1c": "u",  # latin letter small capital u
        "\u1d20": "v",  # latin letter small capital v
        "\u1d21": "w",  # latin letter small capital w
        "\u1d22": "z",  # latin letter small capital z
        "\u026a": "i",  # latin letter small capital i
        "\u029f": "l",  # latin letter small capital l
        "\u0274": "n",  # latin letter small capital n
        "\u0280": "r",  # latin letter small capital r
        "\ua731": "s",  # latin letter small capital s
        "\u0299": "b",  # latin letter small capital b
        "\u029c": "h",  # latin letter small capital h
        "\u1d05": "d",  # latin letter small capital d
        "\u0262": "g",  # latin letter small capital g
    }
)
"""From a letter, in lower case, to the Latin one that it looks like, itself or as a capital."""

LOOKS = str.maketrans(
    {
        "i": "l",  # as a capital
        "1": "l",
        "|": "l",
        "\u06f1": "l",  # extended arabic-indic digit one
        "\u2223": "l",  # divides
        "\u2502": "l",  # box drawings light vertical
        "m": "rn",
        "w": "vv",
        "\u06f5": "o",  # extended arabic-indic digit five
        **dict.fromkeys("\u02d7\u2010\u2012\u2013\u2043\u2212", "-"),  # hyphens, en dash, minus
        **dict.fromkeys(
            "`\u02b9\u02bb\u02bc\u2018\u2019\u201b\u2032\ua78c", "'"
        ),  # apostrophes, quotes, prime
    }
)
"""From a letter or sign of a name's key to what it looks like between others. A zero of any digits is an o, besides.

The longer one stands for both (`m` is `rn`), so that it makes no difference in which order they are looked for.
"""

UNSEEN = frozenset(
    "\u034f"  # combining grapheme joiner
    "\u115f\u1160\u3164\uffa0"  # hangul fillers
    "\u17b4\u17b5"  # khmer vowels that are inherent
    "\u180b\u180c\u180d\u180f"  # mongolian variation selectors
    "\u2800"  # braille pattern blank
).union(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
"""Letters, marks and signs that show nothing: what Unicode calls ignorable and neither control nor space, and the
blank one. With one of them two names would look the same to the last dot."""


def script(letter: str) -> str:
    """The alphabet of a letter, among those that are taken for each other; empty for all others."""
    first = unicodedata.name(letter, "").partition(" ")[0]
    return first if first in _ALIKE else ""
