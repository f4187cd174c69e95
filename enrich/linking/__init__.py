"""Linking captions to artists and artworks: the gazetteer, the reading of captions, candidates, and the
decision.
"""
