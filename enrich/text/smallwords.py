"""The most frequent words that carry no matter, by language, as a text writes them: data for `language`.

A word of several languages counts for each of them.
"""

_LISTS = {
    "de": """
der die das den dem des und ist nicht ein eine einer eines einem einen zu von mit sich auf für als
auch wie dass daß wird wurde sind war aus bei nach oder aber noch nur über seine seiner seinem ihm
ihr ihre durch unter welche dieser diese dieses im am zum zur vom hat haben so er es sie in werden
kann hier da an um vor
""",
    "en": """
the of and to in is was that it his he with as for by at on which from this are be had have not were
been an but they she her him has who its or a i we you one more than into when there their all so if
""",
    "fr": """
le la les de des du et un une est dans que qui pour par sur au aux il elle ce cette ces son sa ses
se ne pas plus avec sont était ont été dont où nous leur comme à en y on tout mais même d'un d'une
c'est qu'il
""",
    "it": """
il lo gli la le di del della dei delle che e è un una in per con non si sono da dal nel nella come
più anche questo questa alla al ai i suo sua ma o ed
""",
    "es": """
el la los las de del y que en un una es por con no se su sus para como más al lo fue está pero este
esta a ha son o muy sin sobre entre
""",
    "nl": """
de het een en van in is dat op te zijn met voor niet aan er maar om ook als door bij uit naar deze
werd heeft der den worden over die tot dan hij ik
""",
    "la": """
et in est non ad ut cum qui quae quod sed ex per de ab esse sunt atque aut si hoc eius enim nec
etiam autem ac a se quam
""",
    "pt": """
o a os as de do da dos das e que em um uma é por com não se para como mais ao no na nos nas foi são
ou seu sua pelo pela
""",
}

SMALL_WORDS: dict[str, frozenset[str]] = {code: frozenset(words.split()) for code, words in _LISTS.items()}
