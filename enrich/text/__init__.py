"""Text: what the page around a picture speaks of — language, passages, topics, descriptors, mentions.

In go illustrations with their captions and the text printed around them; out come claims with the words that
triggered them. `enrich.text.enrichers` names the enrichers; the other modules are their pure parts.
"""
