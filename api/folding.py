"""One way to spell words for finding them: what is written in the index and what is looked for there.

In: any text. Out: the same without the differences that nobody means when searching: composed or decomposed
characters, the long s, Arabic vowel signs and the forms of alif. Chinese and Japanese, which leave no space
between words, are cut into characters, so that any word of a sentence is found as a sequence of them. Case
and accents are left to the index.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_IDEOGRAPHS = re.compile("([\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])")
_FOREIGN = re.compile("[\u0590-\u08ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_SIGNS = re.compile("[\u0591-\u05bd\u05bf\u05c1\u05c2\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed]")
_LETTERS = str.maketrans("أإآٱىةؤئکی", "اااايهويكي")


def spelt(text: str) -> str:
    """`text` as the index has it.

    >>> spelt("ſchön"), spelt("达芬奇"), spelt("الأَلوان")
    ('schön', '达 芬 奇', 'الالوان')
    """
    text = unicodedata.normalize("NFKC", text)
    if not _FOREIGN.search(text):
        return text
    text = _SIGNS.sub("", text).translate(_LETTERS)
    return " ".join(_IDEOGRAPHS.sub(r" \1 ", text).split())


@lru_cache(1 << 15)
def bare(text: str) -> str:
    """`text` without case and accents, spelt for the index: how two words are compared.

    >>> bare("Dürer") == bare("DURER")
    True
    """
    apart = unicodedata.normalize("NFKD", spelt(text).casefold())
    return "".join(c for c in apart if not unicodedata.combining(c))
